#!/usr/bin/env bash
# Findings and evidence by people with the command line, on the real system:
# what auditors find is answered and closed, a report of 200 MB goes through
# nobody's memory, and one that proves false takes along what stands on it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
shows() { local what=$1 out; shift; out=$("$@" 2>&1); grep -qF -- "$what" <<<"$out" || { echo "$out"; return 1; }; }
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }
say() { local as=$1; shift; assay --as "$as" "$@"; }
sha() { sha256sum "$1" | cut -c1-64; }
accepted() { # who file: uploaded, and accepted by an officer
	a "$1" evidence put "$2" && a officer-1 evidence accept "$(sha "$2")"
}

start_instance
claim "everybody is let in, and two sites are accredited" eval 'story_people &&
	story_site tresor-dresden tresor tre_production wet &&
	story_site karren-ulm karren terminal_assembly dry'
claim "so are three models" story_models

# ---- an audit finds something
audit=$(j officer-1 audit plan --site karren-ulm --type wet --scope terminal_assembly --auditor auditor-1 \
	--auditor auditor-2 --planned "$(date -u +%F)" | jq -r .number)
claim "a wet audit begins" a auditor-1 audit start "$audit"
find_it() { j "$1" finding new --audit "$audit" --scope terminal_assembly --severity "$2" --text "$3"; }
refused ROLE_NOT_ALLOWED "an officer finds nothing" a officer-1 finding new --audit "$audit" \
	--scope terminal_assembly --severity major --text x
refused ROLE_NOT_ALLOWED "nor does the supplier" a karren-pki finding new --audit "$audit" \
	--scope terminal_assembly --severity major --text x
refused SCOPE_UNKNOWN "an auditor finds nothing where none was" a auditor-1 finding new --audit "$audit" \
	--scope delegated_ca --severity major --text x
refused FIELD_RULE "nor by a word of their own" a auditor-1 finding new --audit "$audit" \
	--scope terminal_assembly --severity grave --text x
critical=$(find_it auditor-1 critical "no door" | jq -r .number)
major=$(find_it auditor-2 major "one lock" | jq -r .number)
minor=$(find_it auditor-2 minor "no sign" | jq -r .number)
claim "three findings have numbers" test "$critical$major$minor" = \
	"FND-$(date -u +%Y)-000001FND-$(date -u +%Y)-000002FND-$(date -u +%Y)-000003"
claim "one is put better" is "two doors" member .text auditor-2 finding amend "$minor" --scope terminal_assembly \
	--severity minor --text "two doors"
printf '%%PDF-1.4\n%% wet audit of ulm\n%%%%EOF\n' >"$work/wet.pdf"
claim "the report's file is accepted" accepted auditor-1 "$work/wet.pdf"
ended=$(date -u +%FT%TZ)
file_report() { a auditor-1 audit report "$audit" --result "$1" --report "$(sha "$work/wet.pdf")" \
	--ended "$ended" --summary "see findings"; }
refused CRITICAL_FINDING "with a critical finding nothing is compliant" file_report compliant
claim "so it is reported as it is" file_report non_compliant
claim "and confirmed" a auditor-2 audit confirm "$audit" --result non_compliant --report "$(sha "$work/wet.pdf")" --ended "$ended"
refused ILLEGAL_TRANSITION "then nothing is found any more" a auditor-1 finding new --audit "$audit" \
	--scope terminal_assembly --severity minor --text late
refused ILLEGAL_TRANSITION "nor put better" a auditor-2 finding amend "$minor" --scope terminal_assembly \
	--severity minor --text "no doors"
claim "critical is due in seven days" is "$(date -u -d '+7 days' +%F)" member '.due[:10]' reader finding show "$critical"
claim "major in ninety" is "$(date -u -d '+90 days' +%F)" member '.due[:10]' reader finding show "$major"
claim "minor with the next audit" is null member .due reader finding show "$minor"
claim "two deciders decide" eval "a decider-1 audit decide $audit --result non_compliant && a decider-2 approve $audit"
claim "the audit stays open with its findings" is decided member .state reader audit show "$audit"
claim "and shows them" is "critical major minor" member '[.findings[].severity] | join(" ")' reader audit show "$audit"
claim "people read them too" shows "two doors" say reader finding show "$minor"
claim "lists are newest first" is "$minor $major" member '[.findings[:2][].number] | join(" ")' reader finding list
claim "of one state" is 0 member '.findings | length' reader finding list --state closed
claim "or what is older" is "$critical" member '[.findings[].number] | join(" ")' reader finding list --before "$major"
claim "the supplier sees its own" is 3 member '.findings | length' karren-pki finding list
claim "its competitor none" is 0 member '.findings | length' tresor-pki finding list
refused NOT_FOUND "not even by number" a tresor-pki finding show "$major"
claim "nor does an operator" is 0 member '.findings | length' mobilfunk-hlr finding list

# ---- and it is answered
printf 'ordered' >"$work/order.txt"
printf 'PK\003\004 photos of doors' >"$work/doors.zip"
refused NOT_YOURS "another supplier doesn't answer" a tresor-pki finding respond "$major" --text hello
refused EVIDENCE_ABSENT "files are uploaded first" a karren-pki finding respond "$major" --text "ordered" \
	--evidence "$(sha "$work/order.txt")"
claim "the supplier answers" eval "a karren-pki evidence put $work/order.txt &&
	a karren-pki finding respond $major --text 'a second lock is ordered' --evidence $(sha "$work/order.txt")"
claim "it reads responded" is "responded order.txt" eval "echo \$(member .state reader finding show $major) \
	\$(member .filename reader evidence show \$(member '.responses[0].evidence[0]' reader finding show $major))"
refused PLAN_DAY "a plan keeps the deadline" a karren-pki finding plan "$major" --text "fit it" --day 2099-01-01
claim "the supplier plans" a karren-pki finding plan "$major" --text "fit it" --day "$(date -u -d '+10 days' +%F)"
refused ROLE_NOT_ALLOWED "which the supplier doesn't accept" a karren-pki finding accept-plan "$major"
claim "an auditor rejects it" a auditor-1 finding reject-plan "$major" --reason "ten days with one lock"
claim "the supplier plans again" a karren-pki finding plan "$major" --text "fit it now" --day "$(date -u +%F)"
claim "an officer accepts" a officer-1 finding accept-plan "$major"
claim "both plans are kept" is "rejected accepted" member '[.plans[].verdict] | join(" ")' reader finding show "$major"
claim "photos come" a karren-pki evidence put "$work/doors.zip"
refused EVIDENCE_NOT_ACCEPTED "they close nothing before they are accepted" a auditor-1 finding close "$major" \
	--evidence "$(sha "$work/doors.zip")"
refused ROLE_NOT_ALLOWED "nor does the supplier" a karren-pki finding close "$major" --evidence "$(sha "$work/doors.zip")"
claim "they are" a officer-1 evidence accept "$(sha "$work/doors.zip")"
claim "an auditor closes it" is "closed auditor-2" member '"\(.state) \(.closed_by)"' auditor-2 finding close "$major" \
	--evidence "$(sha "$work/doors.zip")"
claim "everybody's part is told" is "auditor-2 karren-pki officer-1 auditor-2" \
	member '[.history[].by] | join(" ")' reader finding show "$major"
claim "the photos say what rests on them" is "finding $major closed" \
	member '.rests[] | "\(.entity) \(.subject) \(.state)"' reader evidence show "$(sha "$work/doors.zip")"
claim "a repeat is planned, to which the minor one is carried" is "$minor" member '.carried[].number' reader audit show \
	"$(j officer-1 audit plan --site karren-ulm --type repeat --scope terminal_assembly --auditor auditor-1 \
		--auditor auditor-2 --planned "$(date -u +%F)" | jq -r .number)"

# ---- evidence that ends
printf 'a permit' >"$work/permit.txt"
until=$(date -u -d '+3 seconds' +%FT%TZ)
claim "a permit has an end" is "$until" member .valid_until auditor-1 evidence put "$work/permit.txt" --valid-until "$until"
refused VALID_UNTIL "no accepter puts it off" a officer-1 evidence accept "$(sha "$work/permit.txt")" --valid-until 2099-01-01T00:00:00Z
claim "an officer accepts it" a officer-1 evidence accept "$(sha "$work/permit.txt")"
expired() { is expired member .state reader evidence show "$(sha "$work/permit.txt")"; }
claim "it expires without anybody's doing" until_true 20 expired
printf 'another permit' >"$work/permit-2.txt"
claim "another takes its place" eval "accepted auditor-1 $work/permit-2.txt &&
	a officer-1 evidence supersede $(sha "$work/permit.txt") --by $(sha "$work/permit-2.txt")"
claim "which the first one names" is "$(sha "$work/permit-2.txt")" member .superseded_by reader evidence show "$(sha "$work/permit.txt")"
refused VALID_UNTIL "what is over is not submitted" a auditor-1 evidence put "$work/order.txt" --valid-until 2020-01-01T00:00:00Z
typed() { api_as auditor-1 -X PUT -H 'Content-Type: text/plain' --data-binary "@$work/order.txt" \
	"$URL/v1/evidence/$(sha "$work/order.txt")?valid_until=$1" | jq -r .type; }
claim "an end is a time" is https://assay.example/problems/QUERY_VALUE eval 'typed tomorrow'

# ---- 200 MB
# The most that a process ever held in memory, in KiB, with its name: of every
# process that serves requests.
children() { local p; for p in $(ps -o pid= --ppid "$1"); do echo "$p"; children "$p"; done; }
held() {
	local p
	for p in $(children "$RUN_PID"); do
		grep -qE 'kore|nginx' "/proc/$p/comm" 2>/dev/null &&
			awk -v p="$p" '/^Name/ { n = $2 } /^VmHWM/ { print $2, n, p }' "/proc/$p/status"
	done | sort -rn
}
small() { # KiB: nobody who serves held more
	held | awk -v most="$1" '{ print } $1 > most { bad = 1 } END { exit bad || NR < 4 }'
}
{ printf 'PK\003\004'; head -c 200000000 /dev/zero; } >"$work/long.zip"
long=$(sha "$work/long.zip")
claim "before, everybody who serves is small" small 65536
# Neither does our own client hold it: it may not have the memory.  A sanitizer's
# shadow takes terabytes of addresses, though.
most=180000
[ -n "$preload" ] && most=unlimited
thrifty() { (ulimit -v "$most"; exec "$bin/assay" --var "$VAR" --quiet "$@"); }
claim "a report of 200 MB goes up" thrifty --as auditor-1 evidence put "$work/long.zip"
claim "and stands under its hash" cmp "$work/long.zip" "$VAR/evidence/${long:0:2}/$long"
claim "nobody had it in memory" small 65536
claim "it comes down" thrifty --as officer-1 evidence get "$long" --out "$work/long.back"
claim "as it was" cmp "$work/long.zip" "$work/long.back"
claim "nobody had it in memory for that either" small 65536
claim "one who hangs up half way does no harm" eval '! api_as officer-1 -m 0.2 --limit-rate 1M -o /dev/null \
	"$URL/v1/evidence/$long/content"'
claim "the next one gets it all" is "$long" eval 'api_as officer-1 "$URL/v1/evidence/$long/content" | sha256sum | cut -c-64'
length() { api_as officer-1 -I "$URL/v1/evidence/$long/content" | tr -d '\r' | awk 'tolower($1) == "content-length:" { print $2 }'; }
claim "its length can be asked for" is 200000004 length
left() { find "$VAR/nginx/body" "$VAR/api/tmp" -type f; find "$VAR/evidence" -name 'new.*'; }
claim "nothing is left of the uploads" is "" left
rm -f "$work/long.back"

# ---- evidence that proves false
report=$(sha "$VAR/evidence-tresor-dresden.pdf")
claim "a report shows all that rests on it" is "audit site_scope coc coc" member '[.rests[].entity] | join(" ")' \
	reader evidence show "$report"
refused ROLE_NOT_ALLOWED "an auditor repudiates nothing" a auditor-1 evidence repudiate "$report" --reason "forged"
refused NOT_FOUND "what was never submitted is not repudiated" a security-1 evidence repudiate \
	"$(printf %064d 0)" --reason "forged"
said=$(assay --as security-1 evidence repudiate "$report" --reason "its auditors were never there" 2>&1)
claim "one person repudiates it, and is told what fell" test "$(awk '{ print $1, $(NF - 1), $NF }' <<<"$said" | sed 1,2d | sort)" = \
	"$(printf '%s certified suspended\n' coc model | cat - <(printf 'coc provisional suspended\nmodel provisional suspended\nsite_scope full suspended\n') | sort)"
claim "the TrE's model is named" grep -q "tresor-m2" <<<"$said"
claim "and the terminal's, which contains it" grep -q "karren-t1" <<<"$said"
claim "the hardware platform stands" is certified member .accreditation reader model show tresor-soc
claim "the site says why" shows "never there" say reader site show tresor-dresden
refused ILLEGAL_TRANSITION "once is enough" a security-1 evidence repudiate "$report" --reason "again"
claim "what nothing rested on takes nothing along" shows "Nothing rested on it" say officer-1 evidence repudiate \
	"$(sha "$work/permit-2.txt")" --reason "unsigned"

# ---- a site that lost its footing gets another, and issues again
printf '%%PDF-1.4\n%% dresden, this time on the spot\n%%%%EOF\n' >"$work/anew.pdf"
lost=$(member .coc reader model show tresor-m2)
refused EVIDENCE_REPUDIATED "it is not reinstated on the old one" eval "a officer-1 site reinstate tresor-dresden \
	--reason 'never mind' && a decider-1 approve tresor-dresden"
claim "that is rejected" a decider-1 reject tresor-dresden --reason "its report was false"
again() {
	local n ended=
	n=$(j officer-1 audit plan --site tresor-dresden --type wet --scope tre_production --auditor auditor-1 \
		--auditor auditor-2 --planned "$(date -u +%F)" | jq -re .number) &&
		a auditor-1 audit start "$n" && accepted auditor-1 "$work/anew.pdf" && sleep 1 &&
		a auditor-1 audit report "$n" --result compliant --report "$(sha "$work/anew.pdf")" \
			--ended "${ended:=$(date -u +%FT%TZ)}" --summary "no finding" &&
		a auditor-2 audit confirm "$n" --result compliant --report "$(sha "$work/anew.pdf")" --ended "$ended" && a decider-1 audit decide "$n" --result compliant && a decider-2 approve "$n"
}
claim "it is audited anew" again
claim "and full" is full member '.scopes[0].state' reader site show tresor-dresden
claim "two deciders reinstate its CoC" eval "a decider-1 coc reinstate $lost --reason 'audited anew' &&
	a decider-2 approve $lost"
assay device new --kind tre --prefix TRE- --count 2 --rows "$work/tre.rows" >/dev/null
claim "the authority finds both deciders' signatures on the audit, and issues" is "issued 2" \
	member '"\(.state) \(.issued)"' tresor-pki lot submit --model tresor-m2 --site tresor-dresden \
	--rows "$work/tre.rows" --wait

for c in "finding new" "finding amend" "finding respond" "finding plan" "finding accept-plan" "finding reject-plan" \
	"finding close" "finding list" "finding show" "evidence repudiate" "evidence supersede"; do
	# shellcheck disable=SC2086
	claim "there is help for $c, with an example" shows "  assay $c" assay $c --help
done
finish
