#!/usr/bin/env bash
# The status feed as an operator keeps it: made when something has changed,
# chained, verified by `assay feed` and by openssl and jq alone; every gap and
# every change of the past is found.  And `assay history`, beside it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. tests/lib/receipt.sh
. tests/lib/feed.sh
d=$work/feeds root=
mkdir "$d"
get() { curl -fsS "$PUBLIC_URL/feed/$1.jws" -o "$2"; }
says() { get latest "$work/latest" && feed_payload "$work/latest" | jq -e "$1" >/dev/null; }
# offline FEED...: no instance, no server: the root and nothing else
offline() { "$bin/assay" --var "$work/none" feed verify "$@" --root "$root"; }
sync_to() { "$bin/assay" --var "$work/none" feed sync "$1" --root "$root" --public-url "$PUBLIC_URL" "${@:2}"; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
owner() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay \
	-qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1"; }

start_instance
root=$VAR/credentials/root.crt
claim "the first number is there at once" until_true 10 get 1 "$work/1.jws"
claim "it holds, for who has nothing but the root" offline "$work/1.jws"
claim "and by openssl and jq alone" is "$(feed_verify "$work/1.jws" "$root")" 1
kept() { sed -n 's/^feed //p' "$VAR/$1/seen"; }
claim "its number and hash are kept outside the database by whoever shows it" \
	is "$(kept status)" "1 $(sha256sum "$work/1.jws" | cut -c-64)"
claim "suppliers, sites and models get accredited" story_accredited

# ---- how it is served
header() { curl -fsS -D- -o /dev/null "${@:2}" "$PUBLIC_URL/feed/$1.jws" | tr -d '\r'; }
claim "as application/jose" grep -qx 'Content-Type: application/jose' <(header 1)
claim "a number is immutable" grep -q 'Cache-Control:.*immutable' <(header 1)
claim "the latest is not" not grep -q immutable <(header latest)
claim "compressed for who can" grep -qx 'Content-Encoding: gzip' <(header latest -H 'Accept-Encoding: gzip')
claim "what is not there is not there" is "$(curl -s -o /dev/null -w '%{http_code}' "$PUBLIC_URL/feed/999.jws")" 404
claim "nor is anything beside it" is "$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "$PUBLIC_URL/feed/../../authority/feed.key")" 400

# ---- what it says, and when
claim "an accredited model is in it within a minute" within 60 says \
	'.entries[] | select(.model == "karren-t1") | .current.state == "provisional"'
claim "with its reports" says '[.entries[] | select(.model == "tresor-m2") | .statusReports[] | [.of, .status]] == [["coc", "certified"]]'
claim "level, end and rule set" says '.entries[] | select(.model == "tresor-m2") | .statusReports[0] |
	.level == 2 and .ruleSet == "tre-robustness 1" and (.expires | test("^20.*Z$")) and (.certificateNumber | test("^TRE-"))'
claim "what a terminal may contain" says '.entries[] | select(.model == "karren-t1") | .current | .contains == ["tresor-m2"] and .tacs == ["35123456"]'
claim "sites, scope by scope" says '[.sites[] | "\(.site) \(.scope) \(.current.state)"] | sort ==
	["karren-ulm terminal_assembly provisional", "tresor-dresden tre_production full"]'
claim "suppliers, and nobody else" says '[.suppliers[].organisation] == ["tresor", "karren"]'
claim "root and access CA" says '[.authorities[].role] == ["root", "access"]'
claim "by the hash of their certificates" says ".authorities[0].certificateSha256 == \"$(openssl x509 -in "$root" -outform DER | sha256sum | cut -c-64)\""
for hidden in quota legal Werkstrasse mobilfunk pruefhaus auditor decider evidence; do
	claim "nothing of: $hidden" not grep -qi "$hidden" <(feed_payload "$work/latest" | jq 'del(.legalHeader)')
done
before=$SECONDS
measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 \
	--legal-basis "a secret ground" --emergency | jq -r .number)
claim "a measure is in it within a minute" within 60 says ".measures[0].measure == \"$measure\" and .measures[0].current.state == \"in_force\""
echo "# $((SECONDS - before)) s after it was imposed"
claim "and in its model's reports" says '[.entries[] | select(.model == "tresor-m2") | .statusReports[].status] == ["certified", "in_force"]'
claim "without its ground" not grep -q secret <(feed_payload "$work/latest")
claim "it is lifted by two" lift_measure "$measure"
claim "which is told too" until_true 60 says '[.measures[0].statusReports[].status] == ["in_force", "lifted"]'

# ---- get, show, sync
claim "assay feed get fetches the latest" assay feed get --out "$work/got.jws"
claim "which is what is published" cmp "$work/got.jws" "$work/latest"
claim "or an old number, for ever" assay feed get --number 1 --out "$work/old.jws"
claim "as it was" cmp "$work/old.jws" "$work/1.jws"
refused NOT_FOUND "a number that is not there" assay feed get --number 999 --out "$work/none.jws"
claim "assay feed show lists models" grep -q 'tresor-m2.*certified' <(assay feed show)
mkdir "$work/none"
claim "or the newest of a folder" eval 'assay feed sync "$work/shown" >/dev/null && assay feed show "$work/shown" | grep -q "tresor-m2.*certified"'
claim "of which there may be none" exits 4 assay feed show "$work/none"
claim "and one with its reports" grep -q "$measure" <(assay feed show --model tresor-m2)
refused NOT_FOUND "a model that is not in it" assay feed show --model nonsense
claim "a copy is kept" sync_to "$d"
last=$(feed_payload "$work/latest" | jq .no)
claim "of every number" is "$(ls "$d" | wc -l)" "$last"
claim "again, there is nothing to fetch" grep -q '^0 fetched' <(sync_to "$d")
claim "the chain of all numbers holds, offline" offline "$d"
claim "file by file in any order too" offline "$d/3.jws" "$d/1.jws" "$d/2.jws"
claim "an old copy is enough to compare with" offline "$d/$last.jws" --previous "$d/1.jws"
all_hold() {
	local n
	for ((n = 1; n <= last; n++)); do
		[ "$(feed_verify "$d/$n.jws" "$root")" = "$n" ] || return 1
		[ "$n" -eq 1 ] || feed_follows "$d/$((n - 1)).jws" "$d/$n.jws" || return 1
	done
}
claim "openssl and jq find the same" all_hold
claim "a copy may begin later" sync_to "$work/late" --from "$last"
claim "with one number" is "$(ls "$work/late")" "$last.jws"

# ---- what is wrong is found: by both
cp -r "$d" "$work/bad"
b=$work/bad
rm "$b/2.jws"
refused FEED_GAP "a number that is missing" offline "$b"
cp "$d/1.jws" "$b/2.jws"
refused FEED_CHAIN "a number that says that it is another" offline "$b"
tampered() { # FILE FILTER: with the signature that it had
	printf '%s.%s.%s' "$(cut -d. -f1 <"$1")" "$(feed_payload "$1" | jq -cS "$2" | tr -d '\n' | feed_url)" "$(cut -d. -f3 <"$1")"
}
tampered "$d/2.jws" '.name = "x"' >"$b/2.jws"
refused FEED_SIGNATURE "what was altered" offline "$b/2.jws"
claim "as openssl finds" not feed_verify "$b/2.jws" "$root"
tampered "$d/2.jws" . >"$b/2.jws"
claim "the same put together again is the same" cmp "$b/2.jws" "$d/2.jws"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/own.key"
feed_resign "$d/2.jws" "$work/own.key" . >"$b/2.jws"
refused FEED_SIGNATURE "what another key signed" offline "$b/2.jws"
openssl req -x509 -new -key "$work/own.key" -subj "/CN=Another root" -days 9 -out "$work/own.crt" \
	-addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
refused FEED_SIGNER "another root" "$bin/assay" --var "$work/none" feed verify "$d/2.jws" --root "$work/own.crt"
refused ROOT_LINK "what is no root" "$bin/assay" --var "$work/none" feed verify "$d/2.jws" --root "$VAR/nginx/tls.crt"
refused FEED_STALE "a number whose time is over" offline "$d/$last.jws" --at "$(date -u -d '7 days 1 minute' +%FT%TZ)"
refused FEED_NOT_YET "one from the future" offline "$d/$last.jws" --at "$(date -u -d '-1 day' +%FT%TZ)"
exits 1 offline "$d/$last.jws" --at "$(date -u -d '-1 day' +%FT%TZ)" && ok "the exit code is 1" || not_ok "the exit code is 1"
# forged SENTENCE CODE FILTER [verify's other arguments]: by who holds the feed's key
forged() {
	feed_resign "$d/$last.jws" "$VAR/authority/feed.key" "$3" >"$b/forged.jws"
	refused "$2" "$1" offline "$b/forged.jws" "${@:4}"
}
before_last=$d/$((last - 1)).jws
feed_resign "$d/$last.jws" "$VAR/authority/feed.key" . >"$b/forged.jws"
claim "the same content, signed anew, holds" offline "$b/forged.jws" "$before_last"
claim "for openssl too" is "$(feed_verify "$b/forged.jws" "$root")" "$last"
forged "a report that is gone" FEED_PAST_CHANGED '.entries[1].statusReports |= .[1:]' "$before_last"
claim "as jq finds" not feed_follows "$before_last" "$b/forged.jws"
forged "a report with another date" FEED_PAST_CHANGED '.entries[0].statusReports[0].effectiveDate = "2020-01-01T00:00:00Z"' "$before_last"
forged "a measure that never was" FEED_PAST_CHANGED 'del(.measures[0])' "$before_last"
forged "a supplier that is gone" FEED_PAST_CHANGED 'del(.suppliers[0])' --previous "$before_last"
forged "a CA with another certificate" FEED_PAST_CHANGED '.authorities[0].certificateSha256 = "00"' "$before_last"
forged "another one before it" FEED_CHAIN '.previous = "'"$(printf 0%.0s {1..64})"'"' "$before_last"
forged "a number of its own" FEED_GAP '.no += 5' "$before_last"
forged "a second feed of the same number" FEED_CHAIN '.name = "x"' --previous "$d/$last.jws"
cp "$d/$last.jws" "$b/"; cp "$b/forged.jws" "$work/late/$last.jws"
refused FEED_CHAIN "a copy that is not what is published" sync_to "$work/late"
rm "$b"/*; cp "$d/1.jws" "$b/1.jws"
printf x >>"$b/1.jws"
refused FEED_MALFORMED "octets behind it" offline "$b/1.jws"
refused NOT_FOUND "an empty folder" offline "$(mktemp -d -p "$work")"

# ---- it goes on: after a crash, with another key, by the day
untouched() { sync_to "$d" && offline "$d"; }
maker() { # a supplier more
	a officer-1 org new "maker-$1" --name "Maker $1" --country DE --kind supplier --makes tre &&
		a officer-1 org activate "maker-$1" && a decider-1 approve "maker-$1"
}
rest() { owner "CREATE OR REPLACE FUNCTION feed_rest() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$1' \$\$"; }
rest 0
# killed in the middle of it: stored, and not committed
owner "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_sleep(200); RETURN NEW; END \$\$"
owner "CREATE TRIGGER slow AFTER INSERT ON feed FOR EACH ROW EXECUTE FUNCTION slow()"
made=$(owner "SELECT max(number) FROM feed")
maker 1
sleeps() { [ "$(owner "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; }
claim "a number is in the making" until_true 20 sleeps
kill -9 "$(authority)"
owner "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
left=$(owner "SELECT max(number) FROM feed") # the next one sleeps, too
owner "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
owner "DROP TRIGGER slow ON feed"
claim "what was not committed was never there" is "$left" "$made"
claim "it is made after all" until_true 60 says '.suppliers[] | select(.organisation == "maker-1")'
claim "under that very number" is "$(feed_payload "$work/latest" | jq .no)" "$((made + 1))"
for i in 2 3 4 5 6; do
	maker "$i"
	sleep "0.$((RANDOM % 9))"
	kill -9 "$(authority)"
	until_true 30 eval '[ -n "$(authority)" ]'
done
claim "after six crashes everything is told" until_true 60 says '[.suppliers[].organisation] | length == 8'
claim "without a gap" untouched
rest "10 seconds"
stop_instance
rm "$VAR/authority/feed.key"
start_instance
a officer-1 org suspend maker-1 --reason tested >/dev/null
claim "an instance without a key for it makes one" until_true 60 says '.suppliers[] | select(.organisation == "maker-1") | .current.state == "suspended"'
claim "nobody else can read it" is "$(stat -c %a "$VAR/authority/feed.key")" 600
claim "and the chain goes on" untouched
owner "INSERT INTO test_clock (now) VALUES (now() + interval '16 days')"
claim "the day after there is a new one, whether or not anything happened" until_true 30 says \
	".issued > \"$(date -u -d '15 days' +%FT%TZ)\""
get latest "$work/later"
get "$((last + 1))" "$work/sooner"
signer_of() { cut -d. -f1 <"$1" | receipt_octets | jq -r '.x5c[0]' | sha256sum; }
claim "at half its life the signer's certificate was renewed" not is "$(signer_of "$work/later")" "$(signer_of "$work/sooner")"
claim "what it signs holds" offline "$work/later" --at "$(date -u -d '17 days' +%FT%TZ)"
owner "DELETE FROM test_clock"
claim "and when the clock was wrong, a new one follows at once" until_true 30 says ".issued < \"$(date -u -d '1 day' +%FT%TZ)\""
claim "in the same chain" untouched

# ---- history
claim "what held of a model can be asked" grep -q 'accreditation:' <(assay history tresor-m2 --as reader)
asked() { j "${@:2}" | jq -r "$1"; }
claim "now it is certified" is "$(asked .held.accreditation.state reader history tresor-m2)" certified
claim "yesterday it was not there" is "$(asked .held reader history tresor-m2 --as-of "$(date -u -d yesterday +%F)")" null
claim "nor would anybody have known of it" is "$(asked '.entries | length' reader history tresor-m2 --known-at "$(date -u -d yesterday +%F)")" 0
coc=$(asked .held.accreditation.coc reader history tresor-m2)
claim "a CoC by its number, as text" grep -q "$coc  proposed -> certified" <(assay history "$coc" --as reader)
claim "and who decided" grep -q 'by decider-2' <(assay history "$coc" --as reader)
claim "an operator sees the CoC" grep -q "$coc" <(assay history "$coc" --as mobilfunk-hlr)
claim "and not who decided" not grep -q 'by decider-2' <(assay history "$coc" --as mobilfunk-hlr)
claim "a site's scope" is "$(asked .held.state tresor-pki history tresor-dresden/tre_production)" full
claim "a measure's life" grep -q 'in_force -> lifted' <(assay history "$measure" --as reader)
during=$(asked '.entries[0].effective' reader history "$measure")
claim "what was held then" is "$(asked '.held.measures[0].number' reader history tresor-m2 --as-of "$during")" "$measure"
claim "is held no more" is "$(asked '.held.measures | length' reader history tresor-m2)" 0
claim "lots are made" story_lots 2
claim "a device" is "$(asked .held.certificates[0].state reader history tre:TRE-1)" issued
claim "is bound to its terminal" is "$(asked .held.bound_to reader history TRE-1)" terminal:TERM-1
claim "its certificate by its serial number" is "$(asked .held.device reader history "$(serial_of TRE-1)")" tre:TRE-1
refused HISTORY_ABSENT "an operator that never decided on it does not see it" assay history TRE-1 --as mobilfunk-hlr
claim "it decides" eval 'a mobilfunk-hlr decide --tre TRE-1 --terminal TERM-1 || true'
claim "then it does" is "$(asked .held.state mobilfunk-hlr history TRE-1)" in_service
refused HISTORY_ABSENT "another supplier does not" assay history TRE-1 --as karren-pki
refused TIME_MALFORMED "a time that is none" assay history TRE-1 --as-of yesterday --as reader
refused TIME_IN_FUTURE "nor what we shall know" assay history TRE-1 --known-at 2099-01-01 --as reader
refused QUERY_UNKNOWN "nor another question" eval 'api_as reader "$URL/v1/history/TRE-1?when=now" | jq -r "\"[\(.type | split(\"/\") | last)]\"" | tee /dev/stderr | not grep .'
finish
