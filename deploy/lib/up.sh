# shellcheck shell=bash
# `./switchboard up`: from a bare machine to a stack that answers, and its watch until it is stopped.

verbose='' changed='' tail_pid='' grep_pid=''
declare -A proc_ticks=()

command_up() {
    while (($#)); do
        case $1 in
            --verbose | -v) verbose=1 ;;
            *) die "'up' knows no option '$1'; it takes --verbose." ;;
        esac
        shift
    done
    load_settings
    make_data_dir
    take_lock
    guard_exit
    end_leftovers
    require_free_port
    say "${bold}Switchboard$plain  $dim$data_dir$plain"
    prepare_machine
    # The build may have taken minutes.
    require_free_port
    list_processes
    start_stack
    announce
    was_up=1
    supervise
}

# What is there before any process: packages, Swift, executables, secrets.
prepare_machine() {
    if [[ -n ${SWITCHBOARD_BIN_DIR:-} ]]; then
        ensure_packages run
    else
        ensure_packages build
        ensure_swift
    fi
    build_release || exit 1
    ensure_secrets
    prepare_service_env_file
}

# The processes of `process_names`, from the first one to the moment when the gateway can reach everybody.
start_stack() {
    if uses_private_cluster; then
        begin_step "Database cluster"
        ensure_cluster
        end_step "$cluster_dir"
    fi
    remove_dead_sockets
    follow_logs
    read_clock
    stack_began=$now
    if uses_private_cluster; then
        begin_step "PostgreSQL 15"
        start_postgres
        end_step
    fi
    begin_step "Migrations"
    migrate_services
    end_step
    begin_step "Services"
    start_services
    wait_for_gateway
    write_state
    end_step "$(list_health)"
}

# The gateway tells at /readyz whether it reaches the services; one that tells nothing counts by its log line.
wait_for_gateway() {
    local tries=200 status
    [[ -n ${proc_health[gateway]:-} ]] || return 0
    until read_http_status "$health_host" "${proc_health[gateway]}" /readyz && [[ $status == 200 ]]; do
        ((tries-- > 0)) || fail_start "does not become ready" gateway
        tend_processes 0.05
        spin "gateway reaches its services"
    done
}

list_health() {
    local name list=''
    for name in "${process_names[@]}"; do
        [[ -z ${proc_health[$name]:-} ]] || list+="$name :${proc_health[$name]}  "
    done
    printf '%s' "${list:+health ports: $list}"
}

# The URL at which people reach the gateway, into `base_url`.
find_base_url() {
    local scheme=http host=$API_HOST
    [[ -z ${TLS_CERT_FILE:-} ]] || scheme=https
    [[ $host != 0.0.0.0 && $host != :: ]] || host=127.0.0.1
    [[ $host != *:* ]] || host="[$host]"
    base_url=$scheme://$host:${1:-$API_PORT}
}

announce() {
    local seconds
    find_base_url "${proc_port[gateway]:-}"
    read_clock
    format_seconds $((now - stack_began))
    say "${green}Ready$plain  $bold$base_url$plain  ($seconds after the first process; API docs at /api/docs; Ctrl-C stops)"
}

# A port that is taken is said before anything starts.
require_free_port() {
    local holder
    [[ $API_PORT != 0 ]] && find_listener "$API_HOST" "$API_PORT" || return 0
    holder=$(ss -Hltnp "sport = :$API_PORT" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (process \2)/p' | head -n 1 || true)
    die "Port $API_PORT on $API_HOST is taken$holder. Stop that, or set API_PORT to another one."
}

# find_listener <host> <port>: true when somebody listens where we want to. Names and IPv6 addresses meet any listener.
find_listener() {
    local file address='' port files=()
    printf -v port '%04X' "$2"
    if [[ $1 =~ ^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$ && $1 != 0.0.0.0 ]]; then
        printf -v address '%02X%02X%02X%02X' "${BASH_REMATCH[4]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}"
    fi
    for file in /proc/net/tcp /proc/net/tcp6; do [[ ! -r $file ]] || files+=("$file"); done
    awk -v port="$port" -v wanted="$address" '
        $4 == "0A" {
            split($2, local, ":")
            if (local[2] != port) next
            if (wanted == "" || local[1] ~ /^0+$/ || substr(local[1], length(local[1]) - 7) == wanted) found = 1
        }
        END { exit !found }' "${files[@]}"
}
