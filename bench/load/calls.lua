-- What the wrk scripts share: calls like those of a voice server, unique ids, an end without lost answers, a report.
local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds; long nanoseconds; } bench_moment;
    int clock_gettime(int clock, bench_moment *now);
]]

local calls = { variants = 499 }
local moment = ffi.new("bench_moment")
local limit = tonumber(os.getenv("BENCH_SECONDS") or "0")
local pause = tonumber(os.getenv("BENCH_PAUSE_MS") or "0")
local threads, stop = {}, nil

sent = 0

-- wrk makes one request of the first thread that it never sends, to see whether requests differ.
function calls.setup(thread)
    thread:set("rehearses", #threads == 0)
    table.insert(threads, thread)
end

-- The sum of a variable over all threads.
function calls.total(name)
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:get(name) end
    return sum
end

local function now()
    ffi.C.clock_gettime(1, moment)
    return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

-- A request with so many calls is about to be sent. The sending time starts with the first one of each thread.
function calls.begin(count)
    if rehearses then
        rehearses = false
        return
    end
    sent = sent + count
    if not stop then stop = now() + limit end
end

-- Milliseconds until a connection sends its next request; after the end, longer than wrk runs.
function calls.delay()
    if stop and now() >= stop then return 3600000 end
    return pause
end

function calls.seed()
    local file = assert(io.open("/dev/urandom", "rb"))
    local a, b, c, d = file:read(4):byte(1, 4)
    file:close()
    math.randomseed(((a * 256 + b) * 256 + c) * 256 + d)
end

-- A random UUID (version 4).
function calls.uuid()
    local random = math.random
    return string.format("%08x-%04x-4%03x-a%03x-%04x%08x", random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff),
        random(0, 0xfff), random(0, 0xffff), random(0, 0xffffffff))
end

local sentiments = { "POSITIVE", "NEUTRAL", "NEGATIVE", "POSITIVE" }
local transcript = "Agent: Thank you for calling, how may I help you today? Customer: Hello, I would like to schedule an "
    .. "appointment for a cleaning next week, preferably in the morning. Agent: Of course, Tuesday at nine is free, shall I "
    .. "put you down for that? Customer: Yes, that suits me very well, thank you. Agent: Done, goodbye."

-- The JSON of one of the variants, before and after its id: about 680 bytes with it.
function calls.parts(i)
    local client = os.getenv("BENCH_CLIENT_ID")
    local after = string.format(
        '","client_id":"%s","caller_phone":"+1-555-%04d","caller_name":"John Smith","duration_seconds":%d.5,'
        .. '"stt_latency_ms":%d,"llm_latency_ms":%d,"tts_latency_ms":%d,"transcript":"%s","sentiment":"%s","success":%s,'
        .. '"recording_url":"https://storage.example.com/recordings/call-0123456.wav",'
        .. '"notes":"Customer interested in a cleaning appointment"}',
        client, 100 + i, 20 + i % 400, 100 + (i * 7) % 800, 100 + (i * 11) % 800, 100 + (i * 13) % 800, transcript,
        sentiments[i % 4 + 1], i % 10 == 0 and "false" or "true")
    return '{"id":"', after
end

-- The head of a request; with a body's type and length it is a POST.
function calls.head(path, kind, length)
    local key = os.getenv("BENCH_API_KEY") or ""
    local lines = { (length and "POST " or "GET ") .. path .. " HTTP/1.1", "Host: 127.0.0.1" }
    if key ~= "" then table.insert(lines, "X-API-Key: " .. key) end
    if length then
        table.insert(lines, "Content-Type: " .. kind)
        table.insert(lines, "Content-Length: " .. length)
    end
    return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- One JSON object on a line of its own; times in microseconds.
function calls.report(summary, latency, sent, acknowledged, odd)
    local errors = summary.errors
    print(string.format(
        '\nBENCH {"requests":%d,"sent":%d,"acknowledged":%d,"status_errors":%d,"socket_errors":%d,"timeouts":%d,"odd":%d,'
        .. '"duration_us":%d,"mean_us":%.1f,"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d}',
        summary.requests, sent, acknowledged, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
        odd or 0, summary.duration, latency.mean, latency:percentile(50), latency:percentile(90), latency:percentile(99),
        latency.max))
end

return calls
