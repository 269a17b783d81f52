# shellcheck shell=bash
# The processes of the stack: what each is given, how it is started, how it says that it is ready.

# By name (postgres, auth, …, calls-2, gateway): process id, state (starting, ready, waiting, broken), when it began and
# when it is due again in microseconds, the pause before its next restart in ms, and the ports it told.
declare -A proc_pid=() proc_state=() proc_since=() proc_due=() proc_delay=() proc_health=() proc_port=()
process_names=()

# list_processes: every process of this stack in the order of starting, into `process_names`.
list_processes() {
    local number
    process_names=()
    ! uses_private_cluster || process_names+=(postgres)
    process_names+=(auth agents)
    for ((number = 1; number <= CALLS_PROCESSES; number++)); do
        process_names+=("$(calls_name "$number")")
    done
    process_names+=(analytics gateway)
}
calls_name() { if (($1 == 1)); then printf calls; else printf 'calls-%d' "$1"; fi; }

# export_service <service>: the environment of one process; called in its subshell. Each gets the secrets it uses.
export_service() {
    local service=$1 variable=${1^^}_DATABASE_URL
    export BUS_DIR=$bus_dir HEALTH_PORT=0 LOG_FORMAT=${LOG_FORMAT:-json} STACK=${STACK:-one-machine} ENV_FILE=$service_env_file
    export API_HOST API_PORT
    # In a container the script may be process 1, whose end nobody outlives.
    (($$ == 1)) || export PARENT_PID=$$
    unset CALLS_PROCESSES
    case $service in
        auth | gateway) export JWT_SECRET_KEY=${JWT_SECRET_KEY:-${secret[JWT_SECRET_KEY]}} ;;
        *) unset JWT_SECRET_KEY ;;
    esac
    if [[ $service == auth ]]; then export MASTER_KEY=${MASTER_KEY:-${secret[MASTER_KEY]}}; else unset MASTER_KEY; fi
    [[ $service != gateway ]] || unset DATABASE_URL AUTH_DATABASE_URL AGENTS_DATABASE_URL CALLS_DATABASE_URL ANALYTICS_DATABASE_URL
    if [[ $service != gateway && -z ${!variable:-} ]] && uses_private_cluster; then
        local url
        database_url "$service"
        export "$variable=$url"
    fi
}

# export_owner <service>: what `<service> migrate` is given beside that: the owner's way into the database.
export_owner() {
    export_service "$1"
    unset PARENT_PID
    if uses_private_cluster; then
        local url
        database_url "$database"
        export DATABASE_URL=$url
    fi
}

# The services read the same .env file and refuse what they do not know; a name of the script's own is taken out.
prepare_service_env_file() {
    service_env_file=$env_file
    grep -qE "^[[:space:]]*(export[[:space:]]+)?($script_keys)[[:space:]]*=" "$env_file" || return 0
    service_env_file=$run_dir/env
    (umask 077 && sed -E "s/^[[:space:]]*(export[[:space:]]+)?($script_keys)[[:space:]]*=/# &/" "$env_file" >"$service_env_file")
}

# start_process <name>: starts it in a session of its own, so that Ctrl-C reaches the script alone.
start_process() {
    local name=$1 log=$logs_dir/$1.log
    rotate_log "$log"
    if [[ $name == postgres ]]; then
        (close_inherited && run_postgres) >>"$log" 2>&1 </dev/null &
    else
        (close_inherited && run_service "${name%%-*}") >>"$log" 2>&1 </dev/null &
    fi
    proc_pid[$name]=$! proc_state[$name]=starting proc_health[$name]='' proc_port[$name]=''
    read_clock
    proc_since[$name]=$now
    changed=1
}

# The kernel asks PostgreSQL for a fast shutdown, and a service for a stop, when the script itself is killed.
run_postgres() {
    postgres_identity
    cd /
    exec setsid "${identity[@]}" setpriv --pdeathsig INT "$pg_bin/postgres" -D "$cluster_dir/data"
}
run_service() {
    export_service "$1"
    cd "$root"
    exec setsid setpriv --pdeathsig TERM "$bin_dir/$1"
}

log_limit_bytes=${SWITCHBOARD_LOG_LIMIT_BYTES:-16777216}
# rotate_log <file>: a log past the limit becomes .1, the one before .2; three are kept.
rotate_log() {
    if [[ -e $1 && $(stat -c %s "$1") -ge $log_limit_bytes ]]; then
        [[ ! -e $1.1 ]] || mv -f "$1.1" "$1.2"
        mv -f "$1" "$1.1"
    fi
    : >>"$1"
}

# migrate_services: schemas, roles and migrations of the four that own tables; their output goes to a log each.
# In parallel; two that touch one row of PostgreSQL's catalogue at once may fail, so a failure is tried again alone.
migrate_services() {
    local service unmigrated=() log
    local -A migrating=()
    for service in "${services[@]}"; do
        log=$logs_dir/migrate-$service.log
        (close_inherited && export_owner "$service" && cd "$root" && exec "$bin_dir/$service" migrate) >"$log" 2>&1 </dev/null &
        migrating[$service]=$!
        helper_pids+=($!)
    done
    for service in "${services[@]}"; do
        wait "${migrating[$service]}" || unmigrated+=("$service")
    done
    helper_pids=()
    for service in "${unmigrated[@]}"; do
        log=$logs_dir/migrate-$service.log
        (export_owner "$service" && cd "$root" && exec "$bin_dir/$service" migrate) >"$log" 2>&1 </dev/null || {
            tail -n 10 "$log" >&2
            die "The schema of $service could not be brought up to date."
        }
    done
}

# follow_logs: one stream of the lines worth seeing, into log_fd: those that say ready and those that report an error,
# or all of them with --verbose, each file's behind a line `==> file <==`.
follow_logs() {
    local name files=() mark=$run_dir/log-mark tail_fd pattern
    for name in "${process_names[@]}"; do
        rotate_log "$logs_dir/$name.log"
        files+=("$logs_dir/$name.log")
    done
    : >"$mark"
    exec {tail_fd}< <(close_inherited && exec setsid tail -n 0 -F --pid=$$ -- "${files[@]}" "$mark" 2>/dev/null)
    tail_pid=$!
    pattern='^==> |"msg":"(ready|Health server listening\.)"|: (ready|Health server listening\.)( |$)|"level":"(error|critical)"|Z (error|critical) |FATAL|PANIC'
    [[ -z $verbose ]] || pattern=''
    exec {log_fd}< <(close_inherited && exec setsid grep --line-buffered -E -e "$pattern" -e '^mark$' <&"$tail_fd")
    grep_pid=$!
    exec {tail_fd}<&-
    wait_for_mark "$mark"
}

# A line written before tail has opened its file would be missed; the mark is the last file that it opens.
wait_for_mark() {
    local line tries=100
    while ((tries-- > 0)); do
        echo mark >>"$1"
        while read -rt 0.03 -u "$log_fd" line; do [[ $line != mark ]] || return 0; done
    done
}

# start_services: the four and the gateway at once, waited for until each is ready.
start_services() {
    local name began limit=${SWITCHBOARD_START_LIMIT_S:-30}
    read_clock
    began=$now
    for name in "${process_names[@]}"; do
        [[ $name == postgres ]] || start_process "$name"
    done
    until all_ready; do
        read_clock
        ((now - began < limit * 1000000)) || fail_start "is not ready after $limit s" "$(first_unready)"
        tend_processes 0.02
        spin "$(unready_names)"
        for name in "${process_names[@]}"; do
            [[ ${proc_state[$name]} != broken ]] || fail_start "refuses to start" "$name"
        done
    done
}

# fail_start <what> <process>
fail_start() {
    fail_step
    tail -n 12 "$logs_dir/$2.log" >&2
    die "$2 $1; the end of its log is above, the whole of it in $logs_dir/$2.log."
}

all_ready() { [[ -z $(first_unready) ]]; }
first_unready() { unready_names | cut -d ' ' -f 1; }
unready_names() {
    local name names=()
    for name in "${process_names[@]}"; do [[ ${proc_state[$name]} == ready ]] || names+=("$name"); done
    printf '%s' "${names[*]}"
}

# start_postgres: the private server, waited for.
start_postgres() {
    local tries=1500
    settle_cluster
    start_process postgres
    until is_postgres_ready "${proc_pid[postgres]}"; do
        read_ticks "${proc_pid[postgres]}" || fail_start "ended at its start" postgres
        ((tries-- > 0)) || fail_start "is not ready after 30 s" postgres
        pause 0.02
    done
    proc_state[postgres]=ready
}
