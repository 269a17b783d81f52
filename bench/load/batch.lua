-- wrk: POST /api/calls/batch with BENCH_BATCH calls in each, counted by what the answers say was created.
package.path = os.getenv("BENCH_LOAD") .. "/?.lua;" .. package.path
local calls = require("calls")
local size = tonumber(os.getenv("BENCH_BATCH"))
local befores, afters, items, turn = {}, {}, {}, 0

created, odd = 0, 0

function init(args)
    calls.seed()
    for i = 1, calls.variants do befores[i], afters[i] = calls.parts(i) end
end

setup, delay = calls.setup, calls.delay

function request()
    calls.begin(size)
    for i = 1, size do
        turn = turn % calls.variants + 1
        items[i] = befores[turn] .. calls.uuid() .. afters[turn]
    end
    local body = "[" .. table.concat(items, ",") .. "]"
    return calls.head("/api/calls/batch", "application/json", #body) .. body
end

function response(status, headers, body)
    local number = body:match('"created"%s*:%s*(%d+)')
    if number then created = created + tonumber(number) else odd = odd + 1 end
end

function done(summary, latency, requests)
    calls.report(summary, latency, calls.total("sent"), calls.total("created"), calls.total("odd"))
end
