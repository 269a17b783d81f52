-- wrk: single POST /api/calls, each with an id of its own. Sends for BENCH_SECONDS, then lets the answers in flight come
-- in, so that what was acknowledged can be compared with what is stored, to the call.
package.path = os.getenv("BENCH_LOAD") .. "/?.lua;" .. package.path
local calls = require("calls")
local heads, tails, turn = {}, {}, 0

function init(args)
    calls.seed()
    for i = 1, calls.variants do
        local before, after = calls.parts(i)
        local length = #before + 36 + #after
        heads[i] = calls.head("/api/calls", "application/json", length) .. before
        tails[i] = after
    end
end

setup, delay = calls.setup, calls.delay

function request()
    calls.begin(1)
    turn = turn % calls.variants + 1
    return heads[turn] .. calls.uuid() .. tails[turn]
end

function done(summary, latency, requests)
    calls.report(summary, latency, calls.total("sent"), summary.requests - summary.errors.status)
end
