-- For wrk: the requests of a file, a line each (METHOD ADDRESS BODY-IN-HEX), one
-- after the other from line START on; then one line of what came of it:
-- requests, microseconds, p50 and p99 in microseconds, refused or late, octets.
local all, at = {}, 0

function init(args)
	local headers = { ["Content-Type"] = "application/ocsp-request" }
	for line in io.lines(os.getenv("REQUESTS")) do
		local method, address, hex = line:match("^(%S+) (%S+) ?(%S*)$")
		local body = hex ~= "" and hex:gsub("%x%x", function(h)
			return string.char(tonumber(h, 16))
		end) or nil
		all[#all + 1] = wrk.format(method, address, body and headers or {}, body)
	end
	at = tonumber(os.getenv("START") or "0") % #all
end

function request()
	at = at % #all + 1
	return all[at]
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("wrk %d %d %d %d %d %d\n", summary.requests, summary.duration,
		latency:percentile(50), latency:percentile(99),
		e.status + e.timeout, summary.bytes))
end
