# shellcheck shell=bash

# reads <line> <value>: what a line of a .env file gives for KEY.
reads() {
    printf '%s\n' "$1" >"$scratch/env"
    local value
    value=$(unset KEY && cd "$scratch" && bash -c '
        set -euo pipefail
        root=$1 caller_dir=$PWD
        source "$root/deploy/lib/ui.sh"
        source "$root/deploy/lib/settings.sh"
        read_env_file "$2"
        printf %s "${KEY-}"' _ "$(dirname "$switchboard")" "$scratch/env") || fail "$1 was refused"
    [[ $value == "$2" ]] || fail "$1 gave $value"
}

test_a_line_of_the_env_file_is_read_as_the_services_read_it() {
    reads 'KEY=plain' 'plain'
    reads '  export KEY = spaced   # a comment' 'spaced'
    reads 'KEY=a#b' 'a#b'
    reads 'KEY=["http://a","http://b"]' '["http://a","http://b"]'
    reads "KEY='lit\\n\$eral'  # said" "lit\\n\$eral"
    # shellcheck disable=SC2016
    reads 'KEY="two\nlines \"quoted\" \\ \$x"' $'two\nlines "quoted" \\ $x'
    reads 'KEY=' ''
    reads '# KEY=hidden' ''
    # shellcheck disable=SC2016
    reads 'KEY=$(touch /tmp/never) `id`' '$(touch /tmp/never) `id`'
}

test_a_line_that_is_no_assignment_is_refused() {
    printf 'API_PORT=1\nnonsense\n' >"$scratch/env"
    ENV_FILE=$scratch/env "$switchboard" up >"$scratch/one.out" 2>&1 && fail "it was taken"
    must_hold "$scratch/one.out" "env line 2 is neither a comment nor KEY=value."
}

test_the_environment_wins_over_the_file() {
    printf 'API_PORT=1\nLOG_LEVEL=debug\nCALLS_PROCESSES=2\n' >"$scratch/env"
    export ENV_FILE=$scratch/env
    start_ready one
    curl -fsS "http://127.0.0.1:$API_PORT/" >/dev/null
    [[ -n $(pid_of calls-2) ]] || fail "the file was not read"
    tr '\0' '\n' <"/proc/$(pid_of calls)/environ" | grep -qx 'LOG_LEVEL=debug'
    ! grep -q '^CALLS_PROCESSES' "$(tr '\0' '\n' <"/proc/$(pid_of calls)/environ" | sed -n 's/^ENV_FILE=//p')" ||
        fail "the services see a name that they do not know"
    stop_up "$up_pid"
}

test_a_wrong_number_is_refused_with_a_sentence() {
    API_PORT=eighty "$switchboard" up >"$scratch/one.out" 2>&1 && fail "it was taken"
    must_hold "$scratch/one.out" 'API_PORT is "eighty"; allowed is a whole number from 0 to 65535.'
}

test_it_works_from_any_folder_and_through_a_link() {
    mkdir "$scratch/elsewhere"
    chmod 0755 "$scratch/elsewhere"
    ln -s "$switchboard" "$scratch/elsewhere/board"
    cd "$scratch/elsewhere"
    switchboard=$scratch/elsewhere/board DATA_DIR=here
    start_ready one
    [[ -d $scratch/elsewhere/here/postgres ]] || fail "the data is elsewhere"
    stop_up "$up_pid"
}
