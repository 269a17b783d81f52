# Makes calls, one JSON object a line, for POST /api/calls/batch. Reads, in this order: the topics; the clients, one
# `id TAB profession` a line; the days, one `2026-01-31 TAB weekday 0–6` a line. A day's calls of a client depend on
# nothing but the client's id and the date, so that the same day gives the same calls, ids included, whenever it is made.

# A number below 2^31 - 1 for a text; another `salt`, another number.
function hash(text, salt,    i, h) {
    h = salt
    for (i = 1; i <= length(text); i++) h = (h * 131 + code[substr(text, i, 1)]) % 2147483647
    for (i = 0; i < 3; i++) h = (h * 16807 + salt) % 2147483647
    return h
}

# The next pseudo-random number, 0 ≤ x < 1.
function draw() {
    random = (random * 16807) % 2147483647
    return random / 2147483647
}
function between(low, high) { return low + draw() * (high - low) }
function pick(list, count) { return list[1 + int(draw() * count)] }

# Seven hex digits, and an id in the form of a UUID from a name.
function hex(text, salt) { return sprintf("%07x", hash(text, salt) % 268435456) }
function uuid(text,    h) {
    h = hex(text, 7) hex(text, 1009) hex(text, 50021) hex(text, 700001) hex(text, 9000011)
    return substr(h, 1, 8) "-" substr(h, 9, 4) "-8" substr(h, 13, 3) "-a" substr(h, 16, 3) "-" substr(h, 19, 12)
}

function fill(text) {
    gsub(/\{day\}/, day_said, text)
    gsub(/\{time\}/, time_said, text)
    gsub(/\{name\}/, name, text)
    gsub(/\{first\}/, first_name, text)
    return text
}

# How many calls a business gets on a weekday (0 is Sunday): the closed day gets none.
function calls_on(weekday,    mean) {
    mean = 1.6
    if (weekday == 0) mean = profession ~ /restaurant|plumber/ ? 1.1 : 0
    if (weekday == 6) mean = profession == "lawyer" ? 0 : (profession ~ /restaurant|hairdresser/ ? 2.4 : 0.7)
    if (weekday == 1) mean = mean * 1.4
    return int(mean * between(0.3, 1.7) + draw())
}

# The hour at which it rings, by profession; a plumber is also called at night.
function hour_of_call(    open, close_) {
    open = 8; close_ = 18
    if (profession == "restaurant") { open = 11; close_ = 22 }
    if (profession == "hairdresser") { open = 9; close_ = 19 }
    if (profession == "plumber" && draw() < 0.15) return int(between(0, 24))
    # The middle of the day is busier than its ends.
    return int(open + (draw() + draw()) / 2 * (close_ - open))
}

function write_call(    topic, sentiment, success, duration, stamp, key, lines, luck, stt, llm, tts, caller) {
    key = client "/" date "/" number
    random = 1 + hash(key, 31) % 2147483646
    draw(); draw()
    caller = int(draw() * 80)
    first_name = first[1 + (caller * 7) % first_count]
    name = first_name " " last[1 + (caller * 11 + int(caller / 20)) % last_count]
    topic = topics[profession, 1 + int(draw() * topic_count[profession])]
    split(topic, part, "|")
    day_said = pick(days_said, 5)
    time_said = pick(times_said, times_count)
    luck = draw()
    sentiment = luck < 0.56 ? "POSITIVE" : (luck < 0.87 ? "NEUTRAL" : "NEGATIVE")
    if (part[6] ~ /omplaint|Late delivery/) sentiment = draw() < 0.7 ? "NEGATIVE" : "NEUTRAL"
    success = draw() < (sentiment == "NEGATIVE" ? 0.68 : 0.96)
    duration = (32 + 160 * draw() * draw() + 45 * draw()) * (success ? 1 : 0.55) + (draw() < 0.06 ? between(60, 260) : 0)
    stt = between(95, 190) + (draw() < 0.08 ? between(60, 220) : 0)
    llm = between(240, 520) + (draw() < 0.12 ? between(250, 1100) : 0)
    tts = between(80, 170) + (draw() < 0.05 ? between(50, 160) : 0)
    stamp = sprintf("%sT%02d:%02d:%02dZ", date, hour_of_call(), int(draw() * 60), int(draw() * 60))
    lines = "Agent: Thank you for calling " business ", how can I help?\\nCaller: " fill(part[2]) "\\nAgent: " fill(part[3])
    if (success)
        lines = lines "\\nCaller: " fill(part[4]) "\\nAgent: " fill(part[5]) (sentiment == "POSITIVE" ? "\\nCaller: " pick(thanks, thanks_count) : "")
    else
        lines = lines "\\nCaller: " pick(breaks, breaks_count)
    printf "{\"id\":\"%s\",\"client_id\":\"%s\",\"caller_phone\":\"+1-555-01%02d\",\"caller_name\":\"%s\",\"duration_seconds\":%.1f,", uuid(key), client, 20 + caller, name, duration
    printf "\"stt_latency_ms\":%d,\"llm_latency_ms\":%d,\"tts_latency_ms\":%d,\"sentiment\":\"%s\",\"success\":%s,", stt, llm, tts, sentiment, success ? "true" : "false"
    printf "\"transcript\":\"%s\",\"notes\":\"%s\",\"created_at\":\"%s\"}\n", lines, success ? fill(part[6]) : "Caller hung up", stamp
}

BEGIN {
    FS = "\t"
    for (i = 32; i < 127; i++) code[sprintf("%c", i)] = i
    first_count = split("Ava Liam Sofia Noah Mia Ethan Priya Lucas Hannah Diego Chloe Omar Grace Kenji Elena Marcus Nadia Peter Ruth Samuel", first, " ")
    last_count = split("Alvarez Bennett Chen Dawson Eriksen Fischer Garcia Hughes Ivanova Johnson Kim Lopez Murphy Nguyen Okonkwo Patel Quinn Rossi Schmidt Turner", last, " ")
    split("Monday Tuesday Wednesday Thursday Friday", days_said, " ")
    times_count = split("9:15|10 o'clock|11:30|1:45|half past two|a quarter past three|4:30", times_said, "|")
    thanks_count = split("Great, thank you so much!|Perfect, have a good day.|You have been very helpful, thanks.|Lovely, bye!", thanks, "|")
    breaks_count = split("Sorry, I have to go, I'll call again.|Can I just speak to a person, please?|Hello? I can hardly hear you.|Never mind.", breaks, "|")
}

FILENAME ~ /seed-topics.txt$/ {
    if (/^#/ || NF == 0) next
    split($0, part, "|")
    topics[part[1], ++topic_count[part[1]]] = $0
    next
}

FILENAME ~ /clients$/ {
    clients[++client_count] = $1
    profession_of[$1] = $2
    business_of[$1] = $3
    next
}

{
    date = $1
    for (c = 1; c <= client_count; c++) {
        client = clients[c]
        profession = profession_of[client]
        business = business_of[client]
        random = 1 + hash(client "/" date, 17) % 2147483646
        draw(); draw()
        total = calls_on($2)
        for (number = 1; number <= total; number++) write_call()
    }
}
