# shellcheck shell=bash

test_help_lists_the_commands() {
    "$switchboard" help >"$scratch/help.out"
    local command
    for command in up test seed doctor verify migrate psql keys bench env-example; do
        grep -q "^  $command" "$scratch/help.out" || fail "$command is not listed"
    done
}

test_an_unknown_command_is_refused() {
    "$switchboard" upp >"$scratch/one.out" 2>&1 && fail "it was taken"
    must_hold "$scratch/one.out" "There is no command 'upp'."
}

test_the_database_tools_work_with_and_without_a_stack() {
    start_ready one
    [[ $("$switchboard" psql -Atc 'SELECT 42') == 42 ]]
    "$switchboard" migrate
    "$switchboard" verify >"$scratch/verify.out"
    must_hold "$scratch/verify.out" '0 differences' && must_hold "$scratch/verify.out" '0 broken'
    stop_up "$up_pid"
    "$switchboard" psql -Atc 'SELECT 42' | grep -qx 42
    "$switchboard" migrate
    "$switchboard" verify >"$scratch/verify.out"
    must_hold "$scratch/verify.out" '0 differences' && must_hold "$scratch/verify.out" '0 broken'
    nothing_left || fail "something is left"
}

test_doctor_is_content_with_a_running_stack_and_not_with_a_sick_one() {
    "$switchboard" doctor
    start_ready one
    "$switchboard" doctor || fail "it is not content"
    kill -STOP "$(pid_of agents)"
    "$switchboard" doctor >"$scratch/doctor.out" && fail "it is content"
    kill -CONT "$(pid_of agents)"
    must_hold "$scratch/doctor.out" "agents (process $(pid_of agents)) does not answer"
    chmod 0644 "$DATA_DIR/secrets.env"
    "$switchboard" doctor >"$scratch/doctor.out" && fail "it is content"
    must_hold "$scratch/doctor.out" "Others may read $DATA_DIR/secrets.env"
    stop_up "$up_pid"
}

test_doctor_sees_a_setting_that_breaks_the_promise() {
    start_ready one
    "$switchboard" psql -qc 'ALTER SYSTEM SET fsync = off' -c 'SELECT pg_reload_conf()' >/dev/null
    wait_for 5 bash -c "[[ \$('$switchboard' psql -Atc 'SHOW fsync') == off ]]"
    "$switchboard" doctor >"$scratch/doctor.out" && fail "it is content"
    must_hold "$scratch/doctor.out" "fsync is off"
    stop_up "$up_pid"
    "$switchboard" doctor >"$scratch/doctor.out" && fail "it is content with the stopped one"
    must_hold "$scratch/doctor.out" "fsync is not on"
}

test_keys_go_into_the_data_folder() {
    "$switchboard" keys >"$scratch/keys.out"
    [[ -d $DATA_DIR/bus-keys ]]
    must_hold "$scratch/keys.out" "BUS_KEYS_DIR=$DATA_DIR/bus-keys"
}

test_the_example_file_is_made_from_what_the_executables_say() {
    "$switchboard" env-example "$scratch/example"
    [[ $(grep -c '^# LOG_LEVEL=info$' "$scratch/example") == 1 ]] || fail "a common setting is not there once"
    must_hold "$scratch/example" "# ---- Read by every process"
    must_hold "$scratch/example" "# CALLS_BUS_BIND="
    must_hold "$scratch/example" "Without it: a socket under DATA_DIR."
}

# seeded <last day>: the calls of two clients over three days.
seeded() {
    local day
    printf 'c1\tdentist\tA\nc2\trestaurant\tB & Sons\n' >"$scratch/clients"
    for day in 3 2 1; do date -u -d "$1 - $day days" '+%Y-%m-%d%t%w'; done >"$scratch/days"
    LC_ALL=C awk -f "$(dirname "$switchboard")/deploy/lib/seed-calls.awk" \
        "$(dirname "$switchboard")/deploy/lib/seed-topics.txt" "$scratch/clients" "$scratch/days"
}

test_seeded_calls_of_a_day_are_the_same_whenever_they_are_made() {
    seeded 2026-03-12 >"$scratch/first"
    seeded 2026-03-13 >"$scratch/second"
    [[ $(wc -l <"$scratch/first") -gt 5 ]] || fail "there are too few"
    ! cut -d '"' -f 4 "$scratch/first" | sort | uniq -d | grep . || fail "two calls share an id"
    grep -v 2026-03-09 "$scratch/first" >"$scratch/first.rest"
    grep -v 2026-03-12 "$scratch/second" | cmp - "$scratch/first.rest" || fail "the same days differ"
}

test_seed_without_a_stack_says_so() {
    "$switchboard" seed >"$scratch/one.out" 2>&1 && fail "it was content"
    must_hold "$scratch/one.out" "is ./switchboard up running?"
}
