#!/usr/bin/env bash
# What memory a batch takes, at the API and at who asks: a hundred thousand devices
# against ten thousand, in one body and as a table.  In between the API is killed in
# the middle of the largest, which is sent again: each item is decided once.  The body
# is ten times the ten thousand, so that all of it are there twice: the worst that
# there can be in the memory for that.  Prints a table, writes build/bench/batch.json.
# A table is asked about ten thousand at a time, so that SMALL is that.
#	SMALL=10000 TIMES=10 PARTS="body table" tests/bench/batch.sh
set -u
settings=(SMALL=10000 TIMES=10 "PARTS=body table")
. "$(dirname "$0")/lib.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "two lots are issued" story_lots "$SMALL"
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
sql() { owner <<<"SET search_path = assay; $1"; }
large=$((SMALL * TIMES)) d=$work/d
mkdir "$d"

# peak: the most memory that a worker of the API ever had, in KiB
workers() { pgrep -P "$(pgrep -P "$RUN_PID" -d, kore)"; }
peak() { local p; for p in $(workers); do awk '/VmHWM/ { print $2 }' "/proc/$p/status"; done | sort -n | tail -1; }

# ---- one body
# body NAME TIMES: the devices so many times
body() {
	local i n
	for ((n = 1; n <= SMALL; n++)); do for ((i = 0; i < $2; i++)); do echo "TRE-$n TERM-$n"; done; done |
		"$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" "$(j mobilfunk-hlr challenge new | jq -r .challenge)" \
			mobilfunk initial_download >"$d/$1"
}
ask() { # NAME: the status
	api_as mobilfunk-hlr -o "$d/$1.answer" -w '%{http_code}' -H 'Content-Type: application/x-ndjson' -T "$d/$1" -X POST "$URL/v1/decisions/batch"
}
batch_of() { head -n 1 "$d/$1" | jq -r .batch; }
recorded() { sql "SELECT count(*), count(DISTINCT batch_index) FROM decision d JOIN decision_batch b ON b.id = d.batch_id WHERE b.batch = '$(batch_of "$1")'"; }
in_body() {
	body small 1
	claim "a batch of $SMALL is decided" is "$(ask small)" 200
	claim "all are permitted" is "$(head -n 1 "$d/small.answer" | jq .permit)" "$SMALL"
	few=$(peak)
	body large "$TIMES"
	ask large >"$d/status" &
	asker=$!
	came() { [ "$(sql "SELECT 1 FROM decision_batch WHERE batch = '$(batch_of large)'")" = 1 ]; }
	claim "one of $large comes in, $(($(stat -c %s "$d/large") >> 20)) MiB" until_true 300 came
	sleep 2
	kill -9 $(workers)
	wait "$asker"
	claim "who is killed in the middle of it has decided nothing" is "$(cat "$d/status") $(recorded large)" "503 0|0"
	again() { [ "$(ask large)" = 200 ]; }
	claim "sent again, it is judged" until_true 600 again
	many=$(peak)
	claim "each of its items once" is "$(recorded large) $(tail -n +2 "$d/large.answer" | wc -l)" "$large|$large $large"
	claim "each refused, since each device is there $TIMES times" is "$(head -n 1 "$d/large.answer" | jq .refuse)" "$large"
	half=$((large / 2))
	api_as mobilfunk-hlr "$URL/v1/decisions/batch/$(batch_of large)/items?from=$half" >"$d/rest"
	claim "who lost the connection half-way goes on there" cmp <(tail -n +2 "$d/rest") <(tail -n +$((half + 2)) "$d/large.answer")
	claim "sent once more, it has the same answer" eval 'cp "$d/large.answer" "$d/first" && [ "$(ask large)" = 200 ] && cmp "$d/first" "$d/large.answer"'
	rm -f "$d"/large* "$d/first" "$d/rest"
	octets=$(((many - few) * 1024 / (large - SMALL)))
	row batch.api KiB "$few" "$many" "$octets" "256 octets an item more, of $(($(stat -c %s "$d/small") / SMALL)) that come" "$(word "$octets <= 256")"
	claim "a batch's memory at the API is 256 octets an item" test "$octets" -le 256
}

# ---- a table
# table TIMES: asked for by the command line; its most memory, in KiB, to $d/most
table() {
	local i n pid rc=0
	{ echo tre,terminal; for ((i = 0; i < $1; i++)); do for ((n = 1; n <= SMALL; n++)); do echo "TRE-$n,TERM-$n"; done; done; } >"$d/in.csv"
	"$bin/assay" --var "$VAR" --as mobilfunk-hlr decide --batch "$d/in.csv" --out "$d/out.csv" 2>"$d/err" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null
		sleep 0.1
	done | sort -n | tail -1 >"$d/most"
	wait $pid || rc=$?
	cat "$d/err"
	[ $rc -eq 0 ] && [ "$(grep -c ',permit,' "$d/out.csv")" = $((SMALL * $1)) ]
}
in_table() {
	claim "a table of $SMALL is permitted" table 1
	little=$(cat "$d/most")
	claim "one of $large is permitted, row by row" table "$TIMES"
	much=$(cat "$d/most")
	ratio=$(calc "$much / $little" %.2f)
	row batch.client KiB "$little" "$much" "$ratio" "1.05 of what $SMALL take" "$(word "$ratio <= 1.05")"
	claim "whoever asks takes as much for $large as for $SMALL" eval 'awk "BEGIN { exit !($ratio <= 1.05) }"'
}

printf '%-14s %-4s %10s %10s %8s  %s\n' what unit "$SMALL" "$large" ratio goal
for part in $PARTS; do "in_$part"; done
jq -s . "$work/rows" >"$report"
finish
