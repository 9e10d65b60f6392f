#!/usr/bin/env bash
# How many decisions a second, durable, with both possession proofs, against half
# of what this machine can verify: one a request, over kept TLS connections, and
# in batches; what one costs, process by process; and what ten thousand other
# operators notice of one that is greedy, some hundreds of them each time.  The
# devices sign beforehand.  A real instance; both sides in turn, so that they see
# the same machine, which whoever asks is part of.  Prints tables, writes build/bench/decide.json.
#	QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64 ITEMS=1000 OPERATORS=10000 SAMPLE=400 tests/bench/decide.sh
set -u
settings=(QUESTIONS=6000 ROUNDS=3 CONNECTIONS=64 ITEMS=1000 OPERATORS=10000 SAMPLE=400)
. "$(dirname "$0")/lib.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "two lots are issued" story_lots "$ITEMS"
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
insert_table || exit 1

# ask PATH CONNECTIONS [ANSWERS] <bodies: as $operator; what it prints is in `asked`
operator=mobilfunk
ask() {
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/$operator-hlr.crt" \
		"$VAR/credentials/$operator-hlr.key" "$1" application/json "${@:2}" >"$work/asked"
}
nothing() { yes '{}' | head -n "$1"; }
challenges() { ask /v1/challenges 16 "$work/challenges.$operator"; }
sign() { "$bin/tests/decide" "$VAR" $operator "$ITEMS" <"$work/challenges.$operator" >"$work/questions.$operator"; }
# questions N: so many, signed just now, with fresh challenges
questions() { nothing "$1" | challenges && sign; }
decided() { # connections <questions
	ask /v1/decisions "$1" "$work/answers.$operator" &&
		! grep -qv '"verdict": *"permit"' "$work/answers.$operator"
}

claim "the first ones are asked for" questions 400
claim "and permitted" decided 8 <"$work/questions.$operator"
part=$((QUESTIONS / ROUNDS))
nothing "$part" >"$work/nothing"
for ((n = 1; n <= ROUNDS; n++)); do
	"$bin/tests/limits" 4 >"$work/limits.$n"
	insert 24 2 >>"$work/commits"
	claim "$part challenges are given" counted challenged "$work/nothing" challenges
	claim "whose devices sign" sign
	claim "$part over $CONNECTIONS connections are permitted" \
		counted decided "$work/questions.$operator" decided "$CONNECTIONS"
	said seconds >>"$work/seconds"
	said middle >>"$work/middles"
	said p99 >>"$work/p99s"
done

# ---- in batches
for ((n = 1; n <= ITEMS; n++)); do echo "TRE-$n TERM-$n"; done >"$work/pairs"
batch_signed() {
	"$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" "$(j mobilfunk-hlr challenge new | jq -r .challenge)" \
		mobilfunk initial_download <"$work/pairs" >"$work/batch"
}
batch() {
	api_as mobilfunk-hlr -o "$work/batch.answer" -w '%{time_total}\n' -H 'Content-Type: application/x-ndjson' \
		--data-binary @"$work/batch" "$URL/v1/decisions/batch" >>"$work/batches" &&
		[ "$(head -n 1 "$work/batch.answer" | jq .permit)" = "$ITEMS" ]
}
for ((n = 1; n <= ROUNDS; n++)); do
	"$bin/tests/limits" 4 >"$work/limits.1$n"
	claim "the devices of a batch sign" batch_signed
	begins batch
	claim "a batch of $ITEMS is permitted" batch
	ends batch
done

# ---- many operators, each with one question, alone and beside one that is greedy
# Nobody waits for two people to let in each of them: they are put into the register as they are.
together=16
operators() {
	"$bin/tests/operators" "$VAR" mobilfunk-hlr "$OPERATORS" "$work/credentials" >"$work/operators" &&
		psql -h "$run" -d assay -qX -v ON_ERROR_STOP=1 <<-SQL
		SET session_replication_role = replica;
		SET search_path = assay;
		CREATE TEMP TABLE made (n serial, serial text, spki text, der text);
		\\copy made (serial, spki, der) FROM '$work/operators'
		INSERT INTO organisation (handle, name, country, kind, state)
		    SELECT 'op-' || n, 'Operator ' || n, 'DE', 'operator', 'active' FROM made;
		INSERT INTO principal (handle, organisation_id, role, cert_der, cert_issuer_id, cert_serial, cert_not_after)
		    SELECT o.handle || '-hlr', o.id, 'operator', decode(der, 'hex'), p.cert_issuer_id, decode(serial, 'hex'),
			p.cert_not_after FROM made JOIN organisation o ON o.handle = 'op-' || n, principal p WHERE p.handle = 'mobilfunk-hlr';
		INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
		    SELECT p.cert_issuer_id, 1000000 + n, 'access', decode(serial, 'hex'), decode(der, 'hex'),
			sha256(decode(der, 'hex')), decode(spki, 'hex'), now() FROM made, principal p WHERE p.handle = 'mobilfunk-hlr';
		ANALYZE organisation, principal, certificate;
		SQL
}
# theirs WHEN FIFTH: the first ones of a fifth of them ask, signed just now; the 99 of 100 go to WHEN.
# All of them are there, and take part in what is looked up; a handshake and two signatures each, and the
# challenges' 300 s, are why not all of them ask each time.
fifth=$((OPERATORS / 5))
some=$((fifth < SAMPLE ? fifth : SAMPLE))
theirs() {
	psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 >"$work/challenges.op" <<-SQL &&
	SET search_path = assay;
	CREATE TEMP TABLE asked AS SELECT 'op-' || n AS handle, sha256(convert_to('$1 ' || n, 'UTF8')) AS challenge
	    FROM generate_series($fifth * ($2 - 1) + 1, $fifth * ($2 - 1) + $some) n;
	INSERT INTO challenge (value, organisation_id, expires) SELECT a.challenge, o.id, assay_now() + interval '300 s'
	    FROM asked a JOIN organisation o USING (handle);
	SELECT jsonb_build_object('operator', handle, 'challenge', encode(challenge, 'base64')) FROM asked;
	SQL
		"$bin/tests/decide" "$VAR" - "$ITEMS" <"$work/challenges.op" >"$work/questions.op" &&
		"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$work/credentials" -$((fifth * ($2 - 1))) \
			/v1/decisions application/json $together "$work/answers.op" <"$work/questions.op" >"$work/asked.op" &&
		! grep -qv '"verdict": *"permit"' "$work/answers.op" &&
		sed -n 's/.* p99 \([0-9.]*\) .*/\1/p' "$work/asked.op" >>"$work/$1"
}
claim "$OPERATORS operators" operators
claim "one question of each of $some is permitted" theirs before 1
claim "and another" theirs alone 1
claim "the greedy one's devices sign" questions "$part"
(until [ -e "$work/enough" ]; do decided "$CONNECTIONS" <"$work/questions.$operator" && echo $part >>"$work/greedy"; questions "$part"; done) >/dev/null 2>&1 &
greedy=$!
for n in 1 2 3 4 5; do claim "beside it, one of each of $some" theirs beside $n; done
touch "$work/enough"
wait $greedy
claim "alone again" theirs alone 5
claim "and the greedy one's are permitted" test -s "$work/greedy"
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
row decide.fair ms "$alone" "$beside" "$ratio" "twice the 99 of 100 of $OPERATORS operators beside a greedy one" "$(word "$ratio <= 2")"
echo "# what one of the last $part costs: CPU us, switches"
spent decided "$part"
echo "# what the challenge of one costs, which is asked for before"
spent challenged "$part"
echo "# what one of a batch of $ITEMS costs: CPU us, switches"
spent batch "$ITEMS"
jq -s . "$work/rows" >"$report"
finish
