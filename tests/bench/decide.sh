#!/usr/bin/env bash
# How many decisions a second, durable, with both possession proofs, against half
# of what this machine can verify: one a request, over kept TLS connections, and
# in batches; what one costs, process by process; and what another operator
# notices of one that is greedy.  The devices sign beforehand.  A real instance;
# both sides in turn, so that they see the same machine, which whoever asks is
# part of.  Prints tables, writes build/bench/decide.json.
#	QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64 ITEMS=1000 tests/bench/decide.sh
set -u
settings=(QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64 ITEMS=1000)
. "$(dirname "$0")/lib.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "two lots are issued" story_lots "$ITEMS"
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
insert_table || exit 1

# ask PATH CONNECTIONS [ANSWERS] <bodies: as $operator; what it prints is in `asked`
operator=mobilfunk asked=$work/asked
ask() {
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/$operator-hlr.crt" \
		"$VAR/credentials/$operator-hlr.key" "$1" application/json "${@:2}" >"$asked"
}
# questions N: so many, signed just now, with fresh challenges
questions() {
	yes '{}' | head -n "$1" | ask /v1/challenges 16 "$work/challenges.$operator" &&
		"$bin/tests/decide" "$VAR" $operator "$ITEMS" <"$work/challenges.$operator" >"$work/questions.$operator"
}
decided() {
	ask /v1/decisions "$1" "$work/answers.$operator" <"$work/questions.$operator" &&
		! grep -qv '"verdict": *"permit"' "$work/answers.$operator"
}

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

# ---- in batches
for ((n = 1; n <= ITEMS; n++)); do echo "TRE-$n TERM-$n"; done >"$work/pairs"
batch() {
	"$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" "$(j mobilfunk-hlr challenge new | jq -r .challenge)" \
		mobilfunk initial_download <"$work/pairs" >"$work/batch" &&
		api_as mobilfunk-hlr -o "$work/batch.answer" -w '%{time_total}\n' -H 'Content-Type: application/x-ndjson' \
			--data-binary @"$work/batch" "$URL/v1/decisions/batch" >>"$work/batches" &&
		[ "$(head -n 1 "$work/batch.answer" | jq .permit)" = "$ITEMS" ]
}
for ((n = 1; n <= ROUNDS; n++)); do
	"$bin/tests/limits" 4 >"$work/limits.1$n"
	processes >"$work/batch.before"
	counts >"$work/batch.counted"
	claim "a batch of $ITEMS is permitted" batch
	processes >"$work/batch.after"
	counts >>"$work/batch.counted"
done

# ---- another operator, who asks one at a time, alone and beside one that is greedy
claim "a second operator" story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator >/dev/null
few=200
quiet() { # FILE: its p99
	operator=fernfunk asked=$work/asked.quiet
	questions $few && decided 1 && sed 's/.* p99 \([0-9.]*\) .*/\1/' "$work/asked.quiet" >>"$1"
	local rc=$?
	operator=mobilfunk asked=$work/asked
	return $rc
}
for ((n = 1; n <= ROUNDS; n++)); do
	claim "another operator's $few are permitted" quiet "$work/alone"
	claim "the greedy one's devices sign" questions "$part"
	decided "$CONNECTIONS" &
	greedy=$!
	claim "beside it, too" quiet "$work/beside"
	claim "which was still asking" kill -0 $greedy
	wait $greedy
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
items=$(calc "$ITEMS / $(middle "$work/batches")" %.0f)
ratio=$(calc "$items / $half" %.2f)
row decide.batch 1/s "$half" "$items" "$ratio" "0.7 of half the verifications" "$(word "$ratio >= 0.7")"
alone=$(middle "$work/alone") beside=$(middle "$work/beside")
ratio=$(calc "$beside / $alone" %.2f)
row decide.fair ms "$alone" "$beside" "$ratio" "twice the 99 of 100 of an operator beside a greedy one" "$(word "$ratio <= 2")"
echo "# what one of the last $part costs: CPU us, switches"
n=$ROUNDS
spent "$work/before.$n" "$work/after.$n" "$work/counted.$n" "$part"
echo "# what one of a batch of $ITEMS costs: CPU us, switches"
spent "$work/batch.before" "$work/batch.after" "$work/batch.counted" "$ITEMS"
jq -s . "$work/rows" >"$report"
finish
