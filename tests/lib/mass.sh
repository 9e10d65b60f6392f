# Mass events: a whole lot is revoked, a whole model held, and how long each
# channel takes to say so of the first and of the last of a sample.  After lib.sh,
# story.sh and account.sh, with an instance running, a model tresor-k1 and devices
# of story_lots.

# ---- many certificates

# mass_lot COUNT PREFIX: really issued, from bare keys; prints its number.
mass_lot() {
	"${built:-$bin}/tests/devices" key "$1" "$2" >"$work/mass.rows" &&
		a tresor-pki lot sign --model tresor-k1 --site tresor-bautzen --kind key --rows "$work/mass.rows" \
			--out "$work/mass.manifest" &&
		number=$(j tresor-pki lot submit --manifest "$work/mass.manifest" | jq -re .number) &&
		a tresor-pki lot wait "$number" --timeout 86400 >&2 &&
		[ "$(j tresor-pki lot show "$number" | jq .issued)" -eq "$1" ] && echo "$number"
	rm -f "$work/mass.rows" "$work/mass.manifest"
}

# crl_line FILE SERIAL: where to look for it, and how.  grep goes by lines, or by
# what NULs end: of a number with both in it, the longest part without a NUL is
# looked for.
crl_line() {
	local how=-a octets
	octets=$(sed 's/../ &/g' <<<"0211$2")
	if [[ $octets == *" 0a"* ]]; then
		how=-z
		octets=$(awk -F' 00' '{ for (i = 1; i <= NF; i++) if (length($i) > length(m)) m = $i; print m }' <<<"$octets")
	fi
	echo "$VAR/public/crl/$issuer/$1|$how|${octets// /\\x}"
}

# sample_of LOT COUNT: so many of a lot, the first and the last among them, evenly
# between them: $work/sample/ has of each what its channels are asked with.
sample_of() {
	local s=$work/sample i serial index der
	rm -rf "$s"
	mkdir -p "$s"
	owner >"$s/rows" <<-SQL
		SET search_path = assay;
		WITH those AS MATERIALIZED (SELECT issuer_id, index, row_number() OVER (ORDER BY index) - 1 AS n
			FROM certificate WHERE lot_id = (SELECT id FROM lot WHERE number = '$1')),
		few AS (SELECT DISTINCT i * (SELECT max(n) FROM those) / ($2 - 1) AS n FROM generate_series(0, $2 - 1) i)
		SELECT c.issuer_id, c.index, encode(c.serial, 'hex'), translate(encode(certificate_der(c), 'base64'), E'\n', '')
		FROM few JOIN those USING (n) JOIN certificate c USING (issuer_id, index) ORDER BY c.index
	SQL
	issuer=$(head -n 1 "$s/rows" | cut -d'|' -f1)
	openssl x509 -inform DER -in "$VAR/public/ca/$issuer.cer" -out "$s/ca.pem"
	i=0
	while IFS='|' read -r _ index serial der; do
		i=$((i + 1))
		base64 -d <<<"$der" | openssl x509 -inform DER -out "$s/$i.pem"
		cat "$s/$i.pem" "$s/ca.pem" >"$VAR/devices/SAMPLE-$i.crt"
		cp "$VAR/devices/$(tre_id 1).key" "$VAR/devices/SAMPLE-$i.key" # a precheck asks for no possession
		openssl ocsp -issuer "$s/ca.pem" -cert "$s/$i.pem" -no_nonce -reqout "$s/$i.req" 2>/dev/null
		echo "$PUBLIC_URL/ocsp/$(base64 -w0 "$s/$i.req" | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')" >>"$s/urls"
		crl_line "$(openssl x509 -in "$s/$i.pem" -noout -ext crlDistributionPoints | sed -n 's,.*/\([0-9]*\.crl\)$,\1,p')" \
			"$serial" >>"$s/crls"
		[ "$i" -gt 10 ] || echo "SAMPLE-$i $(term_id 1)" >>"$s/pairs"
	done <"$s/rows"
	[ "$i" -ge 2 ]
}

# ---- right_CHANNEL: "RIGHT OF" how many of the sample it says it of

asked() { wc -l <"$work/sample/$1"; }
ocsp_of() { # URL...
	local d=$work/sample/said n=0 url args=()
	rm -rf "$d"
	mkdir -p "$d"
	for url; do n=$((n + 1)) && args+=(-o "$d/$n" "$url"); done
	curl -fsS "${args[@]}" 2>/dev/null
	# RFC 6960: good is [0] NULL before thisUpdate, revoked [1] with a time in it
	echo "$(LC_ALL=C grep -lPa '\xa1[\x11-\x16]\x18\x0f' "$d"/* | wc -l) $n"
}
right_ocsp() {
	local urls
	mapfile -t urls <"$work/sample/urls"
	ocsp_of "${urls[@]}"
}
# Of those that were not right before, in CRLs that were made since: they are
# megabytes.
right_crl() {
	local s=$work/sample file how pattern
	[ -e "$s/crls.left" ] || cp "$s/crls" "$s/crls.left"
	while IFS='|' read -r file how pattern; do
		[ "$file" -nt "$work/begun" ] && LC_ALL=C grep -qPa "$how" "$pattern" "$file" 2>/dev/null ||
			echo "$file|$how|$pattern"
	done <"$s/crls.left" >"$s/crls.next"
	mv "$s/crls.next" "$s/crls.left"
	echo "$(($(asked crls) - $(asked crls.left))) $(asked crls)"
}
right_feed() {
	local state
	state=$(curl -fsS "$PUBLIC_URL/feed/latest.jws" | cut -d. -f2 | tr -- '-_' '+/' | base64 -d 2>/dev/null |
		jq -r --arg m "$mass_measure" '.measures[] | select(.measure == $m) | .current.state')
	[ "$state" = in_force ] && echo 1 1 || echo 0 1
}
right_kit() {
	local k=$work/mass.kit root=$VAR/credentials/root.crt tre term n=0
	assay offline fetch "$k" --root "$root" --public-url "$PUBLIC_URL" >/dev/null 2>&1
	while read -r tre term; do
		assay offline decide "$k" --root "$root" --tre "$VAR/devices/$tre.crt" --terminal "$VAR/devices/$term.crt" \
			--json 2>/dev/null | jq -e --arg r "$mass_reason" '.reasons | index($r)' >/dev/null && n=$((n + 1))
	done <"$work/sample/pairs"
	echo "$n $(asked pairs)"
}
right_decision() {
	echo "$(j mobilfunk-hlr decide --purpose precheck --pairs "$work/sample/pairs" |
		jq -c --arg r "$mass_reason" 'select(.verdict == "refuse" and (.reasons | index($r)))' | wc -l) $(asked pairs)"
}

# ---- an event

# Until all of the sample are right: when the first was, and the last.
watch_channel() { # CHANNEL SECONDS
	local first= right all end=$((SECONDS + $2))
	while [ $SECONDS -lt $end ]; do
		read -r right all < <("right_$1")
		[ "$right" -eq 0 ] || first=${first:-$(now_ms)}
		if [ "$right" -eq "$all" ]; then
			echo "$first $(now_ms)" >"$work/seen.$1"
			return
		fi
		sleep 0.1
	done
}
# OCSP, a tenth of the sample after the other, so that nobody asks the same so often
# that nginx would keep it: the last is right when from then on all were, once round.
watch_ocsp() { # SECONDS
	local first= all_since= rights=0 now n urls tenth=$((($(asked urls) + 9) / 10)) at=0 end=$((SECONDS + $1))
	mapfile -t urls <"$work/sample/urls"
	while [ $SECONDS -lt $end ] && [ "$rights" -lt ${#urls[@]} ]; do
		n=${#urls[@]}
		[ $at -lt "$n" ] || at=0
		read -r right all < <(ocsp_of "${urls[@]:at:tenth}")
		now=$(now_ms)
		at=$((at + tenth))
		[ "$right" -eq 0 ] || first=${first:-$now}
		if [ "$right" -eq "$all" ]; then
			all_since=${all_since:-$now}
			rights=$((rights + all))
		else
			all_since= rights=0
		fi
		sleep 0.05
	done
	[ "$rights" -lt ${#urls[@]} ] || echo "$first $all_since" >"$work/seen.ocsp"
}
# When the log goes on behind an event: what was committed can be read.
watch_commit() { # EVENT
	owner 2>&1 <<-SQL | sed -n 's/.*NOTICE: *//p'
		DO \$\$ BEGIN LOOP
			EXIT WHEN (SELECT last FROM assay.status_head) > $1;
			PERFORM pg_sleep(0.002);
		END LOOP;
		RAISE NOTICE '%', floor(extract(epoch FROM clock_timestamp()) * 1000); END \$\$
	SQL
}
kit_every() { owner <<<"CREATE OR REPLACE FUNCTION assay.kit_hourly() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$1' \$\$"; }

# mass_event REASON MEASURE SECONDS COMMAND...: how a decision refuses, the measure
# in the feed, how long to wait at the most; what is done.  Then seen_first and
# seen_last CHANNEL say how many milliseconds after its commit.
mass_event() {
	local channel before pids=()
	mass_reason=$1 mass_measure=$2
	rm -f "$work"/seen.* "$work/sample/crls.left"
	before=$(head_event)
	touch -d '-2 seconds' "$work/begun" # files have their times in seconds
	watch_commit "$before" >"$work/committed" &
	pids+=($!)
	watch_ocsp "$3" &
	pids+=($!)
	for channel in crl feed; do
		watch_channel $channel "$3" &
		pids+=($!)
	done
	"${@:4}" || { kill "${pids[@]}" 2>/dev/null; return 1; }
	wait "${pids[0]}"
	committed=$(cat "$work/committed")
	# at once: whoever asks after the commit
	read -r right all < <(right_decision)
	[ "$right" -ne "$all" ] || echo "$(now_ms) $(now_ms)" >"$work/seen.decision"
	mass_events=$(($(head_event) - before))
	wait "${pids[@]:1}"
	# who looked for it may have been slower than who was told
	[ ! -e "$work/seen.ocsp" ] || committed=$(awk -v t="$committed" '{ print ($1 < t ? $1 : t) }' "$work/seen.ocsp")
	# There is one an hour: as though that hour ended now.
	asked_for_kit=$(now_ms)
	kit_every "0 seconds"
	until_true 60 eval '[ "$(owner <<<"SELECT max(event_id) FROM assay.kit")" -gt '"$before"' ]'
	kit_every "1 hour"
	watch_channel kit "$3"
}
since() { # MOMENT CHANNEL FIELD
	[ -e "$work/seen.$2" ] && echo $(($(cut -d' ' -f"$3" "$work/seen.$2") - $1))
}
seen_first() { if [ "$1" = kit ]; then since "$asked_for_kit" kit 1; else since "$committed" "$1" 1; fi; }
seen_last() { if [ "$1" = kit ]; then since "$asked_for_kit" kit 2; else since "$committed" "$1" 2; fi; }
