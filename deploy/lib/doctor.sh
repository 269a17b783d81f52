# shellcheck shell=bash
# `./switchboard doctor`: looks at the machine, the data and the running stack, changes nothing, and says in sentences
# what is missing or wrong. A problem makes the exit status 1; a remark does not.

problems=0
is_fine() { printf '%sok%s  %s\n' "$green" "$plain" "$1"; }
remark() { printf '%s!%s   %s\n' "$yellow" "$plain" "$1"; }
is_wrong() {
    printf '%sno%s  %s\n' "$red" "$plain" "$1"
    problems=$((problems + 1))
}

command_doctor() {
    (($# == 0)) || die "'doctor' takes no arguments."
    load_settings
    examine_packages
    examine_swift
    examine_executables
    examine_readers
    examine_room
    examine_memory
    examine_descriptors
    examine_files_named
    if [[ -d $data_dir ]]; then
        examine_data_dir
        examine_secrets
        read_state
    fi
    examine_port
    if uses_private_cluster; then examine_cluster; else examine_server; fi
    examine_stack
    if ((problems)); then
        say "$problems $( ((problems == 1)) && printf 'thing is' || printf 'things are') wrong."
        return 1
    fi
    say "All is fine."
}

examine_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        remark "This machine has no apt; ./switchboard up tells which libraries are missing, but cannot install them."
        return
    fi
    list_packages build
    find_missing_packages
    if ((${#missing[@]})); then
        is_wrong "These Debian packages are missing: ${missing[*]}. ./switchboard up installs them."
    else
        is_fine "All system packages are installed."
    fi
}

examine_swift() {
    local text='' number
    command -v swift >/dev/null && text=$(swift --version 2>/dev/null | head -n 1 || true)
    if [[ ! $text =~ version\ ([0-9]+(\.[0-9]+)*) ]]; then
        is_wrong "Swift is not installed; $least_swift or newer is at https://www.swift.org/install/linux/"
        return
    fi
    number=${BASH_REMATCH[1]} swift_version=$text
    if is_at_least "$number" "$least_swift"; then
        is_fine "Swift $number is installed."
    else
        is_wrong "Swift is $number; $least_swift or newer is needed: https://www.swift.org/install/linux/"
    fi
}

examine_executables() {
    if ! has_executables; then
        remark "The executables are not built yet; ./switchboard up builds them."
    elif [[ -z ${SWITCHBOARD_BIN_DIR:-} && -n ${swift_version:-} ]] &&
        { [[ ! -r $release_stamp ]] || [[ $(<"$release_stamp") != "$(hash_sources)" ]]; }; then
        remark "The sources have changed since the last build; ./switchboard up builds anew."
    else
        is_fine "The five executables are built."
    fi
}

# What agents cannot know without: the documents of a format whose program is missing fail.
examine_readers() {
    local program missing=()
    for program in pdftotext:poppler-utils catdoc:catdoc; do
        [[ -x /usr/bin/${program%:*} ]] || missing+=("${program#*:}")
    done
    if ((${#missing[@]})); then
        is_wrong "Some documents cannot be read: these packages are missing: ${missing[*]}."
    else
        is_fine "The programs that read documents are installed."
    fi
}

examine_room() {
    local place free
    place=$(nearest_folder "$data_dir")
    free=$(df -Pm -- "$place" | awk 'NR == 2 { print $4 }')
    if ((free < 1024)); then
        is_wrong "Only $free MB are free on the disk of DATA_DIR ($place); PostgreSQL stops when it is full."
    elif ((free < 5120)); then
        remark "$free MB are free on the disk of DATA_DIR; a build wants 3 GB, and data grows."
    else
        is_fine "$((free / 1024)) GB are free on the disk of DATA_DIR."
    fi
}

# The path itself, or the nearest folder above it that is there.
nearest_folder() {
    local path=$1
    until [[ -d $path ]]; do path=$(dirname "$path"); done
    printf '%s' "$path"
}

examine_memory() {
    local free
    free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
    if ((free < 400)); then
        is_wrong "Only $free MB of memory are available; the running stack wants 500 MB."
    elif ((free < 3000)); then
        remark "$free MB of memory are available: enough to run, little for the release build."
    else
        is_fine "$free MB of memory are available."
    fi
}

examine_descriptors() {
    local limit
    limit=$(ulimit -n)
    [[ $limit == unlimited ]] || ((limit >= 4096)) ||
        remark "A process may open only $limit files here, which bounds the gateway's connections; raise it by ulimit -n."
}

examine_files_named() {
    local name path
    for name in TLS_CERT_FILE TLS_KEY_FILE; do
        path=${!name:-}
        [[ -z $path || -r $path ]] || is_wrong "$name names $path, which cannot be read."
    done
    if [[ -r ${TLS_CERT_FILE:-} ]] && ! openssl x509 -checkend 604800 -noout -in "$TLS_CERT_FILE" >/dev/null 2>&1; then
        is_wrong "The certificate in $TLS_CERT_FILE is no certificate, or ends within a week."
    fi
    [[ -z ${BUS_KEYS_DIR:-} || -d $BUS_KEYS_DIR ]] ||
        is_wrong "BUS_KEYS_DIR names $BUS_KEYS_DIR, which is not there; ./switchboard keys makes it."
}

examine_data_dir() {
    if [[ ! -w $data_dir || ! -x $data_dir ]]; then
        is_wrong "DATA_DIR $data_dir is not writable for $(id -un)."
    elif [[ $(stat -c %A "$data_dir") == *w? ]]; then
        is_wrong "Everybody may write to DATA_DIR $data_dir; run chmod o-w on it."
    else
        is_fine "DATA_DIR $data_dir is ours."
    fi
}

examine_secrets() {
    local mode
    if [[ ! -e $secrets_file ]]; then
        find_cluster
        [[ ! -e $cluster_dir/data/PG_VERSION ]] ||
            is_wrong "$secrets_file is missing, but there is a database that only opens with it."
        return 0
    fi
    mode=$(stat -c %a "$secrets_file")
    if [[ $mode == 600 || $mode == 400 ]]; then
        is_fine "The secrets are readable by their owner alone."
    else
        is_wrong "Others may read $secrets_file (mode $mode); run chmod 600 on it."
    fi
    read_secrets
}

examine_port() {
    if [[ -n ${alive_pid[gateway]:-} ]]; then
        is_fine "The gateway of this DATA_DIR listens on port ${alive_port[gateway]}."
    elif [[ $API_PORT != 0 ]] && find_listener "$API_HOST" "$API_PORT"; then
        is_wrong "Port $API_PORT on $API_HOST is taken by somebody else; set API_PORT to another one."
    else
        is_fine "Port $API_PORT on $API_HOST is free."
    fi
}

examine_cluster() {
    find_cluster
    if [[ ! -e $cluster_dir/data/PG_VERSION ]]; then
        if [[ -d $cluster_dir && ! -x $cluster_dir ]]; then
            is_wrong "The database in $cluster_dir belongs to $(stat -c %U "$cluster_dir"); run this as that user or root."
        else
            remark "There is no database yet; ./switchboard up makes it."
        fi
        return
    fi
    find_postmaster
    if [[ -n $postmaster ]]; then
        local url
        database_url "$database"
        examine_settings "$url"
    elif [[ -n ${alive_pid[gateway]:-} ]]; then
        is_wrong "PostgreSQL does not run, though the gateway does."
    else
        is_fine "The database in $cluster_dir is stopped."
        examine_stopped_cluster
    fi
}

examine_stopped_cluster() {
    local state
    [[ $(as_postgres "$pg_bin/postgres" -C fsync -D "$cluster_dir/data" 2>/dev/null) == on ]] ||
        is_wrong "The database's setting fsync is not on; what is acknowledged could be lost."
    state=$(as_postgres "$pg_bin/pg_controldata" -D "$cluster_dir/data" 2>/dev/null || true)
    [[ $state == *'shut down'* ]] || remark "The database was not shut down in order; PostgreSQL recovers it at the next start."
    ! grep -qE '^Data page checksum version: +0$' <<<"$state" || remark "The database has no data checksums."
}

examine_server() { examine_settings "$DATABASE_URL"; }

# examine_settings <url>: a server that answers, and its settings that keep the promise.
examine_settings() {
    local answer
    answer=$(PGCONNECT_TIMEOUT=5 psql -X "$1" -Atc "SELECT current_setting('server_version_num')::int / 10000,
        current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
        current_setting('data_checksums'), (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')" 2>&1) || {
        is_wrong "PostgreSQL does not answer: ${answer%%$'\n'*}"
        return 0
    }
    local version fsync pages commit checksums used most
    IFS='|' read -r version fsync pages commit checksums used most <<<"$answer"
    is_fine "PostgreSQL $version answers; $used of $most connections are in use."
    ((version >= 15)) || is_wrong "PostgreSQL is $version; 15 or newer is needed."
    [[ $fsync == on ]] || is_wrong "PostgreSQL's setting fsync is off; what is acknowledged could be lost."
    [[ $pages == on ]] || is_wrong "PostgreSQL's setting full_page_writes is off; a power cut could spoil the data."
    [[ $commit != off && $commit != local ]] || is_wrong "PostgreSQL's setting synchronous_commit is $commit; what is acknowledged could be lost."
    [[ $checksums == on ]] || remark "The database has no data checksums."
}

# The processes of the stack: all there, none left over, each healthy.
examine_stack() {
    local name
    if ! is_locked; then
        if ((${#alive_pid[@]})); then
            is_wrong "An earlier run was killed and left ${!alive_pid[*]} (processes ${alive_pid[*]}); the next ./switchboard up ends them."
        else
            remark "The stack is not running; ./switchboard up starts it."
        fi
        return
    fi
    if ((${#alive_pid[@]} == 0)); then
        remark "The stack is on its way up or down."
        return
    fi
    list_processes
    for name in "${process_names[@]}"; do
        if [[ -z ${alive_pid[$name]:-} ]]; then
            is_wrong "$name is not running; $logs_dir/$name.log says why."
        elif [[ $name != postgres ]]; then
            examine_health "$name"
        fi
    done
}

examine_health() {
    local status
    if ! read_http_status "$health_host" "${alive_health[$1]/-/0}" /readyz; then
        is_wrong "$1 (process ${alive_pid[$1]}) does not answer on its health port ${alive_health[$1]}."
    elif [[ $status != 200 ]]; then
        is_wrong "$1 is not ready (status $status at http://$health_host:${alive_health[$1]}/readyz)."
    else
        is_fine "$1 is ready (process ${alive_pid[$1]}, health port ${alive_health[$1]})."
    fi
}
