# shellcheck shell=bash
# Secrets of the one-machine stack: made once, kept in DATA_DIR/secrets.env, readable by their owner alone.

declare -A secret=()

# ensure_secrets: reads the file, makes what is missing. A key in the environment wins when a service starts.
ensure_secrets() {
    [[ -e $secrets_file ]] || refuse_lost_secrets
    [[ ! -e $secrets_file ]] || chmod 0600 "$secrets_file"
    read_secrets
    local name made=''
    for name in JWT_SECRET_KEY MASTER_KEY DATABASE_OWNER_PASSWORD AUTH_DATABASE_PASSWORD AGENTS_DATABASE_PASSWORD \
        CALLS_DATABASE_PASSWORD ANALYTICS_DATABASE_PASSWORD; do
        [[ -z ${secret[$name]:-} ]] || continue
        make_secret "$name"
        made=1
    done
    [[ -z $made ]] || write_secrets
    # What stands in a template is shorter than what tokens may be signed with.
    if [[ -n ${JWT_SECRET_KEY:-} ]] && ((${#JWT_SECRET_KEY} < 32)); then
        warn "JWT_SECRET_KEY has fewer than 32 characters, too few to sign tokens with. The one in $secrets_file is used instead."
        unset JWT_SECRET_KEY
    fi
}

# New passwords would not open an old cluster, and a new MASTER_KEY would not open what the old one sealed.
refuse_lost_secrets() {
    find_cluster
    [[ ! -e $cluster_dir/data/PG_VERSION ]] || die "$secrets_file is missing, but there is a database in $cluster_dir \
that only opens with it. Put the file back from a backup, or move the database away to begin anew."
}

read_secrets() {
    local key value
    secret=()
    [[ -e $secrets_file ]] || return 0
    while IFS='=' read -r key value; do
        [[ -z $key || $key == '#'* ]] || secret[$key]=$value
    done <"$secrets_file" || die "$secrets_file cannot be read by $(id -un)."
}

make_secret() {
    case $1 in
        MASTER_KEY) secret[$1]=$(openssl rand -base64 32) ;;
        JWT_SECRET_KEY) secret[$1]=$(openssl rand -hex 48) ;;
        *) secret[$1]=$(openssl rand -hex 24) ;;
    esac
}

write_secrets() {
    local name
    (
        umask 077
        {
            printf '# Made by ./switchboard. Keep a copy: without it the data beside it cannot be read.\n'
            for name in "${!secret[@]}"; do printf '%s=%s\n' "$name" "${secret[$name]}"; done | sort
        } >"$secrets_file.new"
    )
    sync "$secrets_file.new"
    mv "$secrets_file.new" "$secrets_file"
}
