#!/usr/bin/env bash
# How many decisions a second: one a request, over kept TLS connections, durable,
# with both possession proofs, against half of what this machine can verify; and
# what one costs, process by process.  The devices sign beforehand.  A real
# instance; both sides in turn, so that they see the same machine, which whoever
# asks is part of.  Prints tables, writes build/bench/decide.json.
#	QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64 tests/bench/decide.sh
set -u
settings=(QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64)
. "$(dirname "$0")/lib.sh"
pairs=50
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "two lots are issued" story_lots $pairs
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
insert_table || exit 1

# ask PATH CONNECTIONS [ANSWERS] <bodies: as the operator; what it prints is in `asked`
ask() {
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/mobilfunk-hlr.crt" \
		"$VAR/credentials/mobilfunk-hlr.key" "$1" application/json "${@:2}" >"$work/asked"
}
# questions N: so many, signed just now, with fresh challenges
questions() {
	yes '{}' | head -n "$1" | ask /v1/challenges 16 "$work/challenges" &&
		"$bin/tests/decide" "$VAR" mobilfunk $pairs <"$work/challenges" >"$work/questions"
}
decided() { ask /v1/decisions "$1" "$work/answers" <"$work/questions" && ! grep -qv '"verdict": *"permit"' "$work/answers"; }

claim "the first ones are asked for" questions 400
claim "and permitted" decided 8
part=$((QUESTIONS / ROUNDS))
for ((n = 1; n <= ROUNDS; n++)); do
	"$bin/tests/limits" 4 >"$work/limits.$n"
	insert 24 2 >>"$work/commits"
	claim "$part devices sign" questions "$part"
	processes >"$work/before.$n"
	counts >"$work/counted.$n"
	claim "$part over $CONNECTIONS connections are permitted" decided "$CONNECTIONS"
	processes >"$work/after.$n"
	counts >>"$work/counted.$n"
	said seconds >>"$work/seconds"
	said middle >>"$work/middles"
	said p99 >>"$work/p99s"
done
verify=$(limit verify) sign=$(limit sign)
commit=$(awk '{ s += $2 } END { printf "%.0f", s / NR }' "$work/commits")
rate=$(calc "$part / $(middle "$work/seconds")" %.0f)
half=$(calc "$verify / 2" %.0f)

echo "# $(nproc) cores, load $(load), PostgreSQL $(owner <<<'SHOW server_version'), $(openssl version)"
echo "# a second: $verify verifications, $sign signatures on all cores, $commit INSERTs of 24 clients"
echo "# $CONNECTIONS connections: middle $(middle "$work/middles") ms, 99 of 100 within $(middle "$work/p99s") ms; who asks takes $(said cpu_us) us of CPU a request"
printf '%-14s %-4s %10s %10s %8s  %s\n' what unit limit ours ratio goal
ratio=$(calc "$rate / $half" %.2f)
row decide.one 1/s "$half" "$rate" "$ratio" "0.35 of half the verifications" "$(word "$ratio >= 0.35")"
echo "# what one of the last $part costs: CPU us, switches"
n=$ROUNDS
spent "$work/before.$n" "$work/after.$n" "$work/counted.$n" "$part"
jq -s . "$work/rows" >"$report"
finish
