# shellcheck shell=bash
# Who runs on this DATA_DIR: a lock that ends with its holder, and a list of processes that outlives it.

# take_lock: one `up` for each DATA_DIR. The lock is the kernel's, so a killed script leaves none behind.
take_lock() {
    exec {lock_fd}<>"$lock_file"
    flock -n "$lock_fd" || die "Another ./switchboard (process $(lock_holder)) runs on $data_dir. Stop it, or set another DATA_DIR and API_PORT."
    printf '%-10s\n' $$ >"$lock_file"
}

lock_holder() { tr -d ' ' <"$lock_file" 2>/dev/null || printf unknown; }

# True when another script holds the lock: the stack is up, or on its way.
is_locked() { [[ -e $lock_file ]] && ! flock -n "$lock_file" true; }

# The ticks at which a process began, into `ticks`; with its id they name one process for ever. False: it is gone.
read_ticks() {
    local stat IFS=' '
    ticks=''
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    # A zombie has ended; only its parent has not heard of it.
    [[ $stat != Z* ]] || return 1
    # shellcheck disable=SC2086
    set -- $stat
    # Cut off when it ended while it was read.
    (($# >= 20)) || return 1
    ticks=${20}
}

# The list: one line for each process, `<name> <pid> <ticks> <health port> <port>`; `-` for no port.
write_state() {
    local name ticks
    {
        for name in "${!proc_pid[@]}"; do
            [[ -n ${proc_pid[$name]} ]] && read_ticks "${proc_pid[$name]}" || continue
            printf '%s %s %s %s %s\n' "$name" "${proc_pid[$name]}" "$ticks" "${proc_health[$name]:--}" "${proc_port[$name]:--}"
        done
    } >"$state_file.new"
    mv "$state_file.new" "$state_file"
}

# read_state: the listed processes that are still alive, into alive_pid, alive_health, alive_port by name.
read_state() {
    local name pid began health port ticks
    alive_pid=() alive_health=() alive_port=()
    [[ -r $state_file ]] || return 0
    while read -r name pid began health port; do
        read_ticks "$pid" && [[ $ticks == "$began" ]] || continue
        alive_pid[$name]=$pid alive_health[$name]=$health alive_port[$name]=$port
    done <"$state_file"
}
declare -A alive_pid=() alive_health=() alive_port=()

# end_leftovers: what a killed script left behind, ended; called by the holder of the lock. The services notice by
# themselves that their parent is gone; those that do not are stopped, then killed. PostgreSQL is looked after apart.
end_leftovers() {
    local signal
    read_state
    unset 'alive_pid[postgres]'
    for signal in '' TERM KILL; do
        ((${#alive_pid[@]})) || return 0
        [[ -n $signal ]] || warn "An earlier run was killed and left ${!alive_pid[*]}; waiting for the end of those."
        [[ -z $signal ]] || kill -s "$signal" "${alive_pid[@]}" 2>/dev/null || true
        wait_for_leftovers 4
    done
    ((${#alive_pid[@]} == 0)) || die "${!alive_pid[*]} of an earlier run cannot be ended (processes ${alive_pid[*]})."
}

wait_for_leftovers() {
    local tries=$(($1 * 20))
    while ((${#alive_pid[@]} && tries-- > 0)); do
        pause 0.05
        read_state
        unset 'alive_pid[postgres]'
    done
}

# remove_dead_sockets: files of processes that are gone. Names end in the process's id: calls-4711.sock.
remove_dead_sockets() {
    local file pid
    for file in "$bus_dir"/*-*.sock "$bus_dir"/*-*.events; do
        pid=${file%.*} pid=${pid##*-}
        [[ -S $file && $pid =~ ^[0-9]+$ && ! -d /proc/$pid ]] && rm -f -- "$file"
    done
    return 0
}
