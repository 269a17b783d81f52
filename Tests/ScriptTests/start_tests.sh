# shellcheck shell=bash

test_a_first_up_gets_ready_and_answers() {
    start_ready one
    curl -fsS "http://127.0.0.1:$API_PORT/" >/dev/null
    [[ $(stat -c %a "$DATA_DIR/secrets.env") == 600 ]] || fail "the secrets are not private"
    stop_up "$up_pid"
    ((up_status == 0)) || fail "up ended with $up_status"
}

test_a_second_up_finds_the_data_again_within_three_seconds() {
    start_ready one
    "$switchboard" psql -qc 'CREATE TABLE kept AS SELECT 42 AS answer'
    stop_up "$up_pid"
    cp "$DATA_DIR/secrets.env" "$scratch/secrets"
    start_ready two
    [[ $("$switchboard" psql -Atc 'SELECT answer FROM kept') == 42 ]]
    cmp "$DATA_DIR/secrets.env" "$scratch/secrets"
    [[ $(grep '^Ready' "$scratch/two.out") =~ \(([0-2])\.[0-9]+\ s\ after ]] || fail "it took too long"
    stop_up "$up_pid"
}

test_the_cluster_is_as_durable_as_promised() {
    start_ready one
    local settings
    settings=$("$switchboard" psql -At -F ' ' -c "SELECT current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'), current_setting('data_checksums'), current_setting('listen_addresses'),
        current_setting('server_encoding'), current_setting('lc_collate'), current_setting('max_connections')")
    [[ $settings == 'on on on on  UTF8 C 200' ]] || fail "$settings"
    stop_up "$up_pid"
}

test_each_process_gets_the_secrets_that_it_uses() {
    start_ready one
    stop_up "$up_pid"
    grep -qx 'auth [0-9]* start - secrets:jwt master' "$FAKE_DIR/events"
    grep -qx 'gateway [0-9]* start - secrets:jwt ' "$FAKE_DIR/events"
    grep -qx 'calls [0-9]* start - secrets:' "$FAKE_DIR/events"
    grep -q 'calls [0-9]* migrate postgresql://switchboard:[0-9a-f]*@/switchboard?host=.* postgresql://calls:' "$FAKE_DIR/events"
}

test_a_second_up_on_the_same_data_is_refused() {
    start_ready one
    local status=0
    API_PORT=$(free_port) "$switchboard" up >"$scratch/two.out" 2>&1 || status=$?
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/two.out" "(process $up_pid) runs on $DATA_DIR"
    curl -fsS "http://127.0.0.1:$API_PORT/" >/dev/null
    stop_up "$up_pid"
}

test_a_taken_port_is_said_before_anything_starts() {
    perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1) or die; sleep 20' "$API_PORT" &
    local holder=$! status=0
    wait_for 5 bash -c "(: <>/dev/tcp/127.0.0.1/$API_PORT) 2>/dev/null"
    "$switchboard" up >"$scratch/one.out" 2>&1 || status=$?
    kill "$holder"
    wait "$holder" || true
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/one.out" "Port $API_PORT on 127.0.0.1 is taken"
    [[ ! -e $FAKE_DIR/events && ! -e $DATA_DIR/postgres ]] || fail "something was started"
}

test_two_stacks_run_side_by_side() {
    start_ready one
    local first=$up_pid first_port=$API_PORT
    DATA_DIR=$scratch/two API_PORT=$(free_port)
    start_ready two
    curl -fsS "http://127.0.0.1:$first_port/" "http://127.0.0.1:$API_PORT/" >/dev/null
    stop_up "$up_pid"
    curl -fsS "http://127.0.0.1:$first_port/" >/dev/null
    stop_up "$first"
}

test_an_existing_server_is_used_instead() {
    start_ready one
    local first=$up_pid url
    url=$(grep -o 'postgresql://switchboard:[^ ]*' "$FAKE_DIR/events" | head -n 1)
    : >"$FAKE_DIR/events"
    DATA_DIR=$scratch/two API_PORT=$(free_port)
    export DATABASE_URL=$url
    start_ready two
    [[ ! -e $DATA_DIR/postgres ]] || fail "a cluster was made"
    grep -qxF "agents $(pid_of agents) start $url secrets:" "$FAKE_DIR/events" || fail "agents did not get the URL"
    grep -qxF "gateway $(pid_of gateway) start - secrets:jwt " "$FAKE_DIR/events" || fail "the gateway got it too"
    [[ $("$switchboard" psql -Atc 'SELECT 42') == 42 ]]
    stop_up "$up_pid"
    stop_up "$first"
}

test_several_calls_processes_are_started() {
    export CALLS_PROCESSES=3
    start_ready one
    [[ $(grep -c '^calls [0-9]* start' "$FAKE_DIR/events") == 3 && -n $(pid_of calls-3) ]]
    stop_up "$up_pid"
}

test_a_migration_that_fails_stops_the_start() {
    echo 1 >"$FAKE_DIR/agents.migrate"
    local status=0
    "$switchboard" up >"$scratch/one.out" 2>&1 || status=$?
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/one.out" "The migration of agents does not go."
    must_not_hold "$FAKE_DIR/events" " start "
}

test_a_service_that_refuses_its_configuration_stops_the_start() {
    echo 78 >"$FAKE_DIR/analytics.exit"
    local status=0
    "$switchboard" up >"$scratch/one.out" 2>&1 || status=$?
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/one.out" "analytics cannot go on"
    [[ $(grep -c '^analytics [0-9]* start' "$FAKE_DIR/events") == 1 ]] || fail "it was started again"
}

test_a_service_that_is_never_ready_stops_the_start() {
    echo 60 >"$FAKE_DIR/calls.slow"
    local status=0
    SWITCHBOARD_START_LIMIT_S=2 SWITCHBOARD_STOP_LIMIT_S=2 "$switchboard" up >"$scratch/one.out" 2>&1 || status=$?
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/one.out" "calls is not ready after 2 s"
}

test_a_half_made_cluster_is_made_again() {
    mkdir -p "$DATA_DIR"
    start_ready one
    stop_up "$up_pid"
    rm -rf "$DATA_DIR/postgres/data"
    mkdir "$DATA_DIR/postgres/fresh"
    echo 15 >"$DATA_DIR/postgres/fresh/PG_VERSION"
    start_ready two
    [[ $("$switchboard" psql -Atc 'SELECT 42') == 42 ]]
    stop_up "$up_pid"
}

test_a_secret_too_short_for_tokens_is_not_used() {
    printf 'JWT_SECRET_KEY=your-secret-key\n' >"$scratch/template.env"
    export ENV_FILE=$scratch/template.env
    start_ready one
    tr '\0' '\n' <"/proc/$(pid_of auth)/environ" | grep -qE '^JWT_SECRET_KEY=[0-9a-f]{96}$' || fail "auth got another"
    stop_up "$up_pid"
    must_hold "$scratch/one.out" "JWT_SECRET_KEY has fewer than 32 characters"
}

test_lost_secrets_are_not_replaced() {
    start_ready one
    stop_up "$up_pid"
    mv "$DATA_DIR/secrets.env" "$scratch/away"
    local status=0
    "$switchboard" up >"$scratch/two.out" 2>&1 || status=$?
    ((status == 1)) || fail "status $status"
    must_hold "$scratch/two.out" "secrets.env is missing"
    [[ ! -e $DATA_DIR/secrets.env ]] || fail "new secrets were made"
}

test_data_below_a_closed_folder_puts_the_cluster_elsewhere() {
    [[ $EUID -eq 0 ]] || return 0
    mkdir -m 0700 "$scratch/closed"
    DATA_DIR=$scratch/closed/one
    start_ready one
    local place
    place=$(<"$DATA_DIR/postgres.location")
    [[ $place == /var/lib/switchboard-* && -d $place/data ]] || fail "it is at $place"
    must_hold "$scratch/one.out" "the database is in $place"
    stop_up "$up_pid"
    start_ready two
    must_not_hold "$scratch/two.out" "cannot enter"
    stop_up "$up_pid"
    rm -rf -- "$place"
}

test_a_long_path_gets_short_sockets() {
    DATA_DIR=$scratch/$(printf 'long-%.0s' {1..20})
    mkdir -m 0711 "$DATA_DIR"
    start_ready one
    [[ $("$switchboard" psql -Atc 'SELECT 42') == 42 ]]
    stop_up "$up_pid"
    find /tmp -maxdepth 1 -name "sb-$(printf %s "$DATA_DIR" | sha256sum | cut -c 1-12)*" -exec rm -rf {} +
}
