#!/usr/bin/env bash
# From a site on paper to an accredited one, by people with the command line:
# evidence goes up and comes down as it was, lies about it are told, and each
# step takes whom it takes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
a() { local who=$1; shift; assay --as "$who" "$@"; }
j() { local who=$1; shift; assay --as "$who" --json "$@"; }
shows() { local what=$1 out; shift; out=$("$@" 2>&1); grep -qF -- "$what" <<<"$out" || { echo "$out"; return 1; }; }
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }
sha() { sha256sum "$1" | cut -c1-64; }

start_instance
claim "auditors, suppliers and an operator are let in" story_people

# ---- sites
claim "a supplier registers its site" a tresor-pki site new dresden --organisation tresor \
	--name "Plant 1" --country DE --address "Werkstrasse 1" --scope tre_production --scope key_injection
refused ALREADY_EXISTS "a handle is given once" a tresor-pki site new dresden --organisation tresor \
	--name "Plant 2" --country DE --address "Werkstrasse 2" --scope tre_production
refused NOT_YOURS "not for another supplier" a karren-pki site new trap --organisation tresor \
	--name "Trap" --country DE --address "Nowhere" --scope tre_production
refused ROLE_NOT_ALLOWED "an auditor registers none" a auditor-1 site new pruef --organisation pruefhaus \
	--name "P" --country DE --address "A" --scope tre_production
claim "the supplier sees it" shows "tre_production registered" a tresor-pki site list
claim "its competitor doesn't" is 0 member '.sites | length' karren-pki site list
refused NOT_FOUND "not even when asked for by name" a karren-pki site show dresden
claim "nor does an operator" is 0 member '.sites | length' mobilfunk-hlr site list

# ---- an audit that is planned and begun
claim "an officer plans an audit" a officer-1 audit plan --site dresden --type wet --scope tre_production \
	--auditor auditor-1 --auditor auditor-2 --planned "$(date -u +%F)"
number=$(member '.audits[0].number' reader audit list)
claim "its auditor begins it" a auditor-1 audit start "$number"
refused ILLEGAL_TRANSITION "once" a auditor-1 audit start "$number"

# ---- evidence
printf '%%PDF-1.4\n%% report on dresden\n%%%%EOF\n' >"$work/report.pdf"
head -c 3000000 /dev/urandom >"$work/noise"
{ printf 'PK\003\004'; cat "$work/noise"; } >"$work/photos.zip"
echo '{"found": []}' >"$work/list.json"
printf 'no finding\n' >"$work/note.txt"
report=$(sha "$work/report.pdf")
claim "a PDF is told from its content" is application/pdf member .media_type auditor-1 evidence put "$work/report.pdf"
claim "so are archives of megabytes" is application/zip member .media_type auditor-1 evidence put "$work/photos.zip"
claim "and JSON" is application/json member .media_type auditor-1 evidence put "$work/list.json"
claim "and text" is text/plain member .media_type tresor-pki evidence put "$work/note.txt"
claim "a file's name is kept" is report.pdf member .filename auditor-1 evidence show "$report"
claim "the same content twice is one" a auditor-1 evidence put "$work/report.pdf"
claim "so four files are there" is 4 member '.evidence | length' officer-1 evidence list
claim "under their hashes" test "$(find "$VAR/evidence" -type f | wc -l)" -eq 4
claim "each for its owner alone" test -z "$(find "$VAR/evidence" -perm /077)"
claim "a supplier sees its own only" is note.txt member '[.evidence[].filename] | join(" ")' tresor-pki evidence list
refused EVIDENCE_TYPE_UNKNOWN "noise is no evidence" a auditor-1 evidence put "$work/noise"
refused EVIDENCE_TYPE_MISMATCH "nor a text that is said to be a PDF" a auditor-1 evidence put "$work/note.txt" --type application/pdf
refused EVIDENCE_TYPE_UNKNOWN "nor a web page" a auditor-1 evidence put "$work/note.txt" --type text/html
refused ROLE_NOT_ALLOWED "an operator submits none" a mobilfunk-hlr evidence put "$work/note.txt"
put() { # sha256 file: what the server says to it, unchecked by our client
	api_as auditor-1 -X PUT -H 'Content-Type: text/plain' --data-binary "@$2" "$URL/v1/evidence/$1" | jq -r '.type // "taken"'
}
claim "other octets than were named are refused" is https://assay.example/problems/EVIDENCE_HASH_MISMATCH \
	put "$report" "$work/note.txt"
claim "a name that is no hash too" is https://assay.example/problems/SHA256_MALFORMED put "${report%?}" "$work/note.txt"
: >"$work/empty"
claim "an empty file too" is https://assay.example/problems/EVIDENCE_EMPTY put "$(sha "$work/empty")" "$work/empty"
claim "and nothing of these is left" test "$(find "$VAR/evidence" -type f | wc -l)" -eq 4
claim "an archive comes down" a officer-1 evidence get "$(sha "$work/photos.zip")" --out "$work/back.zip"
claim "as it went up" cmp "$work/photos.zip" "$work/back.zip"
refused NOT_FOUND "not to its competitor" a karren-pki evidence get "$(sha "$work/note.txt")" --out "$work/stolen"
claim "who gets no file at all" test ! -e "$work/stolen"
headers() { api_as officer-1 -o /dev/null -D - "$URL/v1/evidence/$report/content"; }
claim "a browser saves it rather than show it" shows attachment headers
claim "and doesn't guess at its type" shows nosniff headers

# ---- the report, and what follows
now=$(date -u +%FT%TZ)
file_report() { a auditor-1 audit report "$number" --result compliant --report "$report" --ended "$now" --summary "no finding" "$@"; }
confirm() { a "$1" audit confirm "$number" --result compliant --report "$2" --ended "${3:-$now}"; }
refused EVIDENCE_NOT_ACCEPTED "a report that nobody accepted is none" file_report
refused ROLE_NOT_ALLOWED "auditors accept no evidence" a auditor-2 evidence accept "$report"
claim "an officer accepts it" a officer-1 evidence accept "$report"
claim "and rejects another, with a reason" is unreadable member .reason officer-1 evidence reject \
	"$(sha "$work/list.json")" --reason unreadable
refused EVIDENCE_NOT_ACCEPTED "what was rejected supports no report" file_report --evidence "$(sha "$work/list.json")"
claim "the report is filed" file_report
refused FOUR_EYES "its author doesn't confirm it" confirm auditor-1 "$report"
refused REPORT_CHANGED "the other auditor confirms what was read" confirm auditor-2 "$(sha "$work/note.txt")"
refused REPORT_CHANGED "as it was, too" confirm auditor-2 "$report" 2026-01-01T00:00:00Z
claim "and that is this one" confirm auditor-2 "$report"
refused ILLEGAL_TRANSITION "then it stands" file_report
refused ROLE_NOT_ALLOWED "auditors don't decide" a auditor-1 audit decide "$number" --result compliant
refused RESULT_MISMATCH "deciders don't turn it round" a decider-1 audit decide "$number" --result non_compliant
claim "a decider proposes" shows "assay approve $number" a decider-1 audit decide "$number" --result compliant
refused FOUR_EYES "and doesn't approve it" a decider-1 approve "$number"
claim "so far nothing is granted" is registered member '.scopes[] | select(.scope == "tre_production").state' reader site show dresden
claim "a second decider approves" a decider-2 approve "$number"
claim "the scope is full" is full member '.scopes[] | select(.scope == "tre_production").state' reader site show dresden
claim "for twelve months" is "$(date -u -d "$now + 12 months" +%F)" member '.scopes[] | select(.scope == "tre_production").expires[:10]' reader site show dresden
claim "the other scope isn't" is registered member '.scopes[] | select(.scope == "key_injection").state' reader site show dresden
claim "the audit tells who took which step" is "officer-1 auditor-1 auditor-2 decider-2 decider-2" \
	member '[.history[].by] | join(" ")' reader audit show "$number"
claim "people read it too" shows "no finding" a reader audit show "$number"

claim "another audit is planned" a officer-1 audit plan --site dresden --type dry --scope key_injection \
	--auditor auditor-1 --auditor auditor-2 --planned 2027-01-01
number=$(member '[.audits[] | select(.state == "planned").number][0]' reader audit list)
claim "and cancelled" is cancelled member .state officer-1 audit cancel "$number"
claim "lists are newest first" is "cancelled closed" member '[.audits[].state] | join(" ")' reader audit list
claim "or only one state's" is closed member '[.audits[].state] | join(" ")' reader audit list --state closed
claim "or what is older than one" is closed member '[.audits[].state] | join(" ")' reader audit list --before "$number"
claim "so are those of evidence" is list.json member '[.evidence[].filename] | join(" ")' reader evidence list --state rejected
claim "older than a file" is "photos.zip report.pdf" member '[.evidence[].filename] | join(" ")' reader evidence list \
	--before "$(sha "$work/list.json")"
claim "of sites" is dresden member '[.sites[].handle] | join(" ")' reader site list --state full
claim "of organisations" is "body" member '[.organisations[].handle] | join(" ")' reader org list --before pruefhaus
claim "of principals" is 0 member '.principals | length' reader principal list --state locked
no_such() { api_as reader "$URL/v1/audits?order=asc" | jq -r .type; }
claim "nothing else may be asked of them" is https://assay.example/problems/QUERY_UNKNOWN no_such
exits_help() { exits 0 assay "$@" --help; }
for c in "site new" "site show" "audit plan" "audit cancel" "evidence put" "evidence reject"; do
	# shellcheck disable=SC2086
	claim "there is help for $c" exits_help $c
done
claim "a wrong command line says so" exits 2 assay audit plan --as officer-1

finish
