-- For wrk: the requests of a file, a line each (METHOD ADDRESS BODY-IN-HEX), one
-- after the other from line START on, COUNT of them and then these again; the file
-- BEGUN appears when they are read; at last one line of what came of it:
-- requests, microseconds, p50 and p99 in microseconds, refused or late, octets.
local all, at, octets = {}, 0, {}

function init(args)
	local headers = { ["Content-Type"] = "application/ocsp-request" }
	local lines = {}
	for i = 0, 255 do
		octets[string.format("%02x", i)] = string.char(i)
	end
	for line in io.lines(os.getenv("REQUESTS")) do
		lines[#lines + 1] = line
	end
	local start = tonumber(os.getenv("START") or "0")
	for i = 1, math.min(#lines, tonumber(os.getenv("COUNT") or #lines)) do
		local line = lines[(start + i - 1) % #lines + 1]
		local method, address, hex = line:match("^(%S+) (%S+) ?(%S*)$")
		local body = hex ~= "" and hex:lower():gsub("%x%x", octets) or nil
		all[i] = wrk.format(method, address, body and headers or {}, body)
	end
	io.open(os.getenv("BEGUN") or "/dev/null", "w"):close()
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
