# shellcheck shell=bash
# Where settings come from: the environment, then the .env file. Where everything lies: DATA_DIR and what is under it.

services=(auth agents calls analytics)
# Names that the script itself reads and no executable knows.
script_keys='CALLS_PROCESSES'

load_settings() {
    local data_base=$root name
    [[ -z ${DATA_DIR:-} ]] || data_base=$caller_dir
    # The services run beside the script; a relative path in the environment is meant from where the person is.
    for name in TLS_CERT_FILE TLS_KEY_FILE BUS_KEYS_DIR BUS_DIR; do
        [[ -z ${!name:-} || ${!name} == /* ]] || export "$name=$caller_dir/${!name}"
    done
    find_env_file
    read_env_file "$env_file"
    API_HOST=${API_HOST:-127.0.0.1} API_PORT=${API_PORT:-8000} CALLS_PROCESSES=${CALLS_PROCESSES:-1}
    require_number API_PORT 0 65535
    require_number CALLS_PROCESSES 1 64
    health_host=${HEALTH_HOST:-127.0.0.1}
    [[ $health_host != 0.0.0.0 ]] || health_host=127.0.0.1
    place_data "$data_base" "${DATA_DIR:-.data}"
    bin_dir=${SWITCHBOARD_BIN_DIR:-$root/.build-release/release}
    [[ $bin_dir == /* ]] || bin_dir=$caller_dir/$bin_dir
}

# The file that ENV_FILE names must exist; .env beside the script need not.
find_env_file() {
    env_file=$root/.env
    if [[ -n ${ENV_FILE:-} ]]; then
        env_file=$ENV_FILE
        [[ $env_file == /* ]] || env_file=$caller_dir/$env_file
        [[ -r $env_file ]] || die "The file $env_file, which ENV_FILE names, cannot be read."
    elif [[ ! -r $env_file ]]; then
        env_file=/dev/null
    fi
}

require_number() {
    local value=${!1}
    [[ $value =~ ^[0-9]{1,5}$ ]] && ((10#$value >= $2 && 10#$value <= $3)) ||
        die "$1 is \"$value\"; allowed is a whole number from $2 to $3."
}

# place_data <folder that a relative path counts from> <DATA_DIR>
place_data() {
    local path=$2
    [[ $path == /* ]] || path=$1/$path
    data_dir=$(realpath -m -- "$path")
    [[ $data_dir != *[\'\"\\$'\n']* ]] || die "DATA_DIR may hold no quote, backslash or new line."
    logs_dir=$data_dir/logs run_dir=$data_dir/run secrets_file=$data_dir/secrets.env
    state_file=$run_dir/stack lock_file=$data_dir/lock
    data_hash=$(printf %s "$data_dir" | sha256sum | cut -c 1-12)
    bus_dir=${BUS_DIR:-$run_dir}
    [[ -n ${BUS_DIR:-} || ${#bus_dir} -le 80 ]] || short_bus_dir
    export DATA_DIR=$data_dir
}

# A socket's path may have 107 bytes. Every process of the stack finds the same short folder for a long one: /tmp/sb-
# and the path's 64-bit FNV-1a hash in base 36.
short_bus_dir() {
    local LC_ALL=C hash=$((0xcbf29ce484222325)) digits=0123456789abcdefghijklmnopqrstuvwxyz text='' i byte rest
    for ((i = 0; i < ${#bus_dir}; i++)); do
        printf -v byte '%d' "'${bus_dir:i:1}"
        hash=$(((hash ^ (byte & 255)) * 0x100000001b3))
    done
    # The hash as a number without a sign: half of it is never negative.
    while ((hash != 0)); do
        rest=$(((hash >> 1 & 0x7fffffffffffffff) / 18))
        text=${digits:hash - rest * 36:1}$text hash=$rest
    done
    bus_dir=/tmp/sb-$text
}

# Others may pass through DATA_DIR when root runs the script, since PostgreSQL then runs as another user.
make_data_dir() {
    local mode=0700
    [[ $EUID -ne 0 ]] || mode=0711
    if [[ ! -d $data_dir ]]; then
        mkdir -p "$(dirname "$data_dir")" && mkdir -m "$mode" "$data_dir" ||
            die "DATA_DIR $data_dir cannot be made."
    fi
    [[ -w $data_dir && -x $data_dir ]] || die "DATA_DIR $data_dir is not writable for $(id -un)."
    make_private_dir "$logs_dir"
    make_private_dir "$run_dir"
    make_private_dir "$bus_dir"
}

# make_private_dir <path>: a folder of our own that nobody else may enter.
make_private_dir() {
    [[ -d $1 ]] || mkdir -m 0700 "$1" || die "The folder $1 cannot be made."
    [[ ! -L $1 && -O $1 ]] || die "The folder $1 belongs to somebody else."
}

# read_env_file <path>: exports each assignment whose variable is unset or empty. Nothing is interpolated or run:
# KEY=value, export KEY='literal', KEY="with \n escapes", # comment. Of two lines with one key the later holds.
read_env_file() {
    local line key number=0
    local -A assignments=()
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
        [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$ ]] ||
            die "$1 line $number is neither a comment nor KEY=value."
        key=${BASH_REMATCH[2]}
        unquote "${BASH_REMATCH[3]}" || die "$1 line $number: the quoted value of $key does not end, or text follows it."
        assignments[$key]=$unquoted
    done <"$1"
    for key in "${!assignments[@]}"; do
        [[ -n ${!key:-} || -z ${assignments[$key]} ]] || export "$key=${assignments[$key]}"
    done
}

# The value of an assignment, without its quotes and the comment behind it, into the variable `unquoted`.
unquote() {
    local double='^"(([^"\\]|\\.)*)"[[:space:]]*(#.*)?$' single="^'([^']*)'[[:space:]]*(#.*)?\$"
    unquoted=$1
    if [[ $1 =~ $double ]]; then
        unquoted=${BASH_REMATCH[1]}
        local rest=$unquoted
        unquoted=''
        while [[ $rest == *\\* ]]; do
            unquoted+=${rest%%\\*}
            rest=${rest#*\\}
            case ${rest:0:1} in
                n) unquoted+=$'\n' ;;
                r) unquoted+=$'\r' ;;
                t) unquoted+=$'\t' ;;
                '"' | '$' | \\) unquoted+=${rest:0:1} ;;
                *) unquoted+=\\${rest:0:1} ;;
            esac
            rest=${rest:1}
        done
        unquoted+=$rest
    elif [[ $1 =~ $single ]]; then
        unquoted=${BASH_REMATCH[1]}
    elif [[ $1 == [\"\']* ]]; then
        return 1
    else
        [[ $1 != '#'* ]] || unquoted=''
        unquoted=${unquoted%%[[:space:]]#*}
        unquoted=${unquoted%"${unquoted##*[![:space:]]}"}
    fi
}

# uses_private_cluster: no server is named for the services, so the script runs one.
uses_private_cluster() { [[ -z ${DATABASE_URL:-} ]]; }
