#!/usr/bin/env bash
# What would be taken for an answer and is none: a line that is not read, a name that
# nobody has, a thing that was there before.  Each is said.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 2
d=$work/d
mkdir "$d"
cd "$d" || exit 1
# says TEXT COMMAND...: on standard error
says() { local text=$1; shift; "$@" 2>&1 >/dev/null | grep -q -- "$text"; }

# ---- a NUL ends no file of lines
permit() { j mobilfunk-hlr decide --tre "$(tre_id "$1")" --terminal "$(term_id "$1")" | jq -er .decision; }
printf '%s C-1\n\n\0\n%s C-2\n' "$(permit 1)" "$(permit 2)" >lines
confirm() { a mobilfunk-hlr decision confirm --lines lines; }
claim "of decisions to confirm" exits 7 confirm
claim "  it says in which line" says "line 3 of lines has a NUL" confirm
claim "  and nothing is confirmed" is "$(j mobilfunk-hlr custody list | jq '.custody | length')" 0
printf '\n\n' >lines
claim "of no lines not all are confirmed" exits 7 confirm
ids() { a tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 2 --ids ids --secrets secrets; }
printf 'TRE-S1\n\0TRE-S2\n' >ids
claim "of devices that get secrets" exits 7 ids
claim "  it says in which line" says "line 2 of ids has a NUL" ids
pairs() { a mobilfunk-hlr decide --pairs pairs; }
printf 'TRE-1 TERM-1\0\nTRE-2 TERM-2\n' >pairs
claim "of pairs to ask about" exits 7 pairs
claim "  it says in which line" says "line 1 of pairs has a NUL" pairs

# ---- rows that were sent before
submit() { assay --as tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/tre.rows" "$@"; }
submit >again
claim "rows that were sent before are said to be" grep -q "^These rows were sent before, as LOT-" again
claim "to programs, too" is "$(submit --json | jq .existing)" true
claim "also when it is waited for" is "$(submit --json --wait | jq .existing)" true
status() { # FILE: of the answer to the manifest in it
	curl -sS --cacert "$VAR/credentials/root.crt" --cert "$VAR/credentials/tresor-pki.crt" --key "$VAR/credentials/tresor-pki.key" \
		-o /dev/null -w '%{http_code}' -H 'Content-Type: application/x-ndjson' --data-binary "@$1" "$URL/v1/lots"
}
a tresor-pki device new --kind tre --prefix NEW- --count 1 --rows new.rows >/dev/null
a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows new.rows --out new.lot
claim "a new lot is made" is "$(status new.lot)" 201
claim "an old one is shown" is "$(status new.lot)" 200
a tresor-pki device new --kind tre --prefix NEWER- --count 1 --rows newer.rows >/dev/null
claim "new rows are not said to be old" is "$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows newer.rows | jq .existing)" null
finish
