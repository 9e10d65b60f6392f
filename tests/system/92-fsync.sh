#!/usr/bin/env bash
# The disk says that it could not keep what was written (EIO from fsync).
# PostgreSQL ends at once and begins again from its log; the API acknowledges
# no evidence, the follower no file, the authority no key that may be gone
# tomorrow.  What was acknowledged is there.
#   SEED=n ROUNDS=n tests/system/92-fsync.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
WHOLE=yes
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-20}
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/traffic.sh"
. "$top/tests/lib/inject.sh"
RANDOM=$seed
lot_prepare $((rounds + 1))
give_up=$((SECONDS + ${GIVE_UP:-900}))

# ---- the authority: a CA's key that is not on the disk signs nothing

issuer_keys() { ls "$VAR/authority" | grep -c '^issuer-'; }
issuers() { owner <<<"SELECT count(*) FROM assay.issuer WHERE id > 2"; }
waits_for_a_key() { grep -q "work off a lot.*issuer-" "$VAR/log/authority.log"; }
inject fsync:error=EIO:when=1+ "$(child assay-authority)"
lot_send 0
claim "a lot needs a CA whose key cannot be kept" until_true 10 waits_for_a_key
claim "the key is not there" is "$(issuer_keys)" 0
claim "nor a CA that has it" is "$(issuers)" 0
relent
claim "when the disk is well, the lot is issued" until_true 30 traffic_done
# Other sources come now, since they may need that CA to begin with.
for source in ${sources#lot}; do "${source}_prepare" $((rounds + 1)); done
traffic_send 0
claim "by a CA whose key is there" is "$(issuer_keys) $(issuers)" "1 1"

# The file is on the disk, but not its name: the second fsync.
a tresor-pki device collect "$(tail -n 1 "$work/lots")"
a karren-pki device new --kind terminal --prefix TERM- --count 1 --tre-prefix TRE- --rows "$work/term.rows"
inject fsync:error=EIO:when=2+2 "$(child assay-authority)"
a karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term.rows" >"$work/term.lot"
claim "another CA's key cannot get its name" until_true 10 injected
one_key() { is "$(issuer_keys) $(issuers)" "1 1"; }
claim "so it is not there, either" until_true 5 one_key
relent
claim "when the disk is well, that lot is issued, too" until_true 30 traffic_done
claim "by another CA" is "$(issuer_keys) $(issuers)" "2 2"

# ---- the API: evidence

printf '%%PDF-1.4\n%% %s\ntrailer\n<<>>\n%%%%EOF\n' "$seed" >"$work/evidence.pdf"
sum=$(sha256sum "$work/evidence.pdf" | cut -d' ' -f1)
put() {
	api_as auditor-1 -o "$work/put.out" -w '%{http_code}' -X PUT -H 'Content-Type: application/pdf' \
		--data-binary "@$work/evidence.pdf" "$URL/v1/evidence/$sum?filename=e.pdf"
}
workers() { pgrep -P "$(cat "$VAR"/api/kore-*.pid | paste -sd,)"; }
known() { owner <<<"SELECT count(*) FROM assay.evidence WHERE sha256 = '\\x$sum'"; }
# The file, its folder, the store, what holds the store.
for n in 1 2 3 4; do
	# Kore's workers die of calls that they may not make, such as none.
	inject "fsync:error=EIO:syscall=gettid:when=$n" $(workers)
	claim "evidence whose fsync $n fails is not taken" is "$(put)" 500
	claim "since it did fail" injected
	relent
	claim "and nobody knows of it" is "$(known)" 0
done
claim "no half of it is left" is "$(find "$VAR/evidence" -name 'new.*' | wc -l)" 0
claim "when the disk is well, it is taken" is "$(put)" 201
claim "whole" is "$(api_as auditor-1 "$URL/v1/evidence/$sum/content" | sha256sum | cut -d' ' -f1)" "$sum"

# ---- the follower: a CRL

crl_number() { openssl crl -inform DER -in "$VAR/public/crl/2/0.crl" -noout -crlnumber; }
published() { owner <<<"SELECT max(id) FROM assay.publication WHERE path = 'public/crl/2/0.crl'"; }
before=$(crl_number) had=$(published)
newer() { [ "$(published)" -gt "$had" ]; }
inject fsync:error=EIO:when=1+ "$(child assay-follower)"
a security-1 cert hold "$(openssl x509 -in "$VAR/credentials/officer-2.crt" -noout -serial | sed 's/.*=//' | tr A-Z a-z)" \
	--legal-basis "a test"
claim "a new CRL is made" until_true 10 newer
claim "which the follower cannot keep" until_true 10 injected
claim "the old one stays, whole" is "$(crl_number)" "$before"
claim "and nothing lies beside it" is "$(find "$VAR/public" -name '*.crl.*' | wc -l)" 0
relent
changed() { ! is "$(crl_number)" "$before"; }
claim "when the disk is well, the new one is there" until_true 10 changed

# ---- PostgreSQL, in the middle of lots

alive() { kill -0 "$(postgres)" && assay health --quiet; }
panics() { grep -c PANIC "$VAR/log/postgres.log"; }
before=$(panics) hit=0
for ((round = 1; round <= rounds && SECONDS < give_up; round++)); do
	until_true 20 alive || break
	inject "fsync,fdatasync:error=EIO:when=$((1 + RANDOM % 3))" $(postgres_all)
	[ $((RANDOM % 3)) -eq 0 ] && { owner <<<"CHECKPOINT" >"$work/checkpoint" 2>&1 & }
	traffic_send "$round" &
	sender=$!
	until_true 5 injected 2>&1 && hit=$((hit + 1))
	relent
	wait "$sender" || break
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds everything was accepted" is $((round - 1)) "$rounds"
claim "in most of them an fsync failed: $hit" test "$hit" -gt $((rounds / 2))
claim "PostgreSQL believed no disk that failed it: $(panics)" test $(($(panics) - before)) -ge $((hit / 2))
traffic_account $((rounds + 1))
finish
