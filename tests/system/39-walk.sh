#!/usr/bin/env bash
# A walk, drawn by a number, through what can become of twelve certificates: held,
# released, revoked, their lots and models held by measures and let go.  After each
# step OCSP and the decision say of each what follows from the steps; after the
# last so do the CRLs and deltas, the index, the feed and the kit; a CRL of before
# the walk with the delta of its end is the CRL of its end; no number ever fell.
#   SEED=n STEPS=n tests/system/39-walk.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
own_installation
# blocks of four: a walk goes through several
sed -i '/^\[ issuing_ca \]/,/^\[/ { s/^crl_shard.*/crl_shard = 4/; s/^crl_complete.*/crl_complete = 4/ }' "$profiles"
seed=${SEED:-$RANDOM} steps=${STEPS:-16}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/restore.sh"
lots=($(story_lots 6))
RANDOM=$seed
for i in {1..6}; do echo "$(tre_id $i) $(term_id $i)"; done >"$work/pairs"
names=($(cut -d' ' -f1 "$work/pairs") $(cut -d' ' -f2 "$work/pairs"))
for n in {0..11}; do
	serials[n]=$(serial_of "${names[n]}")
	leaf_of "${names[n]}" >"$work/$n.pem"
	issuer_of "${names[n]}" >"$work/$n.ca"
	openssl ocsp -issuer "$work/$n.ca" -cert "$work/$n.pem" -no_nonce -reqout "$work/$n.req" 2>/dev/null
done

# ---- what follows from the steps, by rules of its own

declare -a own=()      # good, hold or revoked by itself
declare -A measures=() # number -> which kind it holds, by what
for n in {0..11}; do own[n]=good; done
kind_of() { [ "$1" -lt 6 ] && echo tre || echo term; }
follows() { # N
	local m
	[ "${own[$1]}" != good ] && { echo "${own[$1]}"; return; }
	for m in "${measures[@]}"; do [ "${m%% *}" != "$(kind_of "$1")" ] || { echo hold; return; }; done
	echo good
}
all_follow() { for n in {0..11}; do follows $n; done | xargs; }
decisions_follow() {
	for n in {0..5}; do
		[ "$(follows $n) $(follows $((n + 6)))" = "good good" ] && echo indeterminate || echo refuse # a precheck asks for no possession
	done | xargs
}

# ---- steps

# (A subshell would draw anew.)
one_that_is() { # STATE: sets one, to nothing where there is none
	local these=() n
	for n in {0..11}; do [ "${own[n]}" != "$1" ] || these+=($n); done
	one=
	[ ${#these[@]} -gt 0 ] && one=${these[RANDOM % ${#these[@]}]}
}
scopes=("tre lot ${lots[0]}" "term lot ${lots[1]}" "tre model tresor-m2" "term model karren-t1")
reasons=(keyCompromise superseded cessationOfOperation privilegeWithdrawn affiliationChanged)
step() { # what is drawn; sets did
	local number
	case $1 in
	[0-2]) one_that_is good || return 2
		did="hold $one"
		a security-1 cert hold "${serials[one]}" --legal-basis "section 1" && own[one]=hold ;;
	[34]) one_that_is hold || return 2
		did="release $one"
		a security-1 cert release "${serials[one]}" --reason "found again" && a security-2 approve "${serials[one]}" &&
			own[one]=good ;;
	5) if [ $((RANDOM % 2)) = 0 ]; then one_that_is hold; else one_that_is good; fi || return 2
		did="revoke $one"
		a security-1 cert revoke "${serials[one]}" --reason "${reasons[RANDOM % ${#reasons[@]}]}" && own[one]=revoked ;;
	6) set -- ${scopes[RANDOM % 4]}
		[[ ${#measures[@]} -lt 2 && " ${measures[*]} " != *" $1 $2 $3 "* ]] || return 2
		did="a measure on $3"
		number=$(j security-1 measure impose --kind hold --scope-kind "$2" --scope "$3" --legal-basis "a report" \
			--emergency | jq -re .number) && measures[$number]="$1 $2 $3" ;;
	7) number=${!measures[*]}
		number=${number%% *}
		[ -n "$number" ] || return 2
		did="lift $number"
		lift_measure "$number" && unset "measures[$number]" ;;
	esac
}

# ---- what is said

ocsp_said() { # N
	curl -sS -o "$work/said" -H 'Content-Type: application/ocsp-request' --data-binary "@$work/$1.req" "$PUBLIC_URL/ocsp"
	openssl ocsp -respin "$work/said" -noverify -resp_text 2>/dev/null |
		awk '/Cert Status/ { s = $3 } /Revocation Reason: certificateHold/ { s = "hold" } END { print s }'
}
all_by_ocsp() { is "$(for n in {0..11}; do ocsp_said $n; done | xargs)" "$(all_follow)"; }
by_decision() {
	is "$(j mobilfunk-hlr decide --purpose precheck --pairs "$work/pairs" | jq -r .verdict | xargs)" "$(decisions_follow)"
}
crls() { (cd "$VAR/public/crl" && find . -name '*.crl' | sort); }
number_of() { openssl crl -inform DER -in "$VAR/public/crl/$1" -noout -crlnumber | sed 's/.*=0*x\{0,1\}0*//' | tr a-f A-F; }
# no number that was seen is greater than the one that is there
numbers_grow() {
	local f now
	for f in $(crls); do
		now=$(number_of "$f") || continue
		[ -z "${numbers[$f]:-}" ] || [ $((16#$now)) -ge $((16#${numbers[$f]})) ] || { echo "$f: $now behind ${numbers[$f]}"; return 1; }
		numbers[$f]=$now
	done
}
declare -A numbers=()

crl_of() { openssl x509 -in "$work/$1.pem" -noout -ext crlDistributionPoints | sed -n 's,.*URI:.*/crl/,,p'; }
all_there() { local n; for n in {0..11}; do [ -s "$VAR/public/crl/$(crl_of $n)" ] || return; done; }
claim "each has its CRL" until_true 60 all_there
cp -r "$VAR/public/crl" "$work/before"
numbers_grow
walked=
for ((took = 0; took < steps; )); do
	rc=0
	step $((RANDOM % 8)) >"$work/step" 2>&1 || rc=$?
	[ $rc != 2 ] || continue
	took=$((took + 1))
	walked="$walked; $did"
	[ $rc = 0 ] || { not_ok "step $took: $did"; cat "$work/step"; break; }
	claim "step $took, $did: OCSP says what follows" until_true 5 all_by_ocsp
	claim "and so does the decision" by_decision
	numbers_grow || not_ok "numbers of CRLs fell at step $took"
done
echo "# $walked"
claim "all $steps steps were gone" is "$took" "$steps"

# ---- in the end

claim "there is a kit of then" one_more_kit
claim "all channels say the same of all" until_true 90 assay status check --all --settled --as reader
claim "and it is what follows" eval 'all_by_ocsp && by_decision'
claim "no CRL has a smaller number than before" numbers_grow
# By openssl: a CRL of before the walk, completed with the delta of its end.
cp "$VAR/public/crl/root.crl" "$work/"
verdict() { # N FOLDER [delta]
	local at out args=()
	at=$(crl_of "$1")
	{
		openssl crl -inform DER -in "$VAR/public/crl/root.crl"
		openssl crl -inform DER -in "$2/$at"
		[ $# -lt 3 ] || openssl crl -inform DER -in "$VAR/public/crl/${at%.crl}-delta.crl"
	} >"$work/crls"
	[ $# -lt 3 ] || args=(-use_deltas)
	out=$(openssl verify -x509_strict -crl_check_all -extended_crl "${args[@]}" -CAfile "$VAR/credentials/root.crt" \
		-untrusted "$work/$1.ca" -CRLfile "$work/crls" "$work/$1.pem" 2>&1)
	case $out in *": OK"*) echo good ;; *"certificate revoked"*) echo bad ;; *) echo "$out" ;; esac
}
verdicts() { for n in {0..11}; do verdict $n "$@"; done | xargs; }
wanted=$(all_follow | sed 's/hold\|revoked/bad/g')
claim "the CRLs of the end say so to openssl" is "$(verdicts "$VAR/public/crl")" "$wanted"
claim "and those of before it, with the deltas of the end" is "$(verdicts "$work/before" delta)" "$wanted"
finish
