# shellcheck shell=bash
# What every test of the script uses: a folder and stacks of its own, waiting, and a look at what is left behind.

switchboard=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/switchboard
fakes=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/fakes

# run_test <function>: in a subshell and a new folder; what it leaves running fails it and is ended.
run_test() {
    local sentence=${1#test_} status=0
    sentence=${sentence//_/ }
    scratch=$(mktemp -d /tmp/sbt.XXXXXX)
    chmod 0711 "$scratch"
    mkdir "$scratch/fake"
    # In a group of its own, so that SIGINT is not ignored, and not after `if`, where errexit would be off.
    set -m
    (set -e && prepare_test_environment && "$1") >"$scratch/output" 2>&1 </dev/null &
    set +m
    wait_for 90 is_gone $! || kill -KILL $!
    wait $! || status=$?
    if find_left_over >"$scratch/left"; then
        status=1
        awk '{ print $1 }' "$scratch/left" | xargs -r kill -KILL 2>/dev/null || true
    fi
    if ((status == 0)); then
        printf 'ok %s\n' "$sentence"
    else
        printf 'not ok %s\n' "$sentence"
        tail -n 40 "$scratch"/output "$scratch"/*.out "$scratch"/left 2>/dev/null | sed 's/^/    /'
    fi
    rm -rf -- "$scratch"
}

prepare_test_environment() {
    unset DATABASE_URL AUTH_DATABASE_URL AGENTS_DATABASE_URL CALLS_DATABASE_URL ANALYTICS_DATABASE_URL API_HOST BUS_DIR \
        BUS_KEYS_DIR CALLS_PROCESSES HEALTH_HOST HEALTH_PORT LOG_FORMAT JWT_SECRET_KEY MASTER_KEY TLS_CERT_FILE STACK
    export FAKE_DIR=$scratch/fake SWITCHBOARD_BIN_DIR=$fakes ENV_FILE=/dev/null DATA_DIR=$scratch/one API_PORT
    API_PORT=$(free_port)
    trap end_stacks EXIT
}

# A port where nobody listens now.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

fail() {
    printf 'failed: %s\n' "$*"
    exit 1
}

stacks=()
# start_up <name>: `up` in the background as a person would start it, in a process group of its own; `up_pid` is its id,
# its output is in $scratch/<name>.out.
start_up() {
    set -m
    "$switchboard" up >"$scratch/$1.out" 2>&1 </dev/null &
    up_pid=$!
    set +m
    stacks+=("$up_pid")
}

# start_ready <name>: the same, waited for.
start_ready() {
    start_up "$1"
    wait_for 20 grep -q '^Ready' "$scratch/$1.out" || fail "$1 did not get ready: $(tail -n 5 "$scratch/$1.out")"
}

# Ends what a failing test has left; a passing one has left nothing.
end_stacks() {
    local pid
    for pid in "${stacks[@]}"; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    return 0
}

# wait_for <seconds> <command…>: tries it again and again; false when it never holds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    until "$@"; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# stop_up <pid>: SIGTERM and the status that `up` ends with, into `up_status`.
stop_up() {
    kill -TERM "$1"
    up_status=0
    wait "$1" || up_status=$?
}

# pid_of <process name> [DATA_DIR]
pid_of() { awk -v name="$1" '$1 == name { print $2 }' "${2:-$DATA_DIR}/run/stack"; }
is_new_pid() { [[ -n $(pid_of "$1") && $(pid_of "$1") != "$2" ]]; }
is_gone() { [[ ! -d /proc/$1 || $(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$1/stat" 2>/dev/null) == Z ]]; }

# Processes that belong to this test: by their environment or their working directory; false when there is none.
find_left_over() {
    local process found=1
    for process in /proc/[0-9]*; do
        [[ ${process#/proc/} != "$BASHPID" && ${process#/proc/} != "$$" ]] || continue
        if [[ $(readlink "$process/cwd" 2>/dev/null) == "$scratch"* ]] ||
            { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -q "^DATA_DIR=$scratch"; then
            printf '%s is still there: %s\n' "${process#/proc/}" "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")"
            found=0
        fi
    done
    return "$found"
}
nothing_left() { ! find_left_over >/dev/null; }

# must_hold <file> <fixed text>
must_hold() { grep -qF -- "$2" "$1" || fail "'$2' is not in $(basename "$1")"; }
must_not_hold() { ! grep -qF -- "$2" "$1" || fail "'$2' is in $(basename "$1")"; }
events() { cat "$FAKE_DIR/events"; }
