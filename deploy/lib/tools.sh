# shellcheck shell=bash
# Commands that look after the data: migrate, verify, psql, keys. Each works beside a running stack, and without one
# on a PostgreSQL of its own that ends with the command.

# with_database <function…>: runs it while the database is there; `up` is not started meanwhile.
with_database() {
    load_settings
    make_data_dir
    has_executables || [[ $1 == run_psql ]] || die "The executables are not built; run ./switchboard up once."
    prepare_service_env_file
    if ! uses_private_cluster; then
        ensure_secrets
    elif is_locked; then
        find_cluster
        read_secrets
        find_postmaster
        [[ -n $postmaster ]] || die "The stack on $data_dir is on its way up or down; try again in a moment."
    else
        start_database_alone
    fi
    "$@"
}

start_database_alone() {
    take_lock
    guard_exit
    ensure_packages run
    ensure_secrets
    process_names=(postgres)
    ensure_cluster
    begin_step "PostgreSQL 15"
    start_postgres
    end_step
}

command_migrate() {
    (($# == 0)) || die "'migrate' takes no arguments."
    with_database run_migrate
}
run_migrate() {
    begin_step "Migrations"
    migrate_services
    end_step
}

# The counting asks `calls`, so that a stack without a gateway is started for it when none runs.
command_verify() {
    load_settings
    if is_locked; then
        with_database run_verify "$@"
        return
    fi
    make_data_dir
    has_executables || die "The executables are not built; run ./switchboard up once."
    take_lock
    guard_exit
    end_leftovers
    ensure_packages run
    ensure_secrets
    prepare_service_env_file
    list_processes
    unset 'process_names[-1]'
    start_stack
    run_verify "$@"
}
run_verify() {
    local status=0
    run_command_of analytics verify "$@" || status=$?
    run_command_of auth verify-audit || status=$?
    return "$status"
}

# run_command_of <service> <command> [argument…]: what the service does beside serving, in its own environment.
run_command_of() (
    local level=${LOG_LEVEL:-error}
    export_service "$1"
    unset PARENT_PID
    export LOG_LEVEL=$level
    cd "$root" && exec "$bin_dir/$1" "${@:2}"
)

command_psql() { with_database run_psql "$@"; }
run_psql() {
    local status=0 url=${DATABASE_URL:-}
    [[ -n $url ]] || database_url "$database"
    psql "$url" "$@" || status=$?
    return "$status"
}

command_keys() {
    load_settings
    make_data_dir
    local dir=${1:-$data_dir/bus-keys}
    [[ $dir == /* ]] || dir=$caller_dir/$dir
    has_executables || die "The executables are not built; run ./switchboard up once."
    "$bin_dir/gateway" keys "$dir" || die "The keys could not be made in $dir."
    say "Start the stack with BUS_KEYS_DIR=$dir to use them."
}
