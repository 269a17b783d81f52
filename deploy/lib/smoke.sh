# shellcheck shell=bash
# The last step of `./switchboard test`: the release build, started as a newcomer would, used by curl, stopped.

step_smoke() {
    local smoke_pid='' token='' client='' field base_url smoke_dir
    has_executables || {
        begin_step "Smoke test"
        fail_step
        failed=$((failed + 1)) failed_steps+=("Smoke test")
        return
    }
    smoke_dir=$(mktemp -d /tmp/sb-smoke.XXXXXX)
    chmod 0711 "$smoke_dir"
    cleanup_paths+=("$smoke_dir")
    choose_free_port
    smoke "a first start gets ready" smoke_start
    if [[ -n $smoke_pid ]]; then
        smoke "a person registers" smoke_register
        smoke "a client is made" smoke_client
        smoke "a call is logged" smoke_call
        smoke "the dashboard counts it" smoke_dashboard
        smoke "seed fills the workspace" smoke_seed
        smoke "a second seed adds nothing" smoke_seed_again
        smoke "the statistics equal a recount" in_smoke verify
        smoke "doctor finds nothing wrong" in_smoke doctor
        smoke "SIGTERM leaves no process" smoke_stop
        smoke "a second start is ready within 3 s" smoke_restart
        smoke "and finds the data again" smoke_dashboard
        smoke "it stops again" smoke_stop
    fi
    rm -rf -- "$smoke_dir"
}

# smoke <title> <function…>: one check; what it printed is shown when it fails.
smoke() {
    local log=$logs_dir/smoke.log
    begin_step "$1"
    if "${@:2}" >"$log" 2>&1; then
        passed=$((passed + 1))
        end_step
    else
        note_failure "$1" "$log"
    fi
}

choose_free_port() {
    local tries=100
    while ((tries-- > 0)); do
        smoke_port=$((20000 + RANDOM % 10000))
        find_listener 127.0.0.1 "$smoke_port" || return 0
    done
    die "No free port was found for the smoke test."
}

in_smoke() { env "DATA_DIR=$smoke_dir/data" "API_PORT=$smoke_port" "$root/switchboard" "$@"; }

# Starts `up` and waits for its ready line, three minutes at most; the build is done before.
smoke_start() {
    local tries=900
    # Straight into the background: an extra subshell between would not pass a signal on.
    DATA_DIR=$smoke_dir/data API_PORT=$smoke_port "$root/switchboard" up >"$smoke_dir/up.log" 2>&1 </dev/null &
    smoke_pid=$!
    helper_pids+=("$smoke_pid")
    base_url=http://127.0.0.1:$smoke_port
    until grep -q '^Ready' "$smoke_dir/up.log"; do
        if ((tries-- == 0)) || ! kill -0 "$smoke_pid" 2>/dev/null; then
            cat "$smoke_dir/up.log"
            smoke_pid=''
            return 1
        fi
        pause 0.2
    done
    cat "$smoke_dir/up.log"
}

smoke_register() {
    ask POST /api/auth/register '{"email":"Smoke@Example.com","password":"smoke-test-1","name":"Smoke"}'
    printf '%s %s\n' "$status" "$answer"
    json_field token "$answer"
    token=$field
    [[ $status == 201 && -n $token ]]
}

smoke_client() {
    ask POST /api/clients '{"name":"Dr. Mike'\''s Dental","phone_number":"+1-555-0100","profession":"dentist"}'
    printf '%s %s\n' "$status" "$answer"
    json_field id "$answer"
    client=$field
    [[ $status == 201 && -n $client ]]
}

smoke_call() {
    ask POST /api/calls "{\"client_id\":\"$client\",\"caller_phone\":\"+1-555-0123\",\"duration_seconds\":45.5,
        \"stt_latency_ms\":150,\"llm_latency_ms\":300,\"tts_latency_ms\":200,\"sentiment\":\"positive\"}"
    printf '%s %s\n' "$status" "$answer"
    [[ $status == 201 ]]
}

# Statistics follow an answer within half a second; five are given here.
smoke_dashboard() {
    local tries=25
    while ((tries-- > 0)); do
        ask GET /api/analytics/dashboard
        json_field total_calls "$answer"
        [[ $status != 200 || $field != 1 ]] || break
        pause 0.2
    done
    printf '%s %s\n' "$status" "$answer"
    [[ $status == 200 && $field == 1 ]]
}

smoke_seed() {
    in_smoke seed >"$smoke_dir/seed.log" 2>&1
    local status=$?
    cat "$smoke_dir/seed.log"
    ((status == 0)) && grep -qE 'Calls .* [1-9][0-9]{2} new, 0 there before' "$smoke_dir/seed.log"
}

smoke_seed_again() {
    in_smoke seed >"$smoke_dir/seed.log" 2>&1
    local status=$?
    cat "$smoke_dir/seed.log"
    ((status == 0)) && grep -qE 'Calls .* 0 new, [1-9][0-9]{2} there before' "$smoke_dir/seed.log"
}

# Every process of the stack is told by its environment or its working directory, whatever became of its parent.
smoke_stop() {
    kill -TERM "$smoke_pid"
    local status=0
    wait "$smoke_pid" || status=$?
    tail -n 5 "$smoke_dir/up.log"
    printf 'status %d\n' "$status"
    ! find_smoke_processes && ((status == 0))
}

find_smoke_processes() {
    local process found=1
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/cwd" 2>/dev/null) == "$smoke_dir"* ]] ||
            { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qx "DATA_DIR=$smoke_dir/data"; then
            printf 'still there: %s %s\n' "${process#/proc/}" "$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)"
            found=0
        fi
    done
    return "$found"
}

smoke_restart() {
    smoke_start || return 1
    [[ $(grep '^Ready' "$smoke_dir/up.log") =~ \(([0-9]+)\.[0-9]+\ s\ after ]] && ((BASH_REMATCH[1] < 3))
}
