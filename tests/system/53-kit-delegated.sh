#!/usr/bin/env bash
# The offline kit and a supplier's own CA: what is known to be bad is refused, and
# of the rest it says that one must ask, for that CA may not have told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$(dirname "$0")/../lib/delegated.sh"
owner() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay \
	-qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1"; }
interval() { owner "CREATE OR REPLACE FUNCTION kit_$1() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$2' \$\$"; }
newest() { owner "SELECT coalesce(max(number), 0) FROM $1"; }
beyond() { [ "$(newest "$1")" -gt "$2" ]; }
there() { curl -fsS -o /dev/null "$PUBLIC_URL/kit/$1"; }
updated() { # kit, or kit_full: a number more of it, fetched
	local n
	n=$(newest "$1")
	[ "$1" = kit ] || interval daily "0 seconds"
	interval hourly "0 seconds"
	until_true 60 beyond "$1" "$n" && interval hourly "1 hour" && interval daily "1 day" &&
		until_true 20 there "$(newest kit).delta" && until_true 60 there "$(newest kit_full).full" &&
		"$bin/assay" --var "$work/none" offline fetch "$work/kit" --root "$VAR/credentials/root.crt" --public-url "$PUBLIC_URL"
}
says() { # "sentence" VERDICT REASON TRE TERM
	local out got
	out=$("$bin/assay" --var "$work/none" offline decide "$work/kit" --root "$VAR/credentials/root.crt" \
		--tre "$VAR/devices/$4.crt" --terminal "$VAR/devices/$5.crt" --json 2>&1)
	got=$(jq -r '"\(.verdict) \(.reasons[0] // "-")"' <<<"$out" 2>&1)
	if [ "$got" = "$2 $3" ]; then ok "$1 ($got)"; else not_ok "$1"; echo "#   wanted $2 $3, got: $out"; fi
}

start_instance
ca=$work/dca
claim "a supplier gets accredited, with a CA of its own" eval 'story_people &&
	story_site tresor-dresden tresor tre_production wet && story_site tresor-ca tresor delegated_ca wet &&
	story_site karren-ulm karren terminal_assembly dry && story_models && dca_new "$ca" &&
	assay delegated-ca request --role tre --model tresor-m2 --csr "$ca/ca.csr" --site tresor-ca --as tresor-pki --json |
		jq -r .number >"$ca/dca" && a decider-1 delegated-ca propose "$(cat "$ca/dca")" --valid-days 400 &&
	a decider-2 approve "$(cat "$ca/dca")" && until_true 20 dca_certified "$ca"'
number=$(cat "$ca/dca")
crl_in_force() { [ "$(j reader delegated-ca show "$number" | jq -r '.crls[0].state')" = in_force ]; }
claim "it issues three" eval 'for i in 1 2 3; do dca_issue "$ca" TRE-D$i || exit 1; done'
dca_crl "$ca" "$work/1.crl"
claim "its first CRL is taken over" eval 'j tresor-pki delegated-ca crl "$number" "$work/1.crl" && until_true 20 crl_in_force'
claim "what it has issued is reported" eval '[ "$(dca_report "$ca" TRE-D1 TRE-D2 TRE-D3 | jq -r .issued)" = 3 ]'
a karren-pki device new --kind terminal --prefix TERM-D --count 3 --tre-prefix TRE-D --rows "$work/term.rows" >/dev/null
lot=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term.rows" --wait | jq -r .number)
claim "in terminals of ours" a karren-pki device collect "$lot"
claim "a number more" updated kit
says "of a good one the kit cannot tell" indeterminate STATUS_STALE TRE-D1 TERM-D1
claim "for that CA may not have told" grep -q "own CA" <("$bin/assay" --var "$work/none" offline decide "$work/kit" \
	--root "$VAR/credentials/root.crt" --tre "$VAR/devices/TRE-D1.crt" --terminal "$VAR/devices/TERM-D1.crt")
claim "one is revoked here, one held" eval 'a security-1 cert revoke "$(serial_of TRE-D2)" --reason keyCompromise &&
	a security-1 cert hold "$(serial_of TRE-D3)" --legal-basis "section 1"'
claim "a delta more" updated kit
says "what is revoked is refused" refuse CERTIFICATE_REVOKED TRE-D2 TERM-D2
says "what is on hold, too" refuse CERTIFICATE_ON_HOLD TRE-D3 TERM-D3
claim "a snapshot is made, and a folder begun with it" eval 'rm -rf "$work/kit" && updated kit_full'
says "it lists what is revoked" refuse CERTIFICATE_REVOKED TRE-D2 TERM-D2
says "and what is on hold" refuse CERTIFICATE_ON_HOLD TRE-D3 TERM-D3
says "and is silent of the rest" indeterminate STATUS_STALE TRE-D1 TERM-D1
claim "the CA itself is held" a security-1 measure impose --kind hold --scope-kind issuer \
	--scope "$(jq -r .issuer "$ca/show")" --legal-basis "section 1" --emergency
claim "which a delta tells" updated kit
says "and all of it is refused" refuse STATUS_STALE TRE-D1 TERM-D1
claim "for that" grep -q MEASURE_HOLD <("$bin/assay" --var "$work/none" offline decide "$work/kit" \
	--root "$VAR/credentials/root.crt" --tre "$VAR/devices/TRE-D1.crt" --terminal "$VAR/devices/TERM-D1.crt")
finish
