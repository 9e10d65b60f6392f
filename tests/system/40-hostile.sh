#!/usr/bin/env bash
# Hostile clients: bodies of 100 MB wherever one can be sent, by Content-Length and
# without one, connections that say nothing or an octet now and then.  Others are
# answered meanwhile, nothing is kept of what is refused, no process grows.
. "$(dirname "$0")/lib.sh"

tool=$bin/tests/status slow=2000 turns=3
start_instance
. "$top/tests/lib/hostile.sh"
hostile_begin
"$tool" requests "$VAR" 2 20000 20000 nonce >"$work/nonce" || not_ok "there are requests"

# ---- each by itself: refused, and with which status
of_person=($(of officer-1))
refuses() { # STATUS... -- options
	local wanted=" $1 "
	shift
	local got
	got=$(body 30 "$@")
	[[ $wanted == *" $got "* ]] || { echo "it said $got, not$wanted"; return 1; }
}
# A client that is told so before it has sent all may hear nothing but the end: 000.
for how in length chunked; do
	options=()
	[ $how = length ] || options=(-H 'Transfer-Encoding: chunked')
	claim "OCSP refuses 100 MB ($how)" refuses "413 000" "${options[@]}" -H 'Content-Type: application/ocsp-request' "$public/ocsp"
	claim "CMP does ($how)" refuses "413 404 000" "${options[@]}" -H 'Content-Type: application/pkixcmp' "$public/.well-known/cmp/p/x"
	claim "a CRL is not written ($how)" refuses "405 413 000" "${options[@]}" "$public/crl/root.crl"
	claim "nor anything else ($how)" refuses "404 405 413 000" "${options[@]}" "$public/x"
	claim "the API refuses it of people ($how)" refuses "413 000" "${of_person[@]}" "${options[@]}" \
		-H 'Content-Type: application/json' "$URL/v1/organisations"
	claim "and EST of anybody ($how)" refuses "401 404 413 000" "${options[@]}" -H 'Content-Type: application/pkcs10' \
		"$URL/.well-known/est/simpleenroll"
done

# What takes long bodies takes none, not even in part, of who has shown no certificate.
# soon STATUSES OPTIONS...: after two megabytes at most, at half of one a second
soon() {
	local got
	got=$(body 4 --limit-rate 500k "${@:2}")
	[[ " $1 " == *" $got "* ]] || { echo "it said $got, not $1"; return 1; }
}
without_body() { curl -ksS -X "$1" -H 'Content-Length: 0' "$URL/v1/$2" | jq -c 'del(.instance)'; }
for address in "POST lots" "POST decisions/batch" "PUT evidence/$(printf 0%.0s {1..64})" "POST ca/imports" \
	"POST delegated-cas/x/crl"; do
	claim "nobody's long body is not taken at ${address#* }" soon "401 413" -X "${address% *}" \
		-H 'Content-Type: application/json' "$URL/v1/${address#* }"
	claim "nor a short one, and it is said as the API says it" \
		is "$(without_body ${address% *} "${address#* }")" "$(without_body POST organisations)"
done

# ---- all of them at once, and somebody who only asks
# p99 of honest ones, ms
starts=0
honest() {
	starts=$((starts + 2000))
	REQUESTS=$work/nonce START=$starts timeout 30 wrk -t1 -c4 -d1s -s "$top/tests/bench/status.lua" "$public" |
		awk '$1 == "wrk" { printf "%.1f %d\n", $5 / 1000, $6 }'
}
mapfile -t targets < <(hostile_targets officer-1)
nobody=("${targets[@]/ */ http://127.0.0.1:1/}")
: >"$work/alone"; : >"$work/beside"
for ((turn = 0; turn < turns; turn++)); do
	# the same clients against nobody: they take of the processors, too
	attack "${nobody[@]}"
	honest >>"$work/alone"
	peace
	aside "$tool" crowd "$PUBLIC_PORT" $slow 3 >"$work/crowd" &
	crowd=$!
	until_true 30 grep -q there "$work/crowd" || not_ok "$slow slow clients are there"
	attack "${targets[@]}"
	honest >>"$work/beside"
	peace
	wait $crowd
done
# The best of each: what else the machine does is in all the others.
best() { awk '{ print $1 }' "$1" | sort -n | head -n 1; }
echo "# p99, ms, and errors: $(tr '\n' ' ' <"$work/alone"); under attack: $(tr '\n' ' ' <"$work/beside")"
claim "no honest client was refused" eval '! grep -qv " 0$" "$work/alone" "$work/beside"'
claim "honest clients wait twice as long at most" awk -v a="$(best "$work/alone")" -v b="$(best "$work/beside")" \
	'BEGIN { print "# " a " ms with nobody attacked, " b " with us"; exit !(b <= 2 * a + 10) }'

# ---- nothing of it is left
kept() { find "$VAR" -type f -size +9M ! -path "$VAR/postgres/*" ! -path "$VAR/log/*" ! -name core; }
none_kept() { [ -z "$(kept)" ] || { kept; return 1; }; }
claim "nothing of the bodies is kept" until_true 10 none_kept
grew() { # processes that took 100 MB at any time
	local p
	for p in $(pgrep -f "$VAR") $(for m in $(cat "$VAR/nginx/nginx.pid" "$VAR"/*/kore-*.pid); do pgrep -P "$m"; done); do
		awk -v p="$p" '/^VmHWM/ && $2 > 100 * 1024 { print p, $2 " kB" }' "/proc/$p/status" 2>/dev/null
	done | grep -v "$(head -1 "$VAR/postgres/postmaster.pid")"
}
claim "no process has taken 100 MB for it" eval '[ -z "$(grew)" ] || { grew; false; }'
claim "OCSP answers" curl -fsS -o /dev/null "$public/ca/root.cer"
finish
