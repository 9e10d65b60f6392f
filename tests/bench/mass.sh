#!/usr/bin/env bash
# Mass events: a lot of a million that was really issued is revoked, then a model of
# ten million is held.  When does each channel say so of the first, and of the last
# of a sample from end to end?  Decisions, OCSP over HTTP through nginx's cache, the
# CRL of each block, the feed, and the offline kit, which is made once an hour: what
# is measured of it is from when it is due.  Prints a table and writes
# build/bench/mass.json.
#	LOT=1000000 MODEL=10000000 SAMPLE=300 tests/bench/mass.sh
set -u
settings=(LOT=1000000 MODEL=10000000 SAMPLE=300)
. "$(dirname "$0")/lib.sh"
start_instance
. "$top/tests/lib/account.sh"
. "$top/tests/lib/mass.sh"
claim "suppliers, sites and models get accredited" story_accredited
claim "and a model of keys" story_keys
story_lots 1 >/dev/null
[ "$failed" -eq 0 ] || finish

# ---- a register that is loaded
t0=$(now_ms)
big=$(mass_lot "$LOT" BIG-)
echo "# a lot of $LOT: made and issued in $((($(now_ms) - t0) / 1000)) s"
small=$(mass_lot 1000 SMALL-)
claim "two lots are issued" [ -n "$big" -a -n "$small" ]
[ "$failed" -eq 0 ] || finish
issuer=$(owner <<<"SELECT issuer_id FROM assay.index_range r JOIN assay.lot l ON l.id = r.lot_id WHERE l.number = '$big' LIMIT 1")
claim "and more are in the register" register_many $((MODEL - LOT - 1000)) tresor-k1
claim "the index has them" until_true 120 caught_up
blocks=$(owner <<<"SELECT (next_index - 1) / 65536 + 1 FROM assay.issuer WHERE id = $issuer")
crls() { find "$VAR/public/crl/$issuer" -name '[0-9]*.crl' | grep -vc delta; }
claim "each of the $blocks blocks has its first CRL" until_true 400 eval '[ "$(crls)" -eq "$blocks" ]'
[ "$failed" -eq 0 ] || finish

# Of all of the model, by their indexes alone: what OCSP and CRLs are asked.
sample_by_index() { # COUNT FROM END: indexes from FROM on, below END
	local path index serial
	paste -d' ' <("$bin/tests/status" requests "$VAR" "$issuer" $(($3 - 1000)) "$1" get) \
		<("$bin/tests/status" database "$VAR" "$issuer" $(($3 - 1000)) "$1" | cut -f4,6) | tr '\t' ' ' |
		while read -r _ path serial index; do
			index=${index#/CN=}
			[ "$index" -ge "$2" ] || continue
			echo "$PUBLIC_URL$path" >>"$work/sample/urls"
			crl_line $((index / 65536)).crl "$(tr A-F a-f <<<"$serial")" >>"$work/sample/crls"
		done
}

# ---- the report
missed=0
: >"$work/rows"
printf '%-20s %10s %10s %10s  %s\n' "milliseconds" first last bound goal
# said NAME CHANNEL BOUND GOAL: BOUND in milliseconds
said() {
	local first last met=true
	first=$(seen_first "$2") last=$(seen_last "$2")
	[ -n "$last" ] || { not_ok "$2 says it of each"; first=null last=null met=false; }
	[ "$met" = true ] && [ "$last" -gt "$3" ] && met=false
	[ "$met" = true ] || missed=$((missed + 1))
	printf '%-20s %10s %10s %10s  %s: %s\n' "$1.$2" "$first" "$last" "$3" "$4" "$([ $met = true ] && echo met || echo MISSED)"
	jq -nc --arg name "$1.$2" --argjson first "$first" --argjson last "$last" --argjson bound "$3" --arg goal "$4" \
		--argjson met "$met" '{name: $name, unit: "ms", limit: $bound, peer: null, first: $first, ours: $last,
		ratio: (if $last == null then null else $last / $bound * 1000 | round / 1000 end), goal: $goal, met: $met}' >>"$work/rows"
}
promised() { # NAME
	[ "$mass_events" = 1 ] || not_ok "it is one event"
	said "$1" decision 5000 "at once: ten that were asked for after the commit, one after the other"
	said "$1" ocsp 1000 "in OCSP within a second"
	said "$1" crl 60000 "in each CRL within 60 s"
	said "$1" feed 60000 "in the feed within 60 s"
	said "$1" kit 75000 "in the next kit, 75 s from when it is due; there is one an hour"
}

sample_of "$big" "$SAMPLE" || { not_ok "a sample"; finish; }
measure=$(j security-1 measure impose --kind mass_revocation --scope-kind lot --scope "$big" --reason cessationOfOperation \
	--legal-basis "contract, section 9" | jq -re .number)
mass_event CERTIFICATE_REVOKED "$measure" 300 a security-2 approve "$measure" --count "$LOT" || { not_ok "a lot is revoked"; finish; }
echo "# a lot of $LOT is revoked; load $(load)"
promised mass.lot

sample_of "$small" 50 || { not_ok "a sample"; finish; }
last=$(owner <<<"SELECT max(r.first + r.count) FROM assay.index_range r JOIN assay.lot l ON l.id = r.lot_id WHERE l.number = '$small'")
sample_by_index "$SAMPLE" "$last" $((last + MODEL - LOT - 1000))
measure=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-k1 --legal-basis "a report" | jq -re .number)
mass_event MEASURE_HOLD "$measure" 300 a security-2 approve "$measure" || { not_ok "a model is held"; finish; }
echo "# a model of $MODEL is held, $(wc -l <"$work/sample/urls") of them asked about; load $(load)"
promised mass.model
claim "a block in the middle lists each of it" [ "$(openssl crl -inform DER \
	-in "$VAR/public/crl/$issuer/$((blocks / 2)).crl" -noout -text | grep -c 'Serial Number')" -eq 65536 ]
jq -s . "$work/rows" >"$report"
[ "$missed" -eq 0 ] || echo "# $missed goals are missed"
sed -n '/WARN\|ALARM/s/^/# /p' "$VAR/log/authority.log" "$VAR/log/follower.log" | tail -n 20
finish
