#!/usr/bin/env bash
# Hostile clients: bodies of 100 MB wherever one can be sent, by Content-Length and
# without one, connections that say nothing or an octet now and then.  Others are
# answered meanwhile, nothing is kept of what is refused, no process grows.
. "$(dirname "$0")/lib.sh"

tool=$bin/tests/status slow=2000 turns=3
start_instance
"$tool" requests "$VAR" 2 20000 20000 nonce >"$work/nonce" || not_ok "there are requests"

# ---- each by itself: refused, and with which status
# body SECONDS [curl options]: what 100 MB came to, or 000
truncate -s 100M "$work/body"
body() { nice -n 19 curl -ksS -m "$1" -o /dev/null -w '%{http_code}' -H 'Expect:' --data-binary @"$work/body" "${@:2}" 2>/dev/null; }
public=http://127.0.0.1:$PUBLIC_PORT
of_person=(--cacert "$VAR/credentials/root.crt" --cert "$VAR/credentials/officer-1.crt" --key "$VAR/credentials/officer-1.key")
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

# ---- all of them at once, and somebody who only asks
# p99 of honest ones, ms
starts=0
honest() {
	starts=$((starts + 2000))
	REQUESTS=$work/nonce START=$starts timeout 30 wrk -t1 -c4 -d1s -s "$top/tests/bench/status.lua" "$public" |
		awk '$1 == "wrk" { printf "%.1f %d\n", $5 / 1000, $6 }'
}
attackers=()
attack() { # targets: by lines of 16 Mbit/s, two each, again and again
	local target i
	for target; do
		for i in "" "Transfer-Encoding: chunked"; do
			while :; do
				body 20 --limit-rate 2M ${i:+-H "$i"} "${of_person[@]}" \
					-H 'Content-Type: application/ocsp-request' "$target" >/dev/null
				sleep 0.4
			done &
			attackers+=($!)
		done
	done
}
peace() {
	local p
	for p in "${attackers[@]}"; do kill "$p" $(pgrep -P "$p"); done 2>/dev/null
	wait "${attackers[@]}" 2>/dev/null
	attackers=()
}
: >"$work/alone"; : >"$work/beside"
for ((turn = 0; turn < turns; turn++)); do
	# the same clients against nobody: they take of the processors, too
	attack http://127.0.0.1:1/{a,b,c,d}
	honest >>"$work/alone"
	peace
	nice -n 19 "$tool" crowd "$PUBLIC_PORT" $slow 3 >"$work/crowd" &
	crowd=$!
	until_true 30 grep -q there "$work/crowd" || not_ok "$slow slow clients are there"
	attack "$public/ocsp" "$public/crl/root.crl" "$URL/v1/organisations" "$URL/.well-known/est/simpleenroll"
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
