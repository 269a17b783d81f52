# shellcheck shell=bash
# The private PostgreSQL 15: a cluster under DATA_DIR that only this stack reaches, through a unix socket.

database=switchboard
cluster_dir='' pg_user='' pg_group='' pg_socket_dir=''

# find_cluster: where the cluster is or shall be, and as whom it runs, into cluster_dir, pg_user, pg_group.
# PostgreSQL refuses root: root's cluster belongs to the user postgres, or else nobody. That user may be unable to reach
# DATA_DIR (under /root, say); the cluster is then elsewhere and a file in DATA_DIR says where.
find_cluster() {
    cluster_dir=$data_dir/postgres
    [[ ! -r $data_dir/postgres.location ]] || cluster_dir=$(<"$data_dir/postgres.location")
    if [[ -e $cluster_dir/data ]]; then
        pg_user=$(stat -c %U "$cluster_dir/data")
    elif [[ $EUID -ne 0 ]]; then
        pg_user=$(id -un)
    elif id postgres >/dev/null 2>&1; then
        pg_user=postgres
    else
        pg_user=nobody
    fi
    pg_group=$(id -gn "$pg_user")
    pg_socket_dir=$cluster_dir/socket
    # A socket's path may have 107 bytes; the file in the folder takes 14.
    ((${#pg_socket_dir} <= 66)) || pg_socket_dir=/tmp/sb-$data_hash-pg
}

# as_postgres <command…>: runs a command as the cluster's user, with nothing of our environment but a path.
as_postgres() { (cd / && postgres_identity && exec "${identity[@]}" "$@"); }

# The words that turn into the cluster's user and forget our environment, into `identity`.
postgres_identity() {
    identity=(env -i "PATH=$PATH" LC_ALL=C TZ=UTC)
    [[ $EUID -ne 0 ]] || identity=(setpriv --reuid "$pg_user" --regid "$pg_group" --clear-groups "${identity[@]}")
}

# ensure_cluster: makes the cluster if there is none. What a killed first start left half made is made again.
ensure_cluster() {
    find_cluster
    [[ -x $pg_bin/initdb ]] || die "PostgreSQL 15 is not at $pg_bin."
    [[ -e $cluster_dir/data ]] || place_cluster
    [[ $EUID -eq 0 || $pg_user == "$(id -un)" ]] || die "The database in $cluster_dir belongs to $pg_user; run this as $pg_user or root."
    if [[ -e $cluster_dir/data ]]; then
        [[ $(<"$cluster_dir/data/PG_VERSION") == 15 ]] ||
            die "The database in $cluster_dir is of PostgreSQL $(<"$cluster_dir/data/PG_VERSION"), and this one is 15; dump it there and restore it here."
    else
        create_cluster
    fi
    make_owned_dir "$pg_socket_dir"
    write_cluster_settings
}

place_cluster() {
    [[ $EUID -eq 0 ]] || return 0
    if ! as_postgres test -x "$data_dir"; then
        cluster_dir=/var/lib/switchboard-$data_hash
        printf '%s\n' "$cluster_dir" >"$data_dir/postgres.location"
        warn "The user $pg_user, as whom PostgreSQL runs, cannot enter $data_dir; the database is in $cluster_dir."
        find_cluster
    fi
}

# make_owned_dir <path>: a folder that only the cluster's user may enter.
make_owned_dir() {
    [[ -d $1 ]] || mkdir -m 0700 "$1" || die "The folder $1 cannot be made."
    [[ ! -L $1 ]] || die "The folder $1 is a link."
    [[ $(stat -c %U "$1") == "$pg_user" ]] || { [[ $EUID -eq 0 ]] && chown "$pg_user:$pg_group" "$1"; } ||
        die "The folder $1 belongs to somebody else."
}

create_cluster() {
    local fresh=$cluster_dir/fresh log=$logs_dir/postgres-create.log
    make_owned_dir "$cluster_dir"
    rm -rf -- "$fresh"
    (umask 077 && printf '%s\n' "${secret[DATABASE_OWNER_PASSWORD]}" >"$cluster_dir/password")
    [[ $EUID -ne 0 ]] || chown "$pg_user:$pg_group" "$cluster_dir/password"
    {
        as_postgres "$pg_bin/initdb" -D "$fresh" -U "$database" --pwfile "$cluster_dir/password" -A scram-sha-256 \
            -E UTF8 --locale=C --data-checksums --no-instructions &&
            printf 'CREATE DATABASE %s' "$database" | as_postgres "$pg_bin/postgres" --single -D "$fresh" postgres &&
            printf "\ninclude = '../switchboard.conf'\n" >>"$fresh/postgresql.conf" &&
            printf 'local all all scram-sha-256\n' >"$fresh/pg_hba.conf"
    } >"$log" 2>&1 || {
        rm -f -- "$cluster_dir/password"
        tail -n 15 "$log" >&2
        die "The database could not be made in $cluster_dir."
    }
    rm -f -- "$cluster_dir/password"
    mv "$fresh" "$cluster_dir/data"
    sync -f "$cluster_dir/data"
}

# Megabytes for PostgreSQL's own cache, into `shared_buffers`: an eighth of the memory, from 128 to 1024.
size_shared_buffers() {
    local kilobytes=0
    shared_buffers=128
    { read -r _ kilobytes _ </proc/meminfo; } 2>/dev/null || return 0
    shared_buffers=$((kilobytes / 1024 / 8))
    ((shared_buffers >= 128)) || shared_buffers=128
    ((shared_buffers <= 1024)) || shared_buffers=1024
}

# Written at each start, so that a cluster follows this file; ALTER SYSTEM and postgresql.auto.conf are left alone.
write_cluster_settings() {
    local file=$cluster_dir/switchboard.conf shared_buffers
    size_shared_buffers
    cat >"$file.new" <<CONF
# Written by ./switchboard at each start; settings of your own belong in own.conf beside it.
listen_addresses = ''
unix_socket_directories = '$pg_socket_dir'
unix_socket_permissions = 0700
cluster_name = '$database'
max_connections = 200
shared_buffers = ${shared_buffers}MB
fsync = on
full_page_writes = on
synchronous_commit = on
wal_compression = lz4
max_wal_size = 2GB
checkpoint_timeout = 15min
# What a new table holds must be known soon: until then look-ups in it may read most of it.
autovacuum_naptime = 5s
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
include_if_exists = 'own.conf'
CONF
    chmod 0644 "$file.new"
    mv "$file.new" "$file"
}

# The id of the postmaster that runs on this cluster, into `postmaster`; empty when none does. A stale pid file, or one
# whose number belongs to another process by now, names no postmaster: a server's working directory is its data.
find_postmaster() {
    local pid=''
    postmaster=''
    { read -r pid <"$cluster_dir/data/postmaster.pid"; } 2>/dev/null || true
    [[ $pid =~ ^[0-9]+$ ]] && works_on_cluster "$pid" && postmaster=$pid
    return 0
}
works_on_cluster() { [[ $(readlink "/proc/$1/cwd" 2>/dev/null) == "$(realpath "$cluster_dir/data")" ]]; }

# settle_cluster: no server of an earlier run is left on the cluster when this returns, so that the new one is our own
# child, watched and restarted. PostgreSQL's own checks of the pid file stay as they are, but for one case that it cannot
# tell: a number that another of the user's processes bears by now, while nobody works on the data.
settle_cluster() {
    find_postmaster
    if [[ -n $postmaster ]]; then
        stop_postmaster "$postmaster" || die "An earlier PostgreSQL (process $postmaster) on $cluster_dir does not stop."
    fi
    [[ -e $cluster_dir/data/postmaster.pid ]] || return 0
    local cwd
    for cwd in /proc/[0-9]*; do
        ! works_on_cluster "${cwd#/proc/}" || return 0
    done
    rm -f -- "$cluster_dir/data/postmaster.pid"
}

# stop_postmaster <pid>: fast shutdown, then immediate, then kill. False when it is still there.
stop_postmaster() {
    local signal
    for signal in INT QUIT KILL; do
        kill -s "$signal" "$1" 2>/dev/null || true
        wait_for_end 8 "$1" && return 0
    done
    return 1
}

# wait_for_end <seconds> <pid…>: true when all of them have ended in that time.
wait_for_end() {
    local tries=$(($1 * 50)) pid ticks
    shift
    while :; do
        for pid in "$@"; do
            read_ticks "$pid" && break
            shift
        done
        (($#)) || return 0
        ((tries-- > 0)) || return 1
        pause 0.02
    done
}

# True when the server that we started (process $1) takes connections: it says so on line 8 of its pid file.
is_postgres_ready() {
    local lines=()
    { mapfile -t lines <"$cluster_dir/data/postmaster.pid"; } 2>/dev/null || return 1
    [[ ${lines[0]:-} == "$1" && ${lines[7]:-} == ready* ]]
}

# database_url <role>: the private cluster's URL for a role, into `url`.
database_url() {
    local password=${secret[${1^^}_DATABASE_PASSWORD]:-${secret[DATABASE_OWNER_PASSWORD]}} host=${pg_socket_dir//%/%25}
    host=${host//\//%2F} host=${host// /%20} host=${host//\?/%3F} host=${host//#/%23} host=${host//&/%26}
    url="postgresql://$1:$password@/$database?host=$host"
}
