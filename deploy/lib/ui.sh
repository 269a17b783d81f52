# shellcheck shell=bash
# What the person at the terminal sees: steps with their time, sentences, a spinner where there is a terminal.

if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then
    is_terminal=1 bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m' clear_line=$'\r\e[K'
else
    is_terminal='' bold='' dim='' green='' red='' yellow='' plain='' clear_line=''
fi

# A pipe that nobody writes to: reading it with a timeout sleeps without starting a process.
exec {tick_fd}<> <(:)

# Sleeps for so many seconds; a trapped signal is handled meanwhile.
pause() { read -rt "$1" -u "$tick_fd" _ || true; }

# Microseconds since 1970, into the variable `now`.
read_clock() { now=${EPOCHREALTIME//[.,]/}; }

# Microseconds as seconds with two decimals, into the variable `seconds`.
format_seconds() { printf -v seconds '%d.%02d s' $(($1 / 1000000)) $(($1 / 10000 % 100)); }

say() { printf '%s%s\n' "$clear_line" "$*"; }
warn() { printf '%s%s!%s %s\n' "$clear_line" "$yellow" "$plain" "$*" >&2; }
complain() { printf '%s%sx%s %s\n' "$clear_line" "$red" "$plain" "$*" >&2; }
die() {
    complain "$*"
    exit 1
}

# Steps: begin_step <title>, then end_step [remark] or fail_step. A terminal sees the step while it runs.
step_title='' step_began=0 spin_turn=0
begin_step() {
    read_clock
    step_title=$1 step_began=$now
    spin ''
}

# One turn of the spinner with a word on what goes on; nothing without a terminal.
spin() {
    [[ -n $is_terminal ]] || return 0
    local frames='|/-\'
    spin_turn=$(((spin_turn + 1) % 4))
    printf '%s%s%s%s %s %s%.60s%s' "$clear_line" "$yellow" "${frames:spin_turn:1}" "$plain" "$step_title" "$dim" "$1" "$plain"
}

end_step() {
    local seconds
    read_clock
    format_seconds $((now - step_began))
    printf '%s%sok%s  %-36s %9s  %s%s%s\n' "$clear_line" "$green" "$plain" "$step_title" "$seconds" "$dim" "${1:-}" "$plain"
}

fail_step() {
    local seconds
    read_clock
    format_seconds $((now - step_began))
    printf '%s%sno%s  %-36s %9s\n' "$clear_line" "$red" "$plain" "$step_title" "$seconds"
}

# The job that run_logged waits for; its process group is ended with the script.
job_pid=''

# run_logged <log file> <command…>: runs a command in the background of a step, its output in a file, and answers its
# status. A terminal sees the last line of the output, anything else a sign of life every 30 s.
run_logged() {
    local log=$1 status=0 began shown=0
    shift
    read_clock
    began=$now
    set -m
    ( close_inherited && exec_or_call "$@" ) >>"$log" 2>&1 </dev/null &
    job_pid=$!
    set +m
    while kill -0 "$job_pid" 2>/dev/null; do
        pause 0.1
        read_clock
        if [[ -n $is_terminal ]]; then
            spin "$(last_line "$log")"
        elif (((now - began) / 30000000 > shown)); then
            shown=$(((now - began) / 30000000))
            say "..  $step_title: $((shown * 30)) s, $(last_line "$log")"
        fi
    done
    wait "$job_pid" || status=$?
    job_pid=''
    return "$status"
}

# A program replaces the subshell, so that it is the script's own child; a function is called.
exec_or_call() {
    if [[ $(type -t "$1") == file ]]; then exec setpriv --pdeathsig TERM "$@"; else "$@"; fi
}

last_line() { tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | grep -av '^ *$' | tail -n 1 | cut -c 1-100 || true; }

# Descriptors that no long-lived child may keep: the lock above all.
close_inherited() {
    exec {tick_fd}>&-
    [[ -z ${lock_fd:-} ]] || exec {lock_fd}>&-
    [[ -z ${log_fd:-} ]] || exec {log_fd}<&-
}
