-- wrk: GET BENCH_PATH, for latencies.
package.path = os.getenv("BENCH_LOAD") .. "/?.lua;" .. package.path
local calls = require("calls")
local text

function init(args) text = calls.head(os.getenv("BENCH_PATH")) end

function request() return text end

function done(summary, latency, requests)
    calls.report(summary, latency, summary.requests, summary.requests - summary.errors.status)
end
