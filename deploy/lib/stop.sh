# shellcheck shell=bash
# The end of `up`, however it comes: gateway, services, PostgreSQL, in this order; only processes of our own.

stop_limit_s=${SWITCHBOARD_STOP_LIMIT_S:-25}
hurried='' was_up='' helper_pids=()

# From here on every way out of the script passes stop_everything.
guard_exit() {
    trap stop_everything EXIT
    trap 'leave 130' INT
    trap 'leave 143' TERM
    trap 'leave 129' HUP
    trap : PIPE
}

# leave <status>: a stack that was up and is asked to stop has done nothing wrong.
leave() {
    [[ -z $was_up ]] || exit 0
    exit "$1"
}

stop_everything() {
    # A signal may come inside `IFS= read`, whose IFS would then hold here.
    local status=$? IFS=$' \t\n'
    set +e
    trap - EXIT
    read_clock
    stop_began=$now
    trap hurry INT TERM HUP
    stop_job
    if ((${#helper_pids[@]})); then
        kill "${helper_pids[@]}" 2>/dev/null
        wait_for_end 30 "${helper_pids[@]}"
    fi
    if running_names && ((${#running[@]})); then
        [[ -z $was_up ]] || say ''
        begin_step "Stopping"
        stop_stack
        write_state
        end_step "$stop_remark"
    fi
    [[ -z ${tail_pid:-} ]] || kill "$tail_pid" "$grep_pid" 2>/dev/null
    [[ -z ${bus_dir:-} || -z ${lock_fd:-} ]] || remove_dead_sockets
    ((${#cleanup_paths[@]} == 0)) || rm -rf -- "${cleanup_paths[@]}"
    exit "$status"
}
cleanup_paths=()

# A signal sent again a second later means: at once. The same one twice at the same time is one (timeout does that).
hurry() {
    read_clock
    ((now - stop_began < 1000000)) || hurried=1
}

# A step's background command, with all that it started: its process group is its own, and what has left that group is
# found by its parents. `swift test` ends without its test process.
stop_job() {
    [[ -n $job_pid ]] || return 0
    local tree
    mapfile -t tree < <(descendants "$job_pid")
    kill -TERM -- "-$job_pid" "${tree[@]}" 2>/dev/null
    wait_for_end 5 "$job_pid" "${tree[@]}" || kill -KILL -- "-$job_pid" "${tree[@]}" 2>/dev/null
}

# descendants <pid>: the processes that it started, and those that they did.
descendants() {
    ps -eo pid=,ppid= | awk -v root="$1" '{ parent[$1] = $2 }
        END { for (pid in parent) { at = pid; while (at in parent && at != root) at = parent[at]; if (at == root && pid != root) print pid } }'
}

# The processes that are alive, into `running`, by name.
running_names() {
    local name
    running=()
    for name in "${process_names[@]}"; do
        [[ -z ${proc_pid[$name]:-} ]] || ! is_alive "$name" || running+=("$name")
    done
}

# Each is asked by SIGTERM and has until the limit; who is then still there is killed. A second signal is the limit.
stop_stack() {
    local name rest=()
    stop_remark=''
    read_clock
    stop_deadline=$((now + stop_limit_s * 1000000))
    ask_to_stop $((now + stop_limit_s * 500000)) gateway
    for name in "${running[@]}"; do [[ $name == postgres || $name == gateway ]] || rest+=("$name"); done
    ask_to_stop "$stop_deadline" "${rest[@]}"
    kill_rest gateway "${rest[@]}"
    [[ -z ${proc_pid[postgres]:-} ]] || stop_postmaster "${proc_pid[postgres]}" ||
        stop_remark+=" PostgreSQL (process ${proc_pid[postgres]}) does not end."
    for name in "${running[@]}"; do is_alive "$name" || wait "${proc_pid[$name]}" 2>/dev/null; done
}

# ask_to_stop <deadline in µs> <name…>
ask_to_stop() {
    local deadline=$1 name waiting=1
    shift
    for name in "$@"; do [[ -z ${proc_pid[$name]:-} ]] || kill -TERM "${proc_pid[$name]}" 2>/dev/null; done
    while [[ -n $waiting && -z $hurried ]]; do
        waiting=''
        for name in "$@"; do [[ -z ${proc_pid[$name]:-} ]] || ! is_alive "$name" || waiting=$name; done
        read_clock
        ((now < deadline)) || return 0
        spin "$waiting"
        [[ -z $waiting ]] || pause 0.02
    done
}

kill_rest() {
    local name
    for name in "$@"; do
        [[ -n ${proc_pid[$name]:-} ]] && is_alive "$name" || continue
        kill -KILL "${proc_pid[$name]}" 2>/dev/null
        stop_remark+=" $name did not stop and was killed;"
    done
}
