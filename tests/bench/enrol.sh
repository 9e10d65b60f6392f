#!/usr/bin/env bash
# How long one request by EST takes, against one durable INSERT of this machine;
# how many a second 64 kept connections get, against what its verifications,
# signatures and commits would allow; and what one costs, process by process.  A
# real instance; both sides in turn, so that they see the same machine, which
# whoever asks is part of.  Prints tables, writes build/bench/enrol.json.
#	REQUESTS=400 TOGETHER=8000 tests/bench/enrol.sh
set -u
settings=(REQUESTS=400 TOGETHER=8000)
. "$(dirname "$0")/lib.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
insert_table || exit 1
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count $((REQUESTS + TOGETHER + 1000)) | jq -r .number)
opened() { [ "$(j tresor-pki lot show "$lot" | jq -r .state)" = open ]; }
claim "a lot is opened" until_true 10 opened

requests() { "$bin/tests/devices" csr "$2" "$1" | jq -r .csr >"$work/$1"; } # prefix how-many
# The connections of one supplier's person; what it prints is in `asked`.
ask() { # connections <bodies
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/tresor-pki.crt" \
		"$VAR/credentials/tresor-pki.key" "/.well-known/est/$lot/simpleenroll" application/pkcs10 "$1" >"$work/asked"
}

# ---- one at a time
part=$((REQUESTS / 4))
requests WARM 200
claim "the first ones are answered" ask 1 <"$work/WARM"
for n in 1 2 3 4; do
	requests "ONE$n" "$part"
	insert 1 2 >>"$work/insert"
	claim "so are $part, one at a time" ask 1 <"$work/ONE$n"
	said middle >>"$work/one"
done
insert 1 2 >>"$work/insert"
one=$(middle "$work/one") insert=$(middle "$work/insert")

# ---- 64 connections
requests ALL "$TOGETHER"
"$bin/tests/limits" 6 >"$work/limits.1"
insert 24 3 >"$work/commits"
claim "$TOGETHER over 64 connections are answered" counted enrolled "$work/ALL" ask 64
insert 24 3 >>"$work/commits"
"$bin/tests/limits" 6 >"$work/limits.2"
verify=$(limit verify) sign=$(limit sign)
commit=$(awk '{ s += $2 } END { printf "%.0f", s / NR }' "$work/commits")
rate=$(calc "$TOGETHER / $(said seconds)" %.0f)
# The api verifies a request, the authority again; it is signed and stored.
bound=$(calc "1 / (2 / $verify + 1 / $sign + 1 / $commit)" %.0f)

echo "# $(nproc) cores, load $(load), PostgreSQL $(owner <<<'SHOW server_version'), $(openssl version)"
echo "# a durable INSERT takes $insert ms; a second: $verify verifications, $sign signatures on all cores, $commit INSERTs of 24 clients"
echo "# 64 connections: middle $(said middle) ms, 99 of 100 within $(said p99) ms; who asks takes $(said cpu_us) us of CPU a request"
printf '%-14s %-4s %10s %10s %8s  %s\n' what unit limit ours ratio goal
ratio=$(calc "$one / $insert" %.2f)
row issue.one ms "$insert" "$one" "$ratio" "5 times a durable INSERT at most" "$(word "$ratio <= 5")"
row issue.one_64 1/s "$bound" "$rate" "$(calc "$rate / $bound" %.2f)" "3,000 a second at least" "$(word "$rate >= 3000")"
echo "# what one of these $TOGETHER costs: CPU us, switches"
spent enrolled "$TOGETHER"
jq -s . "$work/rows" >"$report"
finish
