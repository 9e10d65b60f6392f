#!/usr/bin/env bash
# Mass events: twenty thousand certificates of one lot are revoked, then a model is
# held, and every channel says so of each, from the first to the last, within what
# is promised.  tests/bench/mass.sh does it with a million and ten.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
own_installation
# twenty blocks, so that there is a first CRL and a last
sed -i '/^\[ issuing_ca \]/,/^\[/ s/^crl_shard.*/crl_shard = 1024/' "$profiles"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/mass.sh"
claim "and a model of keys" story_keys
story_lots 1 >/dev/null
big=$(mass_lot 20000 BIG-) small=$(mass_lot 2000 SMALL-)
claim "a lot of 20,000 is issued" [ -n "$big" ]
claim "and one of 2,000" [ -n "$small" ]

# said CHANNEL SECONDS: of all of the sample, within that.
said() {
	local last
	last=$(seen_last "$1")
	[ -n "$last" ] || { echo "not all"; return 1; }
	[ "$last" -le $(($2 * 1000)) ] || { echo "the last after $last ms"; return 1; }
}
promised() { # as domain.md has it; the kit, from when one is due
	local channel
	claim "decisions know at once, of each" said decision 10
	claim "OCSP within 5 s" said ocsp 5
	claim "each CRL within 60 s" said crl 60
	claim "the feed within 60 s" said feed 60
	claim "the next kit" said kit 75
	for channel in decision ocsp crl feed kit; do
		echo "# $channel: the first after $(seen_first $channel) ms, the last after $(seen_last $channel) ms"
	done
}
listed() { # how many the CRLs of all blocks list
	local f
	for f in "$VAR/public/crl/$issuer"/[0-9]*.crl; do
		case $f in *delta*) continue ;; esac
		openssl crl -inform DER -in "$f" -noout -text
	done | grep -c 'Serial Number'
}

sample_of "$big" 60 || { not_ok "a sample of the lot"; finish; }
touch -d 2020-01-01 "$work/begun"
for channel in ocsp crl kit decision; do
	claim "of which $channel says nothing yet" eval 'mass_reason=CERTIFICATE_REVOKED; read -r n of < <(right_'$channel') && [ "$n" = 0 ] && [ "$of" -ge 10 ]'
done
measure=$(j security-1 measure impose --kind mass_revocation --scope-kind lot --scope "$big" --reason cessationOfOperation \
	--legal-basis "contract, section 9" | jq -re .number)
mass_event CERTIFICATE_REVOKED "$measure" 120 a security-2 approve "$measure" --count 20000 || { not_ok "two people revoke the lot"; finish; }
claim "two people revoke the lot, by one event" [ "$mass_events" = 1 ]
promised
claim "the CRLs list each of it and nobody else" is "$(listed)" 20000
claim "openssl says revoked of the first" eval 'openssl ocsp -issuer "$work/sample/ca.pem" -cert "$work/sample/1.pem" \
	-url "$PUBLIC_URL/ocsp" -CAfile "$VAR/credentials/root.crt" -no_nonce | grep -q ": revoked"'

sample_of "$small" 60 || { not_ok "a sample of the other lot"; finish; }
claim "of which nothing is said" eval 'read -r n of < <(right_ocsp) && [ "$n" = 0 ] && read -r n of < <(right_crl) && [ "$n" = 0 ]'
measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-k1 --legal-basis "a report" |
	jq -re .number)
mass_event MEASURE_HOLD "$measure" 120 a security-2 approve "$measure" || { not_ok "two people hold the model"; finish; }
claim "two people hold the model, by one event" [ "$mass_events" = 1 ]
promised
claim "the CRLs list all of the model" is "$(listed)" 22000
channels_agree
finish
