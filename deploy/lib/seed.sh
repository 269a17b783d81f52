# shellcheck shell=bash
# `./switchboard seed`: a workspace with six businesses, their calls of the last sixty days, agents, a campaign, recordings,
# an agent that chats, what it knows and conversations with it, made through the API.

seed_days=60 seed_batch=250
# name|phone number|profession|voice
seed_clients=(
    "Okafor Family Dental|+1-555-0101|dentist|af_sarah"
    "Brightwater Plumbing|+1-555-0102|plumber|am_adam"
    "Trattoria Lucia|+1-555-0103|restaurant|af_bella"
    "Hale & Partners Law|+1-555-0104|lawyer|bf_emma"
    "Studio Lena|+1-555-0105|hairdresser|af_sky"
    "Lindqvist Veterinary|+1-555-0106|veterinarian|af_nicole"
)

command_seed() {
    local email=demo@switchboard.example password=switchboard-demo
    while (($#)); do
        case $1 in
            --email | --password)
                (($# >= 2)) || die "'$1' wants a value."
                [[ $1 == --email ]] && email=$2 || password=$2
                shift
                ;;
            *) die "'seed' knows no option '$1'; it takes --email and --password." ;;
        esac
        shift
    done
    load_settings
    find_running_gateway
    seed_scratch=$(mktemp -d)
    trap 'rm -rf -- "$seed_scratch"' EXIT
    begin_step "Signing in"
    sign_in "$email" "$password"
    end_step "$email"
    begin_step "Clients"
    seed_all_clients
    end_step "${#seed_clients[@]} businesses, $clients_made new"
    begin_step "Calls"
    seed_all_calls
    end_step "$calls_made new, $calls_known there before"
    begin_step "Agents"
    seed_all_agents
    end_step "${#seed_agents[@]} agents, $agents_made new"
    begin_step "Campaign"
    seed_one_campaign
    case $campaign_made in
        launched) end_step "$seed_number_count numbers, launched" ;;
        draft) end_step "$seed_number_count numbers, not launched, since VOICE_SERVER_URL places real calls" ;;
        *) end_step "there before" ;;
    esac
    begin_step "Recordings"
    seed_recordings
    end_step "2 recordings, $recordings_made new"
    begin_step "An agent that chats"
    seed_chat_agent
    end_step "$seed_receptionist, $([[ $chat_agent_made == 1 ]] && echo deployed || echo there before)"
    begin_step "Knowledge"
    seed_knowledge
    end_step "answers to questions, $knowledge_made new"
    begin_step "Conversations"
    seed_conversations
    end_step "${#seed_messages[@]} messages answered"
    ((calls_refused == 0)) || die "$calls_refused calls were refused, the first with: $first_refusal"
    say "The workspace at $base_url holds $((calls_made + calls_known)) seeded calls. E-mail: $email  password: $password"
}

# The gateway of the stack on DATA_DIR, or whoever answers on API_PORT.
find_running_gateway() {
    read_state
    local port=${alive_port[gateway]:--}
    [[ $port != - ]] || port=$API_PORT
    find_base_url "$port"
    token='' status=''
    ask GET /api/health
    [[ $status != 000 ]] || die "Nobody answers at $base_url; is ./switchboard up running?"
    [[ $status == 200 ]] || die "The gateway at $base_url is not healthy (status $status)."
}

# sign_in <email> <password>: logs in, or registers who is not known yet; the token goes into `token`.
sign_in() {
    local quoted email password field
    json_text "$1" && email=$quoted
    json_text "$2" && password=$quoted
    ask POST /api/auth/login "{\"email\":$email,\"password\":$password}"
    [[ $status == 200 ]] || ask POST /api/auth/register "{\"email\":$email,\"password\":$password,\"name\":\"Demo\"}"
    json_field error "$answer"
    [[ $status == 20[01] ]] || die "Neither login nor registration of $1 worked: ${field:-status $status}."
    json_field token "$answer"
    token=$field
}

# Makes the clients that the workspace lacks; `<id> TAB <profession> TAB <name>` of all go into $seed_scratch/clients.
seed_all_clients() {
    local client name phone profession voice known id field
    clients_made=0
    ask GET "/api/clients?limit=1000"
    [[ $status == 200 ]] || die "The clients cannot be listed (status $status)."
    # One object a line, whatever the order of its keys; no object nests another.
    known=$(printf '%s' "$answer" | tr '{' '\n')
    for client in "${seed_clients[@]}"; do
        IFS='|' read -r name phone profession voice <<<"$client"
        json_field id "$(grep -F "\"$phone\"" <<<"$known" | head -n 1)"
        id=$field
        if [[ -z $id ]]; then
            ask POST /api/clients "{\"name\":\"$name\",\"phone_number\":\"$phone\",\"profession\":\"$profession\",\"voice_name\":\"$voice\"}"
            json_field error "$answer"
            [[ $status == 201 ]] || die "The client $name was refused: ${field:-status $status}."
            json_field id "$answer"
            id=$field clients_made=$((clients_made + 1))
        fi
        printf '%s\t%s\t%s\n' "$id" "$profession" "$name"
    done >"$seed_scratch/clients"
}

# The days before today, so that a second run on the same day finds every call there and adds nothing.
seed_all_calls() {
    local day now file field
    printf -v now '%(%s)T' -1
    for ((day = seed_days; day >= 1; day--)); do
        TZ=UTC printf '%(%Y-%m-%d	%w)T\n' $((now - day * 86400))
    done >"$seed_scratch/days"
    LC_ALL=C awk -f "$root/deploy/lib/seed-calls.awk" "$root/deploy/lib/seed-topics.txt" "$seed_scratch/clients" \
        "$seed_scratch/days" | split -l "$seed_batch" - "$seed_scratch/batch."
    calls_made=0 calls_known=0 calls_refused=0 first_refusal=''
    for file in "$seed_scratch"/batch.*; do
        spin "$calls_made calls"
        content_type=application/x-ndjson ask POST /api/calls/batch "$(<"$file")"
        [[ $status == 200 || $status == 201 || $status == 207 ]] || die "The calls were refused (status $status): ${answer:0:300}"
        json_field created "$answer" && calls_made=$((calls_made + field))
        json_field replayed "$answer" && calls_known=$((calls_known + field))
        json_field refused "$answer" && calls_refused=$((calls_refused + field))
        json_field error "$answer" && first_refusal=${first_refusal:-$field}
    done
}
