#!/usr/bin/env bash
# assay decide --batch: a table of devices in, a table of verdicts out that opens
# in a spreadsheet and runs nothing there.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 8
d=$work/d
mkdir "$d"
claim "a device is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
measure=$(j security-1 measure impose --kind minimum_firmware --scope-kind hardware_platform --scope tresor-soc --least-firmware 1.0 \
	--legal-basis "a test" | jq -re .number)
claim "older firmware is too old" a security-2 approve "$measure"
table() { assay --as mobilfunk-hlr decide --batch "$@" 2>"$d/err"; }
# row N of the result, column C
cell() { sed -n "$1p" "$d/out.csv" | tr -d '\r' | cut -d"${3:-,}" -f"$2"; }

# ---- as people write it
printf '\xef\xbb\xbftre,terminal,firmware\r\n' >"$d/in.csv"
for i in 1 2 3 4; do printf 'TRE-%d,"TERM-%d",1.2.3\r\n' $i $i; done >>"$d/in.csv"
printf 'TRE-5,TERM-6,\r\n=HYPERLINK(1),TERM-9,\r\n,TERM-7,\r\nTRE-8,TERM-8,0.0.1\r\n' >>"$d/in.csv"
claim "not all are permitted" exits 1 table "$d/in.csv" --out "$d/out.csv" --keep "$d/kept"
claim "the result says that it is UTF-8" is "$(head -c 3 "$d/out.csv" | od -An -tx1 | tr -d ' ')" efbbbf
claim "has a first row" is "$(head -n 1 "$d/out.csv" | tail -c +4 | tr -d '\r')" \
	"tre,terminal,verdict,why,reasons,warnings,decision,batch"
claim "a row for each device, and ends each as RFC 4180 does" is "$(grep -c $'\r$' "$d/out.csv") $(wc -l <"$d/out.csv")" "9 9"
of() { grep "$1" "$d/out.csv" | tr -d '\r'; }
claim "a good one is permitted" is "$(of '^TRE-1,' | cut -d, -f2,3)" TERM-1,permit
claim "a revoked one is refused, in words" grep -q '^TRE-2,TERM-2,refuse,.* revoked.*CERTIFICATE_REVOKED' <(of '^TRE-2,')
claim "a TrE in another terminal" grep -q 'refuse.*BINDING_MISMATCH\|refuse.*TRE_BOUND_ELSEWHERE' <(of '^TRE-5,')
claim "what it says of its firmware is judged, too" grep -q '^TRE-8,TERM-8,refuse.*FIRMWARE_BELOW_MINIMUM' <(of '^TRE-8,')
claim "what would be a formula is text" grep -qF "\"'=HYPERLINK(1)\",TERM-9,not asked," "$d/out.csv"
claim "one without a TrE is not asked, and says why" grep -q '^,TERM-7,not asked,the row names no device' "$d/out.csv"
claim "it says how many there were" is "$(cat "$d/err")" "3 permitted, 3 refused, 0 indeterminate, 2 not asked"
claim "the receipt is kept, with a path for each" is "$(wc -l <"$d/kept") $(head -n 1 "$d/kept" | jq -r '.size')" "7 6"
decision=$(of '^TRE-1,' | cut -d, -f7)
claim "one device's decision has a bundle" a mobilfunk-hlr receipt get "$decision" --out "$d/bundle"
claim "which proves it without the others" assay --url http://127.0.0.1:9 receipt verify "$d/bundle" --root "$VAR/credentials/root.crt"
claim "the decisions are on record" is "$(j mobilfunk-hlr decision show "$decision" | jq -r .verdict)" permit

# ---- where a comma is the decimal point
printf 'Terminal;TRE\nTERM-3;TRE-3\n' >"$d/in.csv"
claim "semicolons are answered with semicolons" exits 0 table "$d/in.csv" --firmware 1.2.3 --out "$d/out.csv"
claim "in that order of columns" is "$(cell 2 1-3 ';')" "TRE-3;TERM-3;permit"
touch "$d/other" && ln -s other "$d/link"
claim "no link is followed" exits 7 table "$d/in.csv" --out "$d/link"
claim "and it says so" grep -q 'symbolic link' "$d/err"
claim "nor with the receipts" exits 7 table "$d/in.csv" --out "$d/out2.csv" --keep "$d/link"
claim "what it leads to is as it was" test ! -s "$d/other"
claim "to standard output, if nothing else is said" is "$(table "$d/in.csv" --firmware 1.2.3 | sed -n 2p | cut -d';' -f3)" permit
for out in - /dev/stdout /dev/fd/1; do
	claim "or as --out $out" is "$(table "$d/in.csv" --firmware 1.2.3 --out $out | sed -n 2p | cut -d';' -f3)" permit
done
echo before >"$d/log"
claim "which empties no file that is written on" eval '(table "$d/in.csv" --firmware 1.2.3 --out /dev/stdout) >>"$d/log"'
claim "but goes on in it" is "$(sed -n '1p;3p' "$d/log" | cut -d';' -f1,3 | tr -d '\r' | xargs)" "before TRE-3;permit"
claim "to a command" table "$d/in.csv" --firmware 1.2.3 --out >(cat >"$d/piped") --keep >(cat >"$d/kept.piped")
claim "which has all of it" until_true 5 eval '[ "$(wc -l <"$d/piped") $(wc -l <"$d/kept.piped")" = "2 2" ]'
claim "but not to what nobody has opened" exits 7 table "$d/in.csv" --out /dev/fd/77
one() { assay --as mobilfunk-hlr decide --tre TRE-3 --terminal TERM-3 --firmware 1.2.3 "$@" 2>"$d/err"; }
one --out - >"$d/bundle"
claim "one device's receipt alone" assay --url http://127.0.0.1:9 receipt verify "$d/bundle" --root "$VAR/credentials/root.crt"
mkfifo "$d/pipe"
cat "$d/pipe" >"$d/bundle" &
claim "into a pipe" one --out "$d/pipe"
wait $!
claim "it comes" assay --url http://127.0.0.1:9 receipt verify "$d/bundle" --root "$VAR/credentials/root.crt"
claim "and the pipe is not replaced" test -p "$d/pipe"
claim "a precheck permits nothing" exits 1 table "$d/in.csv" --firmware 1.2.3 --purpose precheck --out "$d/out.csv"
claim "and says so" grep -q 'indeterminate.*PRECHECK_ONLY' "$d/out.csv"

# ---- devices that another operator has
story_organisation fernfunk "Fernfunk" operator && story_principal fernfunk-hlr fernfunk operator
for i in 4 6 7; do
	decision=$(j mobilfunk-hlr decide --tre TRE-$i --terminal TERM-$i --firmware 1.2.3 | jq -r .decision)
	a mobilfunk-hlr decision confirm "$decision" --reference "C-$i"
done
consents() { a mobilfunk-hlr consent sign "$@" --target fernfunk; }
one=$(consents "$VAR/devices/TRE-4.crt") two=$(consents "$VAR/devices/TRE-6.crt")
moved() { assay --as fernfunk-hlr decide --batch "$d/in.csv" --purpose change_of_operator --current-operator mobilfunk \
	--firmware 1.2.3 --out "$d/out.csv" 2>"$d/err"; }
printf 'tre,terminal,consent\nTRE-4,TERM-4,%s\nTRE-6,TERM-6,%s\nTRE-7,TERM-7,%s\n' "$one" "$two" "$one" >"$d/in.csv"
claim "a consent that is there twice is for neither" exits 1 moved
claim "the other one holds" is "$(grep -c 'refuse.*DUPLICATE_IN_BATCH' "$d/out.csv") $(of '^TRE-6,' | cut -d, -f3)" "2 permit"
printf 'tre,terminal,consent\nTRE-4,TERM-4,%s\nTRE-6,TERM-6,%s\nTRE-7,TERM-7,\n' "$one" "$two" >"$d/in.csv"
claim "asked again" exits 1 moved
claim "one that was not used up holds" is "$(of '^TRE-4,' | cut -d, -f3)" permit
claim "one that was does not" grep -q 'refuse.*CONSENT_INVALID' <(of '^TRE-6,')
claim "and without one nothing is taken over" grep -q 'refuse.*CONSENT_MISSING' <(of '^TRE-7,')
decision=$(of '^TRE-4,' | cut -d, -f7)
claim "what a batch permitted is confirmed as any other" a fernfunk-hlr decision confirm "$decision" --reference F-4
claim "and the device is another's from then on" is \
	"$(j fernfunk-hlr custody list | jq -r '[.custody[] | select(.state == "held") | .reference] | join(" ")')" F-4

# ---- what is no table
no() { # "sentence" TEXT WHY
	printf '%b' "$2" >"$d/in.csv"
	claim "$1 is refused" not table "$d/in.csv" --out "$d/out.csv"
	claim "and it says why" grep -q "$3" "$d/err"
}
no "an empty file" '' "is empty"
no "a column that nobody knows" 'tre,terminal,imsi\n' "names its columns"
no "a table without terminals" 'tre\nTRE-1\n' "no column terminal"
no "a quote that is not closed" 'tre,terminal\n"TRE-1,TERM-1\n' "quote is not closed"
claim "a file that is not there, too" exits 4 table "$d/none.csv"

# ---- a progress bar is for people
{ echo tre,terminal; for ((i = 0; i < 1500; i++)); do echo TRE-1,TERM-1; done; } >"$d/in.csv"
claim "the same device, 1,500 times" exits 1 table "$d/in.csv" --out "$d/out.csv"
claim "is refused each time" is "$(grep -c 'refuse.*DUPLICATE_IN_BATCH' "$d/out.csv")" 1500
claim "to a file no bar is drawn" not grep -q $'\r' "$d/err"
mkdir "$d/tmp"
TMPDIR=$d/tmp script -qec "$bin/assay --var $VAR --as mobilfunk-hlr decide --batch $d/in.csv --out $d/out.csv" /dev/null >"$d/terminal" </dev/null
claim "on a terminal one is" grep -q 'deciding \[#' "$d/terminal"
claim "nothing is left behind" is "$(ls -A "$d/tmp")" ""
claim "nor is anything asked without a place for it" eval '! TMPDIR=$d/none table "$d/in.csv" && grep -q "could not make a file in $d/none" "$d/err"'
finish
