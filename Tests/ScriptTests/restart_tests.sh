# shellcheck shell=bash

test_a_killed_service_is_started_again_and_said_so() {
    start_ready one
    local old
    old=$(pid_of calls)
    kill -KILL "$old"
    wait_for 5 is_new_pid calls "$old" || fail "it was not started again"
    wait_for 5 grep -q 'calls is ready again' "$scratch/one.out"
    must_hold "$scratch/one.out" "calls was ended by signal KILL; it is started again in 0.2 s."
    stop_up "$up_pid"
}

test_the_pause_doubles_with_each_end() {
    start_ready one
    echo 1 >"$FAKE_DIR/agents.exit"
    kill -KILL "$(pid_of agents)"
    wait_for 8 grep -q 'agents ended with status 1; it is started again in 0.8 s' "$scratch/one.out" || fail "no pause of 0.8 s"
    must_hold "$scratch/one.out" "again in 0.2 s"
    must_hold "$scratch/one.out" "again in 0.4 s"
    must_hold "$scratch/one.out" "agents cannot go on"
    rm "$FAKE_DIR/agents.exit"
    wait_for 5 grep -q 'agents is ready again' "$scratch/one.out"
    stop_up "$up_pid"
}

test_a_service_that_refuses_its_configuration_later_is_left_alone() {
    start_ready one
    echo 78 >"$FAKE_DIR/agents.exit"
    kill -KILL "$(pid_of agents)"
    wait_for 5 grep -q 'agents refuses its configuration and is not started again: agents cannot go on' "$scratch/one.out" || fail "not said"
    sleep 1
    [[ $(grep -c '^agents [0-9]* start' "$FAKE_DIR/events") == 2 ]] || fail "it was started again"
    curl -fsS "http://127.0.0.1:$API_PORT/" >/dev/null
    stop_up "$up_pid"
}

test_a_killed_postgres_is_started_again() {
    start_ready one
    local old
    old=$(pid_of postgres)
    kill -KILL "$old"
    wait_for 15 grep -q 'postgres is ready again' "$scratch/one.out" || fail "not started again"
    [[ $("$switchboard" psql -Atc 'SELECT 42') == 42 ]]
    stop_up "$up_pid"
}

test_errors_in_the_logs_are_shown() {
    start_ready one
    printf '{"ts":"x","level":"error","service":"calls","msg":"the sky has fallen"}\n' >>"$DATA_DIR/logs/calls.log"
    printf '{"ts":"x","level":"info","service":"calls","msg":"all is well"}\n' >>"$DATA_DIR/logs/calls.log"
    wait_for 5 grep -q 'calls  .*the sky has fallen' "$scratch/one.out" || fail "it is not shown"
    must_not_hold "$scratch/one.out" "all is well"
    stop_up "$up_pid"
}

test_a_log_past_its_limit_is_put_aside() {
    export SWITCHBOARD_LOG_LIMIT_BYTES=20
    start_ready one
    stop_up "$up_pid"
    start_ready two
    stop_up "$up_pid"
    [[ -s $DATA_DIR/logs/auth.log.1 && $(grep -c ready "$DATA_DIR/logs/auth.log") == 1 ]]
}
