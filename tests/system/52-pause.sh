#!/usr/bin/env bash
# Lots that are paused, go on, are looked on at, and outlive kill -9 on either
# side.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited

run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
state() { j reader lot show "$1" | jq -r .state; }
in_state() { is "$(state "$1")" "$2"; }
send() { j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$1" | jq -r .number; }
ended() { jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$1"; }
some_checked() { [ "$(j reader lot show "$1" | jq -r .checked)" -gt 0 ]; }
some_issued() { [ "$(j reader lot show "$1" | jq -r .issued)" -gt 0 ]; }

"$bin/tests/devices" csr 40000 DEV- >"$work/rows"
a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$work/rows" --out "$work/manifest"
submit() { j tresor-pki lot submit --manifest "$work/manifest"; }

# ---- paused while it is checked

lot=$(submit | jq -r .number)
assay --as tresor-pki lot watch "$lot" >"$work/watched" 2>&1 &
watcher=$!
assay --as tresor-pki --json lot watch "$lot" >"$work/watched.json" 2>&1 &
json_watcher=$!
claim "some rows are checked" until_true 20 some_checked "$lot"
claim "the supplier pauses it" a tresor-pki lot pause "$lot"
checked=$(j reader lot show "$lot" | jq -r .checked)
claim "then it is paused" in_state "$lot" paused
refused ILLEGAL_TRANSITION "twice is once" a tresor-pki lot pause "$lot"
refused LOT_UNKNOWN "nobody else pauses it, or learns that it is there" a karren-pki lot pause "$lot"
refused ROLE_NOT_ALLOWED "a decider doesn't" a decider-1 lot pause "$lot"
"$bin/tests/devices" csr 3 NEXT- >"$work/next"
claim "another lot goes on meanwhile" eval '[ "$(ended "$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden \
	--rows "$work/next" --wait)")" = "issued 3 0" ]'
claim "and nothing of the paused one was checked" is "$(j reader lot show "$lot" | jq -r .checked)" "$checked"
claim "the same manifest sent again finds it" is "$(submit | jq -r '"\(.number) \(.state)"')" "$lot paused"
claim "its supplier hears of it" grep -q "$lot" <<<"$(j tresor-pki notice list | jq -r '.. | objects | select(.topic=="lot.paused") | .subject')"
kill -9 "$(authority)"
claim "it goes on" a tresor-pki lot resume "$lot"
refused ILLEGAL_TRANSITION "twice is once again" a tresor-pki lot resume "$lot"

# ---- and while it is issued, by the body

claim "some are issued" until_true 60 some_issued "$lot"
claim "an officer pauses it" a officer-1 lot pause "$lot"
issued=$(j reader lot show "$lot" | jq -r .issued)
claim "not all were issued" test "$issued" -lt 40000
refused LOT_PAUSED_BY_BODY "its supplier doesn't take it up again" a tresor-pki lot resume "$lot"
sleep 1.5
claim "nothing more was issued" is "$(j reader lot show "$lot" | jq -r .issued)" "$issued"
claim "what is issued can be fetched" is "$(j tresor-pki lot certificates "$lot" | wc -l)" "$issued"
kill -9 "$(authority)"
claim "the officer lets it go on" a officer-1 lot resume "$lot"
claim "some more are issued" until_true 60 eval '[ "$(j reader lot show "$lot" | jq -r .issued)" -gt "$issued" ]'
kill -9 "$(authority)"
claim "it is issued to its end" is "$(ended "$(j tresor-pki lot wait "$lot")")" "issued 40000 0"
claim "no serial, no key and no device twice" is "$(owner <<<"SELECT count(*), count(DISTINCT serial),
	count(DISTINCT assay.certificate_key(c)), count(DISTINCT device_id) FROM assay.certificate c WHERE profile = 'tre'")" "40003|40003|40003|40003"
claim "no index range hangs in the air" is "$(owner <<<"SELECT count(*) FROM assay.index_range WHERE state = 'reserved'")" 0
refused ILLEGAL_TRANSITION "what is issued isn't paused" a tresor-pki lot pause "$lot"

# ---- what was seen of it

# Here, since claim runs its command in a shell that has no such children.
wait "$watcher"
watched=$?
wait "$json_watcher"
claim "who looked on in a pipe saw it to its end, and who did in JSON" is "$watched $?" "0 0"
claim "a line a change" test "$(grep -c "^$lot " "$work/watched")" -gt 3
claim "no line twice" is "$(grep "^$lot " "$work/watched" | uniq -d | wc -l)" 0
claim "in it the pause" grep -q "^$lot paused: " "$work/watched"
claim "no control characters" eval '! grep -q "[[:cntrl:]]" "$work/watched"'
claim "and the result at its end" grep -q 'issued *40000' "$work/watched"
claim "each line of the other is JSON, the last one the result" is \
	"$(tail -n 1 "$work/watched.json" | jq -r '"\(.state) \(.issued) \(.count)"')" "issued 40000 40000"
script -qec "$bin/assay --var $VAR --as tresor-pki lot watch $lot" /dev/null >"$work/terminal" </dev/null
claim "on a terminal it has a bar, a rate" grep -q '\[########################\] 100 %, .*rows/s' "$work/terminal"

# ---- the client is killed while it sends

"$bin/tests/devices" csr 20000 KILL- >"$work/rows"
a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$work/rows" --out "$work/manifest"
for pause in 0.02 0.1 0.3 0.6; do
	"$bin/assay" --var "$VAR" --as tresor-pki --json lot submit --manifest "$work/manifest" >/dev/null 2>&1 &
	sleep "$pause"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
done
lot=$(submit | jq -r .number)
claim "sent again it is issued, once" is "$(ended "$(j tresor-pki lot wait "$lot")")" "issued 20000 0"
claim "there is one lot of it" is "$(owner <<<"SELECT count(*) FROM assay.lot WHERE count = 20000")" 1
finish
