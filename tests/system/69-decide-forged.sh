#!/usr/bin/env bash
# assay decide before a server that lies: what its signed receipt does not prove of a
# device is no permit, of one device, of --pairs, and in the table of --batch.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 4
d=$work/d
mkdir "$d"
claim "a device is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
printf 'tre,terminal\nTRE-1,TERM-1\nTRE-2,TERM-2\nTRE-3,TERM-3\n' >"$d/in.csv"
table() { assay --as mobilfunk-hlr --json decide --batch "$d/in.csv" --out "$d/out.csv" --keep "$d/kept" "$@" 2>"$d/err"; }
verdicts() { tail -n +2 "$d/out.csv" | cut -d, -f3 | xargs; }
claim "a server that does not lie" exits 1 table
claim "permits two of three" is "$(verdicts)" "permit refuse permit"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$d/k" -subj /CN=x -out "$d/other.crt" 2>/dev/null
claim "under another root it proves nothing" not table --root "$d/other.crt"
claim "and nothing is written" is "$(verdicts)" ""

# lies FROM TO: nginx puts TO in FROM's place, in all that batches answer
lies() {
	stop_instance
	mkdir -p "$VAR/conf"
	sed "s|^\tserver_tokens off;|&\n\tsub_filter '$1' '$2'; sub_filter_once off; sub_filter_types application/x-ndjson application/json;|" \
		"$top/conf/nginx.conf.in" >"$VAR/conf/nginx.conf.in"
	start_instance
}
# lie "sentence" CODE FROM TO
lie() {
	lies "$3" "$4"
	claim "$1" not table
	claim "  and it says so ($2)" grep -q "\[$2\]" "$d/err"
	claim "  and nobody is permitted whom the receipt does not permit" not grep -q 'TRE-2,TERM-2,permit' "$d/out.csv"
	claim "  nor is the answer kept" not grep -q '"index":1' "$d/kept"
}
lie "a refusal is made a permit" RECEIPT_PATH '"verdict":"refuse"' '"verdict":"permit"'
lie "its reason is another" RECEIPT_PATH CERTIFICATE_REVOKED COC_EXPIRES_SOON
lie "a device has another's answer" RECEIPT_PATH '"index":1' '"index":2'
lie "the paths are longer" RECEIPT_PATH '"path":\["' "\"path\":[\"$(printf %064d 0)\",\""
claim "of a path that is too long nothing is kept, not even the first" is "$(wc -l <"$d/kept")" 1
lie "the receipt's signature is changed" 'RECEIPT_[A-Z]*' '", "operator"' 'AAAA", "operator"'

# ---- one device, and --pairs: each answer has a receipt of its own
printf "TRE-2 TERM-2\n" >"$d/pairs"
one() { assay --as mobilfunk-hlr --json decide --tre "TRE-$1" --terminal "TERM-$1" "${@:2}" >"$d/out" 2>"$d/err"; }
pairs() { assay --as mobilfunk-hlr --json decide --pairs "$d/pairs" >"$d/out" 2>"$d/err"; }
# refused CODE: it is no answer, and nothing of it was shown
none() { { [ "$rc" -eq 3 ] || [ "$rc" -eq 7 ]; } && grep -q "\[$1\]" "$d/err" && [ ! -s "$d/out" ]; }
lies nothing nothing
claim "an earlier permit, of another device" one 1
permit=$(jq -r .receipt "$d/out")
# lie_one "sentence" CODE FROM TO
lie_one() {
	lies "$3" "$4"
	one 2; rc=$?
	claim "of one: $1" none "$2"
	one 2 --out "$d/bundle"; rc=$?
	claim "  nor is its receipt kept" test "$rc" -gt 1 -a ! -e "$d/bundle"
	pairs; rc=$?
	claim "  nor is it counted (--pairs)" none "$2"
}
lie_one "a refusal is made a permit" RECEIPT_OTHER "\"verdict\": \"refuse\"" "\"verdict\": \"permit\""
lie_one "its reason is another" RECEIPT_OTHER "\"CERTIFICATE_REVOKED\"" "\"COC_EXPIRES_SOON\""
lie_one "it has no receipt" RECEIPT_MALFORMED "\"receipt\": " "\"recipe\": "
lie_one "its receipt is none" RECEIPT_MALFORMED "\"receipt\": \"" "\"receipt\": \"e30."
lie_one "its receipt is an earlier permit" RECEIPT_OTHER "\"receipt\": \"" "\"receipt\": \"$permit\", \"x\": \""
lies nothing nothing
claim "and one that does not lie is believed" one 1 --out "$d/bundle"
claim "with what proves it kept" assay receipt verify "$d/bundle"
claim "so are --pairs" exits 1 pairs
printf "TRE-1 TERM-1\n\0\nTRE-2 TERM-2\n" >"$d/pairs"
claim "a NUL among them hides none behind it" exits 7 pairs
claim "  and it says so" grep -q NUL "$d/err"
printf "\n\n" >"$d/pairs"
claim "of no pairs not all are permitted" exits 7 pairs
claim "not under another root" not one 1 --root "$d/other.crt"
finish
