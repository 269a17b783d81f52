# shellcheck shell=bash
# The part of `./switchboard seed` that makes agents, a campaign with its calls, and recordings.

# name|description|language|voice
seed_agents=(
    "Nora|Answers for the practices and books appointments|en|af_nicole"
    "Samir|Calls back who asked for an offer|en|am_adam"
    "Lucia|Takes reservations in Italian and English|it|af_bella"
)
seed_campaign="Six-month check-up reminder"
# Numbers of the campaign, all from the range that is kept for fiction.
seed_number_count=40

# Makes the agents that the workspace lacks; their ids go into `agent_ids`, in the order of `seed_agents`.
seed_all_agents() {
    local agent name description language voice known field
    agent_ids=() agents_made=0
    ask GET "/agents?limit=100"
    [[ $status == 200 ]] || die "The agents cannot be listed (status $status)."
    known=$(printf '%s' "$answer" | tr '{' '\n')
    for agent in "${seed_agents[@]}"; do
        IFS='|' read -r name description language voice <<<"$agent"
        json_field id "$(grep -F "\"name\":\"$name\"" <<<"$known" | head -n 1)"
        if [[ -z $field ]]; then
            ask POST /agents "{\"name\":\"$name\",\"description\":\"$description\",\"llm_provider\":\"openai\",\"llm_model\":\"gpt-4\",\"stt_provider\":\"deepgram\",\"tts_provider\":\"cartesia\",\"system_prompt\":\"You are $name. $description.\",\"language\":\"$language\",\"voice_parameters\":{\"voice_id\":\"$voice\",\"speed\":1.0,\"tone\":\"friendly\"}}"
            [[ $status == 201 ]] || die "The agent $name was refused (status $status): ${answer:0:300}"
            json_field id "$answer"
            agents_made=$((agents_made + 1))
        fi
        agent_ids+=("$field")
    done
}

# Makes the campaign once. It is launched where the simulated carrier answers; real calls are never placed by a seed.
seed_one_campaign() {
    local number numbers='' id field end
    campaign_made=no
    ask GET "/campaigns?limit=100"
    [[ $status == 200 ]] || die "The campaigns cannot be listed (status $status)."
    [[ $answer != *"\"$seed_campaign\""* ]] || return 0
    for ((number = 100; number < 100 + seed_number_count; number++)); do
        printf -v numbers '%s"+1-555-555-0%d",' "$numbers" "$number"
    done
    TZ=UTC printf -v end '%(%Y-%m-%dT%H:%M:%SZ)T' $(($(date +%s) + 30 * 86400))
    ask POST /campaigns "{\"name\":\"$seed_campaign\",\"agent_id\":\"${agent_ids[0]}\",\"phone_numbers\":[${numbers%,}],\"end_time\":\"$end\",\"max_concurrent_calls\":8,\"retry_config\":{\"max_retries\":1,\"retry_delay\":5}}"
    [[ $status == 201 ]] || die "The campaign was refused (status $status): ${answer:0:300}"
    json_field id "$answer"
    id=$field campaign_made=draft
    [[ -z ${VOICE_SERVER_URL:-} ]] || return 0
    ask POST "/campaigns/$id/launch"
    [[ $status == 200 ]] || die "The campaign could not be launched (status $status): ${answer:0:300}"
    campaign_made=launched
}

# Two call logs with a short recording each; their keys make a second run find them there.
seed_recordings() {
    local place id field
    recordings_made=0
    seed_tone >"$seed_scratch/tone.wav"
    for place in 1 2; do
        idempotency_key="seed-recorded-call-$place" ask POST /call-logs "{\"phone_number\":\"+1-555-555-017$place\",\"agent_id\":\"${agent_ids[place]}\",\"status\":\"completed\",\"duration_seconds\":2,\"transcript\":\"User: Hello, is this the front desk? Agent: Yes, how can I help you?\",\"summary\":\"A short greeting\",\"sentiment\":\"positive\",\"emotions\":[\"calm\"],\"key_phrases\":[\"front desk\"],\"cost\":0.02}"
        [[ $status == 201 ]] || die "The recorded call was refused (status $status): ${answer:0:300}"
        json_field id "$answer"
        id=$field
        ask GET "/call-recordings/$id"
        [[ $status == 404 ]] || continue
        upload_file "/call-recordings/$id" "$seed_scratch/tone.wav"
        [[ $status == 200 ]] || die "The recording was refused (status $status): ${answer:0:300}"
        recordings_made=$((recordings_made + 1))
    done
}

# Two seconds of a quiet tone: WAV, mono, 8 bits, 8000 samples a second.
seed_tone() {
    printf 'RIFF\xa4\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x80\x3e\x00\x00'
    LC_ALL=C awk 'BEGIN { for (i = 0; i < 2000; i++) printf "\200\204\206\204\200\174\172\174" }'
}
