#!/usr/bin/env bash
# Status over a whole instance: a revocation, a hold and its release are seen
# in the register, by OCSP and in the CRL; OCSP by every way there is to ask;
# and what it says while the database or the follower is away.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_instance

root=$VAR/credentials/root.crt
ca=$work/access.pem
sed '1,/END CERTIFICATE/d' "$VAR/credentials/reader.crt" >"$ca"
leaf() { openssl x509 -in "$VAR/credentials/$1.crt"; }
for who in reader officer-1 officer-2 decider-1 decider-2; do leaf $who >"$work/$who.pem"; done
serial() { openssl x509 -in "$work/$1.pem" -noout -serial | sed 's/.*=//' | tr A-Z a-z; }

not() { ! "$@"; }

# ask NAME [OPTION...]: what openssl's client believes, in one word and a reason
ask() {
	local who=$1 out
	shift
	out=$(openssl ocsp -issuer "$ca" "$@" -cert "$work/$who.pem" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$root" 2>&1)
	case $out in
	*"Response verify OK"*) ;;
	*) echo "$out"; return 1 ;;
	esac
	sed -n 's/.*\.pem: //p; s/.*Reason: //p' <<<"$out" | xargs
}
says() { # NAME "words" [OPTION...]
	local who=$1 want=$2 got
	shift 2
	got=$(ask "$who" "$@")
	[ "$got" = "$want" ] || { echo "it says: $got"; return 1; }
}
# crl ISSUER/SHARD: as text
crl() { curl -fsS "$PUBLIC_URL/crl/$1.crl" | openssl crl -inform DER -noout -text; }
listed() { crl 2/0 | grep -i -A6 "Serial Number: $(serial "$1")"; }
not_listed() { ! listed "$1"; }
# up to the next entry
listed_for() { listed "$1" | sed '2,${/Serial Number/,$d}' | grep -q "$2"; }
in_register() { # NAME STATE
	local got
	got=$(assay cert show "$(serial "$1")" --as reader --json | jq -r .state)
	[ "$got" = "$2" ] || { echo "the register says: $got"; return 1; }
}
verified() { # NAME: with the CRLs of the whole path
	{
		for c in 2/0 root; do
			curl -fsS "$PUBLIC_URL/crl/$c.crl" | openssl crl -inform DER
		done
	} >"$work/crls.pem"
	openssl verify -x509_strict -crl_check_all -extended_crl -CAfile "$root" -untrusted "$ca" \
		-CRLfile "$work/crls.pem" "$work/$1.pem"
}

# ---- OCSP, by every way

until_true 10 says reader good
claim "OCSP says good by POST with a nonce" says reader good
claim "and without" says reader good -no_nonce
claim "and by SHA-256" says reader good -sha256
claim "the CA's own certificate is good" \
	grep -q ': good' <(openssl ocsp -issuer "$root" -cert "$ca" -url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1)
claim "openssl finds the nonce that it sent" \
	not grep -q WARNING <(openssl ocsp -issuer "$ca" -cert "$work/reader.pem" -url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1)
claim "several certificates are answered in one response" \
	test "$(openssl ocsp -issuer "$ca" -cert "$work/reader.pem" -cert "$work/officer-1.pem" \
		-url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>/dev/null | grep -c ': good')" = 2
claim "GnuTLS agrees" \
	grep -q 'Certificate Status: good' <(ocsptool --ask="$PUBLIC_URL/ocsp" --load-cert "$work/reader.pem" \
		--load-issuer "$ca" --load-trust "$root" 2>&1)

openssl ocsp -no_nonce -issuer "$ca" -cert "$work/reader.pem" -reqout "$work/req.der" >/dev/null 2>&1
plain=$(base64 -w0 "$work/req.der")
escaped=$(jq -rn --arg s "$plain" '$s | @uri')
response_is() { # WORDS CURL-ARGUMENTS...
	local want=$1
	shift
	curl -fsS -o "$work/resp.der" "$@" || return 1
	openssl ocsp -respin "$work/resp.der" -issuer "$ca" -cert "$work/reader.pem" \
		-CAfile "$root" -no_nonce 2>&1 | grep -q "$want" ||
		{ openssl ocsp -respin "$work/resp.der" -noverify -text 2>&1 | head -5; return 1; }
}
claim "GET works with the base64 as it is" response_is ': good' "$PUBLIC_URL/ocsp/$plain"
claim "and percent-encoded" response_is ': good' "$PUBLIC_URL/ocsp/$escaped"
claim "and behind a second slash" response_is ': good' --path-as-is "$PUBLIC_URL/ocsp//$escaped"
claim "a GET that is no base64 is a malformed request" \
	response_is malformedrequest "$PUBLIC_URL/ocsp/hello"
post=(-H 'Content-Type: application/ocsp-request')
claim "a POST of something else is a malformed request" \
	response_is malformedrequest "${post[@]}" --data hello "$PUBLIC_URL/ocsp"
claim "so is one with an octet behind its end" \
	response_is malformedrequest "${post[@]}" --data-binary @<(cat "$work/req.der"; printf x) "$PUBLIC_URL/ocsp"
claim "a POST of another type is 415" \
	test "$(curl -s -o /dev/null -w '%{http_code}' --data hello "$PUBLIC_URL/ocsp")" = 415
claim "a body of 17 KiB is 413" \
	test "$(head -c 17408 /dev/zero | curl -s -o /dev/null -w '%{http_code}' "${post[@]}" --data-binary @- "$PUBLIC_URL/ocsp")" = 413

unknown() {
	openssl ocsp -issuer "$ca" -serial "$1" -url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1 |
		grep -q ': unknown'
}
claim "a serial number that was never ours is unknown" unknown 0x1234
claim "and one that looks like ours" unknown 0x01"$(openssl rand -hex 16)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
	-out "$work/foreign.pem" -subj /CN=foreign -days 1 2>/dev/null
claim "another CA's certificates are none of our business" \
	grep -q 'unauthorized' <(openssl ocsp -issuer "$work/foreign.pem" -serial 1 -url "$PUBLIC_URL/ocsp" -noverify 2>&1)

headers() { curl -fsS -D - -o /dev/null "$@" | tr -d '\r'; }
headers "$PUBLIC_URL/ocsp/$escaped" >"$work/headers"
claim "a response may be cached for up to an hour" grep -qi '^cache-control: max-age=3600, public' "$work/headers"
claim "it has ETag, Last-Modified and Expires" \
	test "$(grep -ciE '^(etag|last-modified|expires):' "$work/headers")" = 3
etag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: //p' "$work/headers")
claim "who has it is told so" \
	test "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$PUBLIC_URL/ocsp/$escaped")" = 304

# ---- CRLs before anything is revoked

claim "the CRLs exist and the path verifies by them" verified reader
claim "the root's CRL covers CAs only, by the address in the certificate" \
	grep -q "Only CA Certificates" <(crl root)
number() { crl 2/0 | awk '/X509v3 CRL Number/ { getline; print $1 }'; }
before=$(number)

# ---- revoked

refused ROLE_NOT_ALLOWED "a reader revokes nothing" \
	assay cert revoke "$(serial officer-2)" --reason superseded --as reader
refused CERTIFICATE_UNKNOWN "what is not there is not revoked" \
	assay cert revoke 0123 --reason superseded --as security-1
refused REASON_UNKNOWN "a reason that is none is refused" \
	assay cert revoke "$(serial officer-2)" --reason boredom --as security-1
says officer-2 good -no_nonce # so that nginx has it
start=$(date +%s%N)
claim "a security officer revokes" \
	assay cert revoke "$(serial officer-2)" --reason keyCompromise \
	--invalidity-date 2026-01-01T00:00:00Z --as security-1
claim "the register says so" in_register officer-2 revoked
claim "OCSP says so within 5 s, through nginx and its cache" \
	until_true 5 says officer-2 "revoked keyCompromise" -no_nonce
echo "# seen by OCSP after $((($(date +%s%N) - start) / 1000000)) ms"
claim "to those who send a nonce at once" says officer-2 "revoked keyCompromise"
claim "the CRL says so within 60 s" within 60 listed_for officer-2 'Key Compromise'
echo "# seen in the CRL after $((($(date +%s%N) - start) / 1000000)) ms"
claim "with the date since which the key was bad" listed_for officer-2 'Jan  1 00:00:00 2026'
claim "by a number that has grown" test "$(number)" -gt "$before"
claim "openssl no longer verifies it" grep -q 'certificate revoked' <(verified officer-2 2>&1)
claim "but the others" verified reader
claim "GnuTLS agrees" \
	grep -q 'Certificate Status: revoked' <(ocsptool --ask="$PUBLIC_URL/ocsp" --load-cert "$work/officer-2.pem" \
		--load-issuer "$ca" --load-trust "$root" 2>&1)
refused CERTIFICATE_REVOKED "it gets nobody in any more" assay whoami --as officer-2
refused CERTIFICATE_REVOKED "revoked is final" \
	assay cert revoke "$(serial officer-2)" --reason superseded --as security-1
refused CERTIFICATE_NOT_GOOD "and not put on hold" \
	assay cert hold "$(serial officer-2)" --legal-basis none --as security-1

# ---- held and released

claim "one is put on hold" \
	assay cert hold "$(serial decider-2)" --legal-basis "section 1" --as security-1
claim "OCSP says certificateHold" until_true 5 says decider-2 "revoked certificateHold"
claim "the CRL too" until_true 60 listed_for decider-2 'Certificate Hold'
claim "its release is proposed" \
	assay cert release "$(serial decider-2)" --reason "found again" --as security-1
claim "which alone changes nothing" says decider-2 "revoked certificateHold"
refused FOUR_EYES "the proposer does not approve" assay approve "$(serial decider-2)" --as security-1
claim "another does" assay approve "$(serial decider-2)" --as security-2
claim "and it is good again" until_true 5 says decider-2 good
claim "in the register" in_register decider-2 issued
claim "and off the CRL" until_true 60 not_listed decider-2

# ---- devices: the decision, OCSP and the CRL, and a measure

claim "suppliers, sites and models are accredited" story_accredited
claim "two lots are issued" story_lots 3
tre=$(tre_id 1) term=$(term_id 1)
pair() { echo --tre "$1" --terminal "$2"; }
claim "a TrE is good by OCSP at once" within 5 ocsp_says "$tre" good
claim "and by the CRL of its block" crl_says "$tre" good
answers "and a download is permitted" permit - $(pair "$tre" "$term")
start=$(date +%s%N)
measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 \
	--legal-basis "contract, section 9" --emergency | jq -re .number)
claim "a measure holds every TrE of the model by OCSP" until_true 5 ocsp_says "$tre" revoked
echo "# a measure is seen by OCSP after $((($(date +%s%N) - start) / 1000000)) ms"
for i in 1 2 3; do claim "as $(tre_id $i)" ocsp_says "$(tre_id $i)" revoked; done
claim "but no terminal" ocsp_says "$term" good
claim "in the register" test "$(assay cert show "$(serial_of "$tre")" --as reader --json |
	jq -r '.state + " " + .reason + " " + .measures[0]')" = "on_hold certificateHold $measure"
answers "in the decision" refuse MEASURE_HOLD $(pair "$tre" "$term")
claim "and in the CRL" until_true 60 crl_says "$tre" revoked
claim "two people lift it" lift_measure "$measure"
claim "OCSP says good again" until_true 5 ocsp_says "$tre" good
answers "and so does the decision" permit - $(pair "$tre" "$term")
claim "and the CRL" until_true 60 crl_says "$tre" good
claim "one TrE is revoked" a security-1 cert revoke "$(serial_of "$tre")" --reason privilegeWithdrawn
answers "the decision knows at once" refuse CERTIFICATE_REVOKED $(pair "$tre" "$term")
claim "OCSP within 5 s" within 5 ocsp_says "$tre" revoked
claim "the CRL within 60 s" within 60 crl_says "$tre" revoked

# ---- a whole lot is revoked: one event, every channel

lot=$(assay cert show "$(serial_of "$(tre_id 2)")" --as reader --json | jq -r .lot)
measure=$(j security-1 measure impose --kind mass_revocation --scope-kind lot --scope "$lot" \
	--reason cessationOfOperation --legal-basis "contract, section 9" | jq -re .number)
start=$(date +%s%N)
claim "two people revoke a lot, and say of how many devices" \
	a security-2 approve "$measure" --count 3
answers "the decision knows at once" refuse CERTIFICATE_REVOKED $(pair "$(tre_id 2)" "$(term_id 2)")
claim "in the register" test "$(assay cert show "$(serial_of "$(tre_id 2)")" --as reader --json |
	jq -r '.state + " " + .reason + " " + .measures[0]')" = "revoked cessationOfOperation $measure"
claim "OCSP within 5 s" within 5 ocsp_says "$(tre_id 2)" revoked
echo "# a mass revocation is seen by OCSP after $((($(date +%s%N) - start) / 1000000)) ms"
claim "as the other" ocsp_says "$(tre_id 3)" revoked
claim "what was revoked before keeps its reason" test "$(assay cert show "$(serial_of "$tre")" \
	--as reader --json | jq -r '.reason')" = privilegeWithdrawn
claim "the CRL within 60 s" within 60 crl_says "$(tre_id 2)" revoked
claim "but no terminal" ocsp_says "$(term_id 2)" good

# ---- when somebody is away

child() { pgrep -P "$RUN_PID" -f -- "$1" | head -1; }
socket=$(sed -n 5p "$VAR/postgres/postmaster.pid")
claim "PostgreSQL is there" psql -h "$socket" -l
kill -STOP "$RUN_PID" # nobody starts it again for now
"$(ls -d /usr/lib/postgresql/*/bin | tail -1)/pg_ctl" -D "$VAR/postgres" -m immediate stop >/dev/null
claim "PostgreSQL is away" not psql -h "$socket" -l
claim "OCSP answers what is good" says reader good
claim "and what is revoked" says officer-2 "revoked keyCompromise"
kill -CONT "$RUN_PID"
claim "PostgreSQL comes back" until_true 30 assay health --quiet
claim "and a revocation is seen again" assay cert revoke "$(serial decider-1)" \
	--reason superseded --as security-1
claim "within 5 s" within 5 says decider-1 "revoked superseded"

follower=$(child assay-follower)
kill -KILL "$follower"
claim "the follower dies and OCSP answers" says reader good
claim "another takes its place" until_true 10 eval 'test -n "$(child assay-follower)"'
claim "one more is revoked" assay cert revoke "$(serial officer-1)" --reason cessationOfOperation \
	--as security-1
claim "and seen" until_true 5 says officer-1 "revoked cessationOfOperation"
claim "the follower tells how far it is" \
	until_true 5 eval 'grep -q "^behind [0-3]$" <<<"$("$bin/assay-follower" -c "$VAR/assay.cnf" status)"'
channels_agree
finish
