# shellcheck shell=bash

test_ctrl_c_stops_everything_in_order() {
    start_ready one
    local postgres
    postgres=$(pid_of postgres)
    # A terminal sends it to the whole process group.
    kill -INT -- "-$up_pid"
    up_status=0
    wait "$up_pid" || up_status=$?
    ((up_status == 0)) || fail "status $up_status"
    nothing_left || fail "something is left"
    is_gone "$postgres" || fail "PostgreSQL is left"
    [[ $(events | awk '$3 == "stop" { print $1; exit }') == gateway ]] || fail "the gateway was not the first to stop"
    [[ $(events | grep -c ' stop$') == 5 ]] || fail "not every service stopped by itself"
    grep -q 'database system is shut down' "$DATA_DIR/logs/postgres.log"
}

test_a_closed_terminal_stops_everything() {
    start_ready one
    kill -HUP "$up_pid"
    wait "$up_pid" || true
    nothing_left || fail "something is left"
}

test_a_signal_during_the_start_leaves_nothing() {
    echo 30 >"$FAKE_DIR/agents.slow"
    start_up one
    wait_for 20 grep -q '^analytics [0-9]* start' "$FAKE_DIR/events"
    SECONDS=0
    SWITCHBOARD_STOP_LIMIT_S=2 stop_up "$up_pid"
    ((up_status == 143)) || fail "status $up_status"
    nothing_left || fail "something is left"
}

test_a_killed_script_leaves_nothing() {
    start_ready one
    local postgres
    postgres=$(pid_of postgres)
    kill -KILL "$up_pid"
    wait "$up_pid" || true
    wait_for 5 nothing_left || fail "something is left after 5 s"
    is_gone "$postgres" || fail "PostgreSQL is left"
    start_ready two
    stop_up "$up_pid"
    ((up_status == 0))
}

test_what_a_killed_script_left_is_ended_by_the_next() {
    # Stopped processes cannot notice that their parent is gone.
    start_ready one
    local old
    old=$(pid_of calls)
    kill -STOP "$old"
    kill -KILL "$up_pid"
    wait "$up_pid" || true
    sleep 0.5
    "$switchboard" doctor >"$scratch/doctor.out" && fail "doctor found nothing"
    must_hold "$scratch/doctor.out" "An earlier run was killed and left calls (processes $old)"
    start_ready two
    must_hold "$scratch/two.out" "An earlier run was killed and left calls"
    is_gone "$old" || fail "it is still there"
    stop_up "$up_pid"
}

test_a_postgres_that_outlived_its_script_is_stopped_and_started_again() {
    start_ready one
    local old
    old=$(pid_of postgres)
    kill -STOP "$old"
    kill -KILL "$up_pid"
    wait "$up_pid" || true
    sleep 1
    start_up two
    sleep 1
    kill -CONT "$old"
    wait_for 20 grep -q '^Ready' "$scratch/two.out" || fail "not ready: $(tail -n 3 "$scratch/two.out")"
    is_gone "$old" || fail "the old server is still there"
    stop_up "$up_pid"
}

test_a_stale_pid_file_does_not_hinder() {
    start_ready one
    stop_up "$up_pid"
    # The number of another living process of the same user, which PostgreSQL alone takes for a server.
    local owner sleeper
    owner=$(stat -c %U "$DATA_DIR/postgres/data")
    if [[ $EUID -eq 0 ]]; then
        (cd / && exec setpriv --reuid "$owner" --regid "$(id -gn "$owner")" --clear-groups sleep 60) &
    else
        sleep 60 &
    fi
    sleeper=$!
    printf '%s\n%s\n1\n5432\n%s\n\n  0  0\nready   \n' "$sleeper" "$DATA_DIR/postgres/data" "$DATA_DIR/postgres/socket" >"$DATA_DIR/postgres/data/postmaster.pid"
    chown "$owner" "$DATA_DIR/postgres/data/postmaster.pid"
    start_ready two
    is_gone "$sleeper" && fail "a stranger was killed"
    kill "$sleeper"
    wait "$sleeper" || true
    stop_up "$up_pid"
}

test_who_does_not_stop_is_killed() {
    start_up one
    : >"$FAKE_DIR/agents.deaf"
    wait_for 20 grep -q '^Ready' "$scratch/one.out"
    export -n SWITCHBOARD_STOP_LIMIT_S
    kill -TERM "$up_pid"
    sleep 1.5
    # A second signal is impatience.
    kill -TERM "$up_pid"
    up_status=0
    wait "$up_pid" || up_status=$?
    must_hold "$scratch/one.out" "agents did not stop and was killed"
    nothing_left || fail "something is left"
}
