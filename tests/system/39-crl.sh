#!/usr/bin/env bash
# CRLs over a whole instance: blocks as printed in the certificates, deltas that
# openssl completes an older CRL with, complete ones of small issuers, the CAs'
# own; numbers that only grow; and how they are fetched.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
own_installation
# Blocks of four; an issuer of at most seven has a complete one, too.
sed -i '/^\[ issuing_ca \]/,/^\[/ { s/^crl_shard.*/crl_shard = 4/; s/^crl_complete.*/crl_complete = 7/ }' "$profiles"
start_instance
. "$top/tests/lib/account.sh"
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
root=$VAR/credentials/root.crt
d=$work/crl
mkdir -p "$d"

claim "suppliers, sites and models are accredited" story_accredited
claim "two lots of six are issued" story_lots 6
for i in 1 2 3 4 5 6; do
	leaf_of "$(tre_id $i)" >"$d/$i.pem"
	issuer_of "$(tre_id $i)" >"$d/issuer.pem"
done
issuer=$(openssl x509 -in "$d/1.pem" -noout -ext crlDistributionPoints | sed -n 's/.*crl\/\([0-9]*\)\/.*/\1/p')

# ---- what they say

point() { openssl x509 -in "$d/$1.pem" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p'; }
get() { curl -fsS "$PUBLIC_URL/crl/$1.crl" -o "$d/$2.der" && openssl crl -inform DER -in "$d/$2.der" -out "$d/$2.crl"; }
# text NAME: of one that was got
text() { openssl crl -in "$d/$1.crl" -noout -text; }
# after NAME WORDS: the line behind one with these words
after() { text "$1" | grep -A"${3:-1}" "$2" | tail -n 1 | awk '{ print $1 }'; }
number() { after "$1" 'X509v3 CRL Number'; }
now_number() { get "$1" now && number now; }
lists() { text "$1" | grep -qi "Serial Number: $(serial_of "$(tre_id "$2")")"; }
entry() { # NAME device WORDS
	text "$1" | grep -i -A8 "Serial Number: $(serial_of "$(tre_id "$2")")" | sed '2,${/Serial Number/,$d}' | grep -q "$3"
}
life() { # NAME: seconds from thisUpdate to nextUpdate
	local t
	t=$(openssl crl -in "$d/$1.crl" -noout -lastupdate | sed 's/.*=//')
	echo $(($(date -d "$(openssl crl -in "$d/$1.crl" -noout -nextupdate | sed 's/.*=//')" +%s) - $(date -d "$t" +%s)))
}

claim "the first three, whose issuer has indexed one before, name one CRL, the others the next" \
	is "$(for i in 1 3 4 6; do point $i; done | xargs)" \
	"$PUBLIC_URL/crl/$issuer/0.crl $PUBLIC_URL/crl/$issuer/0.crl $PUBLIC_URL/crl/$issuer/1.crl $PUBLIC_URL/crl/$issuer/1.crl"
for shard in 0 1; do
	claim "block $shard has its CRL" get "$issuer/$shard" "base$shard"
	claim "whose critical distribution point is what the certificates name" \
		is "$(after base$shard 'Issuing Distribution Point: critical' 2)" "URI:$PUBLIC_URL/crl/$issuer/$shard.crl"
	claim "for user certificates" grep -q 'Only User Certificates' <(text base$shard)
	claim "it says where its delta is" \
		is "$(after base$shard 'Freshest CRL' 2)" "URI:$PUBLIC_URL/crl/$issuer/$shard-delta.crl"
	claim "where one is" get "$issuer/$shard-delta" "delta$shard"
	claim "of the same number" is "$(number delta$shard)" "$(number base$shard)"
	claim "and of the same distribution point" \
		is "$(after delta$shard 'Issuing Distribution Point: critical' 2)" "URI:$PUBLIC_URL/crl/$issuer/$shard.crl"
	claim "critically a delta" grep -q 'Delta CRL Indicator: critical' <(text delta$shard)
	claim "without a delta of its own" not grep -q 'Freshest' <(text delta$shard)
	claim "the CA signed both" eval "openssl crl -in '$d/base$shard.crl' -noout -CAfile '$d/issuer.pem' &&
		openssl crl -in '$d/delta$shard.crl' -noout -CAfile '$d/issuer.pem'"
done
claim "it is valid for seven days" is "$(life base0)" $((7 * 86400))
claim "a delta for one" is "$(life delta0)" 86400

# ---- old complete ones with new deltas, as openssl takes them together

get root root
# verdict DEVICE BASE [DELTA]: good or revoked
verdict() {
	local out deltas=()
	cat "$d/root.crl" "$d/$2.crl" >"$d/crls"
	if [ $# -eq 3 ]; then cat "$d/$3.crl" >>"$d/crls"; deltas=(-use_deltas); fi
	out=$(openssl verify -x509_strict -crl_check_all -extended_crl "${deltas[@]}" -CAfile "$root" \
		-untrusted "$d/issuer.pem" -CRLfile "$d/crls" "$d/$1.pem" 2>&1)
	case $out in
	*": OK"*) echo good ;;
	*"certificate revoked"*) echo revoked ;;
	*) echo "$out" ;;
	esac
}
# verdicts "words" BASE [DELTA]: of the first three
verdicts() {
	local want=$1
	shift
	is "$(for i in 1 2 3; do verdict $i "$@"; done | xargs)" "$want"
}
fresh() { get "$issuer/0" "$1" && get "$issuer/0-delta" "$1-delta"; }
# until a CRL of block 0 has these indexes' devices, and no others
until_lists() { # NAME devices...
	local name=$1
	shift
	fresh "$name" && for i in 1 2 3; do
		case " $* " in *" $i "*) lists "$name" $i ;; *) ! lists "$name" $i ;; esac || return 1
	done
}
claim "before anything happens all are good" verdicts "good good good" base0 delta0
claim "one is revoked" a security-1 cert revoke "$(serial_of "$(tre_id 1)")" --reason keyCompromise \
	--invalidity-date 2026-01-01T00:00:00Z
claim "another put on hold" a security-1 cert hold "$(serial_of "$(tre_id 2)")" --legal-basis "section 1"
claim "both are in the CRL" until_true 60 until_lists held 1 2
claim "and in its delta" eval 'lists held-delta 1 && lists held-delta 2 && ! lists held-delta 3'
claim "for their reasons" eval "entry held-delta 1 'Key Compromise' && entry held-delta 2 'Certificate Hold' &&
	entry held 1 'Key Compromise' && entry held 2 'Certificate Hold'"
claim "and the first with the date since which its key was bad" eval \
	"entry held 1 'Jan  1 00:00:00 2026' && entry held-delta 1 'Jan  1 00:00:00 2026'"
claim "the delta begins at the first CRL" is "$(after held-delta 'Delta CRL Indicator')" "$(number base0)"
claim "which alone knows of nothing" verdicts "good good good" base0
claim "and with the delta of both" verdicts "revoked revoked good" base0 held-delta
claim "as the new CRL does" verdicts "revoked revoked good" held
claim "with its own delta or without" verdicts "revoked revoked good" held held-delta
claim "the other block's delta completes nothing" verdicts "good good good" base0 delta1

claim "the hold's release is proposed" a security-1 cert release "$(serial_of "$(tre_id 2)")" --reason "found again"
claim "and approved" a security-2 approve "$(serial_of "$(tre_id 2)")"
claim "it is off the CRL" until_true 60 until_lists released 1
claim "the delta takes it off" entry released-delta 2 'Remove From CRL'
claim "the CRL under the hold still has it" verdicts "revoked revoked good" held
claim "but not with the delta" verdicts "revoked good good" held released-delta
claim "nor the first with it" verdicts "revoked good good" base0 released-delta
claim "an old delta takes nothing from a new CRL" verdicts "revoked good good" released held-delta

# ---- a measure on a whole model, and its end

measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 \
	--legal-basis "contract, section 9" --emergency | jq -re .number)
claim "a measure puts every device of a model on its CRL" until_true 60 until_lists model 1 2 3
claim "in the next block, too" until_true 60 eval "get $issuer/1 model1 && lists model1 4 && lists model1 6"
claim "what was revoked by itself keeps its reason" entry model 1 'Key Compromise'
claim "the others are on hold" entry model 3 'Certificate Hold'
claim "an old CRL with the delta says so" verdicts "revoked revoked revoked" base0 model-delta
claim "two people lift it" lift_measure "$measure"
claim "and all others are off again" until_true 60 until_lists lifted 1
claim "the CRL under the measure with the delta, too" verdicts "revoked good good" model lifted-delta
claim "a lot that is revoked is in the CRL for good" eval '
	lot=$(assay cert show "$(serial_of "$(tre_id 2)")" --as reader --json | jq -r .lot)
	number=$(j security-1 measure impose --kind mass_revocation --scope-kind lot --scope "$lot" \
		--reason cessationOfOperation --legal-basis "contract, section 9" | jq -re .number)
	a security-2 approve "$number" --count 6'
claim "within a minute" within 60 until_lists lot 1 2 3
claim "each for its reason" eval "entry lot 1 'Key Compromise' && entry lot 2 'Cessation Of Operation'"

# entries NAME...: "serial reason", one a line; a later one's instead of an earlier's
entries() {
	local name
	for name in "$@"; do
		text "$name" | awk '/Serial Number:/ { if (s) print s, r; s = $3; r = "-" }
			/CRL Reason Code/ { getline; sub(/^ */, ""); r = $0 } END { if (s) print s, r }'
	done | awk '{ s = $1; $1 = ""; reason[s] = $0 }
		END { for (s in reason) if (reason[s] !~ /Remove From CRL/) print s reason[s] }' | sort
}
for old in base0 held released model lifted; do
	claim "the CRL \"$old\" with the last delta says of each what the last CRL says" \
		is "$(entries $old lot-delta)" "$(entries lot)"
done

# ---- one CRL of a small issuer

complete() { get "$issuer/complete" complete && for i in 1 2 3 4 5 6; do lists complete $i || return 1; done; }
claim "a small issuer has one CRL of all besides" until_true 60 complete
claim "that names no distribution point" not grep -q 'URI' <(text complete)
claim "and that openssl takes for each" is "$(for i in 1 5; do verdict $i complete; done | xargs)" "revoked revoked"
claim "GnuTLS agrees" grep -q revoked <(cat "$d/5.pem" "$d/issuer.pem" | certtool --verify \
	--load-ca-certificate "$root" --load-crl <(cat "$d/complete.crl" "$d/root.crl") 2>&1)
claim "the terminals', of whom none is revoked, has one, too" \
	eval 'get $(issuer_number=$(leaf_of "$(term_id 1)" | openssl x509 -noout -ext crlDistributionPoints |
		sed -n "s/.*crl\/\([0-9]*\)\/.*/\1/p"); echo $issuer_number/complete) terminals && grep -q "No Revoked" <(text terminals)'

# ---- the CAs' own

claim "the root's CRL is for CAs only, critically" eval '
	grep -q "Issuing Distribution Point: critical" <(text root) && grep -q "Only CA Certificates" <(text root)'
claim "and has no deltas" not grep -q Freshest <(text root)
ca_serial=$(issuer_of "$(term_id 1)" | openssl x509 -noout -serial | sed 's/.*=//' | tr A-F a-f)
claim "a CA is revoked" a security-1 cert revoke "$ca_serial" --reason cessationOfOperation
on_arl() { get root root && text root | grep -qi "Serial Number: $ca_serial"; }
claim "and is on it within a minute" within 60 on_arl

# ---- fetched

url=$PUBLIC_URL/crl/$issuer/complete.crl
headers() { curl -fsS -D - -o "$work/body" "$@" "$url" | tr -d '\r'; }
header() { sed -n "s/^$1: //Ip" "$work/headers"; }
headers >"$work/headers"
etag=$(header ETag)
claim "what is cached is asked for again after half a minute" is "$(header Cache-Control)" \
	"public, max-age=30, stale-if-error=79200"
claim "Last-Modified is thisUpdate" \
	is "$(date -d "$(header Last-Modified)" +%s)" "$(date -d "$(openssl crl -in "$d/complete.crl" -noout -lastupdate | sed 's/.*=//')" +%s)"
claim "who has it is told so by ETag" \
	is "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$url")" 304
claim "and by time" \
	is "$(curl -s -o /dev/null -w '%{http_code}' -H "If-Modified-Since: $(header Last-Modified)" "$url")" 304
claim "a part of it is given" is "$(curl -s -r 10-29 -o "$work/part" -w '%{http_code}' "$url")" 206
claim "that part" cmp "$work/part" <(tail -c +11 "$d/complete.der" | head -c 20)
claim "it comes compressed to who wants that" \
	grep -qi '^content-encoding: gzip' <(headers -H 'Accept-Encoding: gzip')
claim "and is the same" cmp <(curl -fsS --compressed "$url") "$d/complete.der"

# ---- grown out of it

claim "two more lots are issued" eval 'tre=$(a tresor-pki device new --kind tre --prefix MORE- --count 2 --rows "$VAR/more.rows" >&2 &&
	j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/more.rows" --wait | jq -re .number) &&
	a tresor-pki device collect "$tre"'
last=$(now_number "$issuer/complete")
leaf_of MORE-1 >"$d/more.pem"
claim "one of them is revoked" a security-1 cert revoke "$(serial_of MORE-1)" --reason superseded
in_its_block() { get "$issuer/1" more && text more | grep -qi "Serial Number: $(serial_of MORE-1)"; }
claim "which its block says" until_true 60 in_its_block
sleep 2
claim "but the issuer is too large for a complete one now" is "$(now_number "$issuer/complete")" "$last"

# ---- numbers: killed, overtaken by itself, and out of an older database

authority() { pgrep -P "$RUN_PID" -f assay-authority | head -1; }
# as though nothing of what has happened were in it
due() { owner <<<"SET session_replication_role = replica;
	UPDATE assay.crl SET event_id = 0 WHERE issuer_id = $issuer AND shard = $1"; }
# numbers and contents of block 0, as they come
watch() {
	local sum n last=
	while [ ! -e "$work/enough" ]; do
		curl -fsS "$PUBLIC_URL/crl/$issuer/0.crl" -o "$work/w.der" 2>/dev/null &&
			n=$(openssl crl -inform DER -in "$work/w.der" -noout -text | awk '/X509v3 CRL Number/ { getline; print $1 }') &&
			sum=$(sha256sum <"$work/w.der" | cut -c1-64) && [ "$n $sum" != "$last" ] &&
			last="$n $sum" && echo "$last" >>"$work/seen"
	done
}
: >"$work/seen"
seen() { [ "$(wc -l <"$work/seen")" -ge 3 ]; }
watch &
watcher=$!
for i in 1 2 3 4 5 6; do
	a security-1 cert hold "$(serial_of MORE-2)" --legal-basis "section 1" >/dev/null 2>&1
	due 0
	sleep "0.$((RANDOM % 9))"
	kill -9 "$(authority)"
	sleep 1.5
done
# a busy machine takes longer
until_true 60 seen
touch "$work/enough"
wait $watcher
echo "# $(wc -l <"$work/seen") CRLs were seen of block 0, while the authority was killed six times"
claim "several CRLs were seen" seen
claim "each with a number of its own" is "$(cut -d' ' -f1 "$work/seen" | sort -u | wc -l)" "$(wc -l <"$work/seen")"
claim "that is greater than those before" sort -nc "$work/seen"

grown() { [ "$(now_number "$issuer/0")" -gt "$1" ]; }
claim "a number from far ahead was taken once" owner \
	<<<"UPDATE assay.crl_number SET taken = taken + 1000000 WHERE issuer_id = $issuer AND shard = 0"
before=$(now_number "$issuer/0")
due 0
claim "those that follow are greater" until_true 30 grown $((before + 1000000))
far=$(now_number "$issuer/0")
claim "the database forgets that" owner <<<"SET session_replication_role = replica;
	UPDATE assay.crl_number SET taken = $before WHERE issuer_id = $issuer AND shard = 0;
	UPDATE assay.crl SET number = $before WHERE issuer_id = $issuer AND shard = 0"
due 0
claim "and the next is greater than what is published" until_true 30 grown "$far"

# ---- in time

at() { owner <<<"INSERT INTO assay.test_clock (now) VALUES (now() + '$1')
	ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
before=$(now_number "$issuer/1")
other=$(now_number 2/0)
renewed() { [ "$(now_number "$issuer/1")" -gt "$1" ] && [ "$(now_number 2/0)" -gt "$2" ]; }
claim "an hour later" at '61 minutes'
claim "all are made anew, though nothing has happened" until_true 30 renewed "$before" "$other"
get "$issuer/1" hour
first=$(number base1)
base_is() { get "$issuer/1-delta" then && is "$(after then 'Delta CRL Indicator')" "$1"; }
claim "their deltas begin where they did" base_is "$first"
claim "eight days later, too" eval 'at "8 days" && until_true 30 renewed $(number hour) 0 && base_is "$first"'
get "$issuer/1" week
claim "and that is where they begin another eight days later" \
	eval 'at "16 days" && until_true 30 renewed $(number week) 0 && get $issuer/1 later &&
	at "16 days 2 hours" && until_true 30 renewed $(number later) 0 && base_is $(number week)'
claim "with nothing in them: nothing has happened since" grep -q 'No Revoked' <(text then)
claim "but all in the CRL" eval "get $issuer/1 now && lists now 5 && lists now 6"
claim "somebody's certificate is revoked" owner <<<"SET search_path = assay; SET ROLE assay_owner;
	SELECT certificate_end(c, 4) FROM certificate c JOIN principal p ON p.cert_serial = c.serial
	WHERE p.handle = 'officer-2'"
gone=$(openssl x509 -in "$VAR/credentials/officer-2.crt" -noout -serial | sed 's/.*=//')
listed() { get 2/0 access && text access | grep -q "Serial Number: $gone"; }
claim "its CRL says so" until_true 60 listed
claim "and does when it has been over for a month" eval 'at "430 days" && until_true 60 renewed 0 $(number access) &&
	listed && [ "$(openssl crl -in "$d/access.crl" -noout -lastupdate | sed "s/.*=//" | date -f - +%s)" -gt \
	"$(date -d "$(openssl x509 -in "$VAR/credentials/officer-2.crt" -noout -enddate | sed "s/.*=//")" +%s)" ]'
finish
