# shellcheck shell=bash
# Watching the processes: shows what they report, notices who has ended, starts that one again after a while.

first_delay_ms=200 last_delay_ms=10000 calm_after_us=60000000
log_fd='' log_source='' log_partial='' shown_lines=0 shown_since=0 hidden_lines=0

# tend_processes <seconds>: waits that long at most for a line of the logs, then looks after every process.
tend_processes() {
    local name
    read_log_lines "$1"
    for name in "${process_names[@]}"; do
        [[ -z ${proc_pid[$name]:-} ]] || is_alive "$name" || note_end "$name"
        [[ ${proc_state[$name]:-} != waiting ]] || start_if_due "$name"
    done
    note_ready_postgres
    [[ -z $changed ]] || write_state
    changed=''
}

# Works until a signal ends the script.
supervise() {
    local turns=0
    while :; do
        tend_processes 0.2
        turns=$((turns + 1))
        ((turns % 300)) || trim_logs
    done
}

is_alive() {
    local ticks
    read_ticks "${proc_pid[$1]}" || return 1
    : "${proc_ticks[$1]:=$ticks}"
    [[ $ticks == "${proc_ticks[$1]}" ]]
}

# note_end <name>: a process has ended by itself. 78 means that no restart can help.
note_end() {
    local name=$1 status=0 delay
    wait "${proc_pid[$name]}" 2>/dev/null || status=$?
    forget_process "$name"
    if ((status == 78)); then
        proc_state["$name"]=broken
        complain "$name refuses its configuration and is not started again: $(last_message "$logs_dir/$name.log")"
        return
    fi
    read_clock
    choose_delay "$name"
    proc_state["$name"]=waiting proc_due["$name"]=$((now + delay * 1000))
    warn "$name $(describe_status "$status"); it is started again in $(printf '%d.%d' $((delay / 1000)) $((delay / 100 % 10))) s."
}

forget_process() {
    # shellcheck disable=SC2004
    proc_pid[$1]='' proc_health[$1]='' proc_ticks[$1]='' changed=1
}

# The pause before the next start: doubled with each end, short again after a minute of life; into `delay`.
choose_delay() {
    delay=${proc_delay[$1]:-0}
    if ((delay == 0 || now - proc_since[$1] >= calm_after_us)); then
        delay=$first_delay_ms
    else
        delay=$((delay * 2))
    fi
    ((delay <= last_delay_ms)) || delay=$last_delay_ms
    proc_delay["$1"]=$delay
}

describe_status() {
    if (($1 > 128)); then
        printf 'was ended by signal %s' "$(kill -l $(($1 - 128)) 2>/dev/null || printf '%d' $(($1 - 128)))"
    else
        printf 'ended with status %d' "$1"
    fi
}

start_if_due() {
    read_clock
    ((now >= proc_due[$1])) || return 0
    [[ $1 != postgres ]] || settle_cluster
    start_process "$1"
}

note_ready_postgres() {
    [[ ${proc_state[postgres]:-} == starting && -n ${proc_pid[postgres]} ]] || return 0
    is_postgres_ready "${proc_pid[postgres]}" || return 0
    note_ready postgres
}

# note_ready <name>: after the stack was up once, each later "ready" is news.
note_ready() {
    proc_state[$1]=ready changed=1
    [[ -z $was_up ]] || say "${green}ok${plain}  $1 is ready again"
}

# Reads the lines that are there, a few hundred at most, so that a flood of them never keeps the watch away.
read_log_lines() {
    local line status count=0 wait=$1
    while ((count++ < 300)); do
        status=0
        IFS= read -rt "$wait" -u "$log_fd" line || status=$?
        log_partial+=$line
        if ((status > 128)); then
            break
        elif ((status > 0)); then
            pause 1
            restart_following
            break
        fi
        handle_log_line "$log_partial"
        log_partial='' wait=0.01
    done
}

restart_following() {
    exec {log_fd}<&-
    log_fd=''
    kill "$tail_pid" "$grep_pid" 2>/dev/null || true
    follow_logs
}

handle_log_line() {
    case $1 in
        '' | mark) ;;
        '==> '*' <==')
            log_source=${1#==> }
            log_source=${log_source% <==} log_source=${log_source##*/} log_source=${log_source%.log}
            ;;
        *)
            note_port "$1"
            if [[ ${proc_state[$log_source]:-} == starting && ($1 == *'"msg":"ready"'* || $1 == *': ready' || $1 == *': ready '*) ]]; then
                note_ready "$log_source"
            fi
            show_log_line "$1"
            ;;
    esac
}

# A process tells its health port when that listens, and the gateway the port of the API when it is ready.
note_port() {
    [[ $1 =~ [\ ,\"]port\"?[:=]\"?([0-9]+) ]] || return 0
    case $1 in
        *'Health server listening.'*) proc_health["$log_source"]=${BASH_REMATCH[1]} ;;
        *'"msg":"ready"'* | *': ready '*) proc_port["$log_source"]=${BASH_REMATCH[1]} ;;
    esac
}

# Errors are shown, twenty in ten seconds at most; with --verbose everything is.
show_log_line() {
    if [[ -z $verbose ]]; then
        is_error_line "$1" || return 0
        read_clock
        if ((now - shown_since > 10000000)); then
            ((hidden_lines == 0)) || warn "$hidden_lines more errors are in $logs_dir."
            shown_since=$now shown_lines=0 hidden_lines=0
        fi
        if ((shown_lines >= 20)); then
            hidden_lines=$((hidden_lines + 1))
            return
        fi
        shown_lines=$((shown_lines + 1))
    fi
    say "$dim$log_source$plain  $1"
}

# PostgreSQL also calls fatal what it tells its clients while it starts and stops; that is no news.
is_error_line() {
    case $log_source in
        postgres) [[ $1 != *'FATAL:  the database system is '* && $1 != *'FATAL:  terminating connection due to '* ]] || return 1 ;;&
        postgres) [[ $1 == *' FATAL: '* || $1 == *' PANIC: '* ]] ;;
        *) [[ $1 == *'"level":"error"'* || $1 == *'"level":"critical"'* || $1 =~ Z\ (error|critical)\  ]] ;;
    esac
}

# The last line of a log that says something, its message alone when it is JSON.
last_message() {
    local line pattern='"msg":"(([^"\\]|\\.)*)"'
    line=$(tail -n 5 "$1" 2>/dev/null | grep -v '^[[:space:]]*$' | tail -n 1 || true)
    [[ ! $line =~ $pattern ]] || line=${BASH_REMATCH[1]}
    printf '%s' "${line:-its log is empty}"
}

# A log that has grown past the limit while its process runs: copied away, then emptied in place.
trim_logs() {
    local name log
    for name in "${process_names[@]}"; do
        log=$logs_dir/$name.log
        (($(stat -c %s "$log" 2>/dev/null || echo 0) >= log_limit_bytes)) || continue
        [[ ! -e $log.1 ]] || mv -f "$log.1" "$log.2"
        cp "$log" "$log.1" && : >"$log"
    done
}
