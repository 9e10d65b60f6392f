# A race between askers and a revoker, and its books: sourced after lib.sh and
# story.sh, with an instance running and lots of so many devices.
#	race_begin DEVICES ASKERS; ...; race_end
r=$work/race
now_us() { echo $(($(date +%s%N) / 1000)); }

# Each asks about every device in turn, five at a time, and keeps when it began:
# no question of the five was sent before.
race_asker() { # number devices
	local i=$1 began k
	while [ ! -e "$r/over" ]; do
		for k in 1 2 3 4 5; do
			i=$((i % $2 + 1))
			echo "$(tre_id $i) $(term_id $i)"
		done >"$r/pairs.$1"
		began=$(now_us)
		j mobilfunk-hlr decide --pairs "$r/pairs.$1" 2>>"$r/err" |
			jq -r --arg began "$began" '[$began, (.tre | sub("TRE-"; "")), .verdict, (.reasons[0] // "-"),
				.decision] | join(" ")' >>"$r/answers.$1"
	done
}
# One device after the other; what is written down was committed by then.  One
# that got no answer is tried again until it does: who goes on to the next one
# has none left when PostgreSQL is back.
race_revoke() { # serial
	until a security-1 cert revoke "$1" --reason keyCompromise 2>>"$r/err"; do
		[ ! -e "$r/over" ] || return 1
		# one of the answers that were lost was a revocation
		a security-1 cert show "$1" 2>>"$r/err" | grep -qi 'revoked' && return 0
		sleep 0.2
	done
}
race_revoker() {
	local n=0 serial
	while read -r serial && [ ! -e "$r/over" ]; do
		n=$((n + 1))
		[ $((n % 3)) -eq 0 ] && continue # one of three stays good
		echo "$n" >>"$r/tried"
		race_revoke "$serial" && echo "$n $(now_us)" >>"$r/revoked"
		sleep "0.$(printf %03d $((RANDOM % 1000)))"
	done <"$r/serials"
}
race_begin() { # devices askers
	local i
	mkdir "$r"
	: >"$r/revoked"
	for ((i = 1; i <= $1; i++)); do serial_of "$(tre_id "$i")"; done >"$r/serials"
	race_jobs=()
	for ((i = 1; i <= $2; i++)); do race_asker $i "$1" & race_jobs+=($!); done
	race_revoker & race_jobs+=($!)
}
# When they have stopped: $r/all has each answer with the last event that it knew
# of, $r/events each revocation with its own.
race_end() {
	local n at
	touch "$r/over"
	wait "${race_jobs[@]}"
	sql "SELECT id, event_id FROM decision" | tr '|' ' ' >"$r/decisions"
	cat "$r"/answers.* | awk 'NR == FNR { event[$1] = $2; next } { print $1, $2, $3, $4, event[$5] }' "$r/decisions" - >"$r/all"
	while read -r n at; do
		echo "$n $at $(sql "SELECT max(e.id) FROM status_event e JOIN certificate c ON c.issuer_id = e.issuer_id
		    AND c.index = e.first AND e.count = 1 WHERE c.serial = decode('$(sed -n "${n}p" "$r/serials")', 'hex')
		    AND e.kind = 'revoked'")"
	done <"$r/revoked" >"$r/events"
	echo "# $(wc -l <"$r/all") answers, $(grep -c permit "$r/all") permits, $(wc -l <"$r/events") revocations"
}
# late: permits that did not know what was committed before they were asked for.
late() {
	awk 'NR == FNR { at[NR] = $2; event[NR] = $3; device[NR] = $1; n = NR; next }
		$3 == "permit" { for (i = 1; i <= n; i++) if (at[i] < $1 && (event[i] > $5 || device[i] == $2))
			print "device", $2, "was permitted at event", $5, "though", event[i], "was committed" }' \
		"$r/events" "$r/all"
}
# What holds of each race.
race_claims() {
	local n
	claim "each revocation is an event" not grep -vE '^[0-9]+ [0-9]+ [0-9]+$' "$r/events"
	claim "each answer is on record" not grep -vE '^[0-9]+ [0-9]+ [a-z]+ [^ ]+ [0-9]+$' "$r/all"
	claim "no permit is older than a revocation before it" is "$(late)" ""
	claim "all that was refused was refused for that" is \
		"$(awk '$3 == "refuse" { print $4 }' "$r/all" | sort -u)" CERTIFICATE_REVOKED
	claim "nobody was refused who is good" is \
		"$(awk 'NR == FNR { bad[$1] = 1; next } $3 == "refuse" && !bad[$2]' "$r/tried" "$r/all")" ""
	# A check that cannot fail is none: one that knew of nothing.
	n=$(tail -n 1 "$r/events" | cut -d' ' -f1)
	echo "$(now_us) $n permit - 1" >>"$r/all"
	claim "and that would be noticed" not is "$(late)" ""
}
