# shellcheck shell=bash
# The part of `./switchboard seed` that makes what agents know, and conversations with one of them.

seed_company='{"company_name":"Okafor Family Dental","industry":"Health","use_case":"Appointments and questions of patients"}'
seed_receptionist="Amara"
# session|message; a session's messages in their order.
seed_messages=(
    "seed-chat-1|Hello"
    "seed-chat-1|When are you open on Saturdays?"
    "seed-chat-1|Thank you very much"
    "seed-chat-2|How much is a cleaning?"
    "seed-chat-2|Do you also repair bicycles?"
    "seed-chat-3|I am very angry, nobody called me back! I want to talk to a human."
)
# session|rating
seed_ratings=("seed-chat-1|5" "seed-chat-2|3")
seed_faq='Q: When are you open?\nA: We are open Monday to Friday from 8:00 to 18:00 and on Saturdays from 9:00 to 13:00.\n\nQ: How much is a cleaning?\nA: A professional cleaning costs 95 dollars and takes about 45 minutes.\n\nQ: Do I need an appointment?\nA: Yes, please book one day ahead. Emergencies are seen at once.'

# An agent that chats, taken through every step of the onboarding once; its id goes into `chat_agent`.
seed_chat_agent() {
    local field known
    chat_agent_made=0
    ask GET "/agents?limit=100"
    [[ $status == 200 ]] || die "The agents cannot be listed (status $status)."
    known=$(printf '%s' "$answer" | tr '{' '\n')
    json_field id "$(grep -F "\"name\":\"$seed_receptionist\"" <<<"$known" | head -n 1)"
    chat_agent=$field
    [[ -z $chat_agent ]] || return 0
    onboard company "$seed_company"
    onboard agent "{\"name\":\"$seed_receptionist\",\"role\":\"Receptionist\",\"description\":\"Answers patients on the practice's page\",\"channels\":[\"chat\"]}"
    json_field agent_id "$answer"
    chat_agent=$field chat_agent_made=1
    onboard voice "{\"agent_id\":\"$chat_agent\",\"voice\":\"af_sarah\",\"tone\":\"friendly\",\"personality\":\"Warm and brief\",\"language\":\"en\"}"
    onboard channels "{\"agent_id\":\"$chat_agent\",\"chat_widget\":{\"enabled\":true,\"website_url\":\"https://dental.example\",\"widget_color\":\"#1f6feb\"}}"
    onboard deploy "{\"agent_id\":\"$chat_agent\"}"
}

# onboard <step> <body>
onboard() {
    ask POST "/voiceflow/onboarding/$1" "$2"
    [[ $status == 200 ]] || die "The step $1 of the onboarding was refused (status $status): ${answer:0:300}"
}

# The answers to questions that the agent has not got yet; waits until they can be found.
seed_knowledge() {
    local field id try
    knowledge_made=0
    ask GET "/knowledge?agent_id=$chat_agent&limit=10"
    [[ $status == 200 ]] || die "What the agents know cannot be listed (status $status)."
    json_field id "$answer"
    id=$field
    if [[ -z $id ]]; then
        post_form /onboarding/knowledge -F "agent_id=$chat_agent" -F "faq_text=$(printf '%b' "$seed_faq")"
        [[ $status == 200 ]] || die "The answers to questions were refused (status $status): ${answer:0:300}"
        json_field id "$answer"
        id=$field knowledge_made=1
    fi
    for ((try = 0; try < 100; try++)); do
        ask GET "/knowledge/$id"
        [[ $answer != *'"status":"ready"'* ]] || return 0
        [[ $answer != *'"status":"failed"'* ]] || die "What the agent is to know could not be read: ${answer:0:300}"
        pause 0.3
    done
    die "What the agent is to know is not read after 30 seconds."
}

# Says each message once, under a key of its own, and ends and rates the conversations.
seed_conversations() {
    local place session message quoted rating
    for place in "${!seed_messages[@]}"; do
        IFS='|' read -r session message <<<"${seed_messages[place]}"
        json_text "$message"
        idempotency_key="$session-$place" ask POST "/conversations/$session/message" "{\"message\":$quoted,\"agent_id\":\"$chat_agent\"}"
        [[ $status == 200 ]] || die "The message was not answered (status $status): ${answer:0:300}"
    done
    for session in $(printf '%s\n' "${seed_messages[@]%%|*}" | sort -u); do
        ask POST "/conversations/$session/end"
        [[ $status == 200 ]] || die "The conversation could not be ended (status $status): ${answer:0:300}"
    done
    for rating in "${seed_ratings[@]}"; do
        ask POST "/conversations/${rating%|*}/rating" "{\"rating\":${rating#*|}}"
        [[ $status == 200 ]] || die "The rating was refused (status $status): ${answer:0:300}"
    done
}
