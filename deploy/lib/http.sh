# shellcheck shell=bash
# Asking over HTTP: a status without starting a process, and JSON through curl.

# read_http_status <host> <port> <path>: the status of a GET, into `status`; false when nobody answers in 2 s.
read_http_status() {
    local fd line=''
    status=''
    { exec {fd}<>"/dev/tcp/$1/$2"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1" 1>&"$fd" || true
    read -rt 2 -u "$fd" line || true
    exec {fd}>&-
    status=${line:9:3}
    [[ $status =~ ^[0-9]{3}$ ]]
}

# ask <method> <path> [body]: asks the running stack at base_url with `token`; the answer goes into `answer`, its status
# into `status`, 000 when nobody answers. A refusal for coming too often is waited out.
ask() {
    local method=$1 path=$2 body=${3-} tries=5 arguments
    arguments=(-sS -k --max-time 60 -X "$method" -H "Content-Type: ${content_type:-application/json}" -w '\n%{http_code}' -o -)
    [[ -z ${token:-} ]] || arguments+=(-H "Authorization: Bearer $token")
    [[ -z ${idempotency_key:-} ]] || arguments+=(-H "Idempotency-Key: $idempotency_key")
    [[ -z $body ]] || arguments+=(--data-binary @-)
    while :; do
        answer=$(printf '%s' "$body" | curl "${arguments[@]}" "$base_url$path" 2>&1) || true
        status=${answer##*$'\n'} answer=${answer%$'\n'*}
        [[ $status == 429 || $status == 503 ]] && ((tries-- > 0)) || return 0
        pause 2
    done
}

# upload_file <path> <file>: PUTs the bytes of a file; status and answer as of `ask`.
upload_file() {
    answer=$(curl -sS -k --max-time 60 -X PUT -H "Authorization: Bearer $token" -H "Content-Type: application/octet-stream" \
        -w '\n%{http_code}' --data-binary "@$2" "$base_url$1" 2>&1) || true
    status=${answer##*$'\n'} answer=${answer%$'\n'*}
}

# post_form <path> <curl's options of the form…>: into `status` and `answer`.
post_form() {
    local path=$1
    shift
    answer=$(curl -sS -k --max-time 60 -H "Authorization: Bearer $token" -w '\n%{http_code}' "$@" "$base_url$path" 2>&1) || true
    status=${answer##*$'\n'} answer=${answer%$'\n'*}
}

# json_field <name> <json>: the first text or number of that name, into `field`, escapes left as they are; empty without one.
json_field() {
    local pattern="\"$1\"[[:space:]]*:[[:space:]]*"'("(([^"\\]|\\.)*)"|(-?[0-9.]+))'
    field=''
    [[ ! $2 =~ $pattern ]] || field=${BASH_REMATCH[2]}${BASH_REMATCH[4]}
}

# json_text <text>: as a JSON string, quotes included, into `quoted`.
json_text() {
    quoted=${1//\\/\\\\}
    quoted=${quoted//\"/\\\"} quoted=${quoted//$'\n'/\\n} quoted=${quoted//$'\t'/\\t}
    quoted="\"$quoted\""
}
