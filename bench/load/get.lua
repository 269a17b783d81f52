-- wrk: GET BENCH_PATH, for latencies; an {id} in it is a line of the file BENCH_IDS, another one each time.
package.path = os.getenv("BENCH_LOAD") .. "/?.lua;" .. package.path
local calls = require("calls")
local text, tail
local ids = {}

function init(args)
    text = calls.head(os.getenv("BENCH_PATH"))
    local place = text:find("{id}", 1, true)
    if not place then return end
    text, tail = text:sub(1, place - 1), text:sub(place + 4)
    calls.seed()
    for id in io.lines(os.getenv("BENCH_IDS")) do ids[#ids + 1] = id end
end

function request()
    if not tail then return text end
    return text .. ids[math.random(#ids)] .. tail
end

function done(summary, latency, requests)
    calls.report(summary, latency, summary.requests, summary.requests - summary.errors.status)
end
