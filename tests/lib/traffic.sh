# Traffic for tests that break things in its middle.  A source is a noun with
# five functions, named in $sources; whatever it was given for an answer it
# puts into $work/got, one JSON a line, with "certificate":
#	NAME_prepare N	keys and signatures for N rounds, made beforehand
#	NAME_send N	round N: sent until it is accepted, or $give_up is over
#	NAME_done	nothing that was accepted waits any more
#	NAME_collect	every answer is fetched once more
#	NAME_devices N	how many devices N rounds have
# Lots are here and always go on; each other one has a file of its own.
# Whatever was refused is a line of $work/again: its code.
POLL=0.2 # what is asked costs more than to start again what was killed
sources=${sources:-lot est cmp}
for source in ${sources#lot}; do . "$top/tests/lib/traffic_$source.sh"; done
lots=${lots:-1}	 # a round
size=${size:-20} # devices of a lot
mkdir -p "$work/got"
: >"$work/lots"
: >"$work/again" >"$work/again.full"

each_source() { # function [argument]
	local s f=$1
	shift
	for s in $sources; do "${s}_$f" "$@" || return 1; done
}
traffic_prepare() { each_source prepare "$1"; }
traffic_send() { each_source send "$1"; }
traffic_done() { each_source done; }
traffic_devices() {
	local s n=0
	for s in $sources; do n=$((n + $("${s}_devices" "$1"))); done
	echo "$n"
}

# traffic_account ROUNDS: all of it has ended well, and the books are right.
traffic_account() {
	claim "everything that was accepted comes to its end" until_true 60 traffic_done
	each_source collect
	echo "# sent again after: $(sort "$work/again" | uniq -c | tr -s ' \n' ' ')"
	account "$(traffic_devices "$1")"
}

# again FILE: the code of a refusal that may be sent again; else it is shown,
# and is what the test is about.
again() {
	local code
	code=$(grep -o '\[[A-Z_]*\]$' "$1" | tail -n 1)
	echo "${code:-[NONE]} $(tail -n 1 "$1")" >>"$work/again.full"
	echo "${code:-[NONE]}" >>"$work/again"
	[ "$SECONDS" -lt "$give_up" ] || { cat "$1"; return 1; }
	sleep 0.1
}

# ---- lots: signed manifests, the same one again makes the same lot

lot_devices() { echo $(($1 * lots * size)); }

lot_prepare() { # rounds
	local part
	a reader device new --kind tre --prefix TRE- --count "$(lot_devices "$1")" --rows "$work/rows"
	split -l "$size" -d -a 4 "$work/rows" "$work/part."
	mapfile -t parts < <(ls "$work"/part.*)
	for part in "${parts[@]}"; do
		a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$part" --out "$part.manifest"
	done
}

lot_send() { # round
	local i out
	for ((i = $1 * lots; i < ($1 + 1) * lots; i++)); do
		until out=$(j tresor-pki lot submit --manifest "${parts[i]}.manifest" 2>"$work/send.err"); do
			again "$work/send.err" || return 1
		done
		jq -r .number <<<"$out" >>"$work/lots"
	done
}

lots_waiting() { owner <<<"SELECT count(*) FROM assay.lot WHERE state NOT IN ('issued', 'rejected', 'open')"; }
lot_done() { is "$(lots_waiting)" 0; }

lot_collect() {
	local lot
	for lot in $(sort -u "$work/lots"); do
		until_true 10 a tresor-pki lot certificates "$lot" --json --out "$work/got/$lot.end"
	done
}
