#!/usr/bin/env bash
# How long lists and searches take when a million devices are registered: a real
# instance, asked by HTTPS over a kept connection, and by the command line with
# its start.  Prints a table and writes build/bench/registry.json.
#	DEVICES=1000000 OTHERS=2000 DECISIONS=100000 TIMES=20 tests/bench/registry.sh
set -u
settings=(DEVICES=1000000 OTHERS=2000 DECISIONS=100000 TIMES=20)
. "$(dirname "$0")/lib.sh"
devices=$DEVICES others=$OTHERS decisions=$DECISIONS times=$TIMES limit=100

start_instance
claim "suppliers and an operator take part" story_people
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 "$@"; }
number_of() { record <<<"SELECT id FROM assay.organisation WHERE handle = '$1'"; }
began=$SECONDS
claim "$devices devices are registered, and others" record -v devices="$devices" -v others="$others" \
	-v decisions="$decisions" -v big="$(number_of tresor)" -v small="$(number_of karren)" \
	-v operator="$(number_of mobilfunk)" -f "$top/tests/lib/many.sql"
[ "$failed" -eq 0 ] || finish
echo "# in $((SECONDS - began)) s, on $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), PostgreSQL $(
	record <<<'SHOW server_version'), $(record <<<"SELECT pg_size_pretty(pg_total_relation_size('assay.device'))") of devices"

# What is asked: NAME|PATH; and each again, the page behind the first.
lists() {
	local mine=$1 maker=tresor model
	[ "$mine" = karren ] && maker=karren
	model=$(record <<<"SELECT handle FROM assay.model WHERE organisation_id = $(number_of $maker)
		AND kind = 'tre' AND id > 1000000000 ORDER BY id LIMIT 1")
	cat <<LISTS
organisations|/v1/organisations
organisations, kind|/v1/organisations?kind=operator&state=active
organisations, search|/v1/organisations?q=many-99
principals|/v1/principals
principals, role|/v1/principals?role=auditor
principals, search|/v1/principals?q=many-p19
sites|/v1/sites
sites, organisation|/v1/sites?organisation=$mine
sites, search|/v1/sites?q=many%2077
audits|/v1/audits
audits, site|/v1/audits?site=many-s40
audits, none|/v1/audits?state=planned
evidence|/v1/evidence
evidence, state|/v1/evidence?state=submitted&organisation=$mine
models|/v1/models
models, kind|/v1/models?kind=hardware_platform&organisation=$mine
models, search|/v1/models?q=many-m12
declarations|/v1/declarations
declarations, model|/v1/declarations?model=$model
cocs|/v1/cocs
cocs, organisation|/v1/cocs?state=certified&organisation=$mine
cocs, model|/v1/cocs?model=$model
measures|/v1/measures
measures, scope|/v1/measures?state=in_force&scope_kind=model
rule sets|/v1/rulesets
LISTS
	[ "$mine" = mobilfunk ] || cat <<LISTS
lots|/v1/lots
lots, model|/v1/lots?model=$model
lots, none|/v1/lots?state=rejected
devices|/v1/devices
devices, kind|/v1/devices?kind=tre
devices, rare state|/v1/devices?state=stolen
devices, no such state|/v1/devices?state=retired
devices, model|/v1/devices?model=$model
devices, lot|/v1/devices?lot=LOT-MANY-7
devices, prefix|/v1/devices?prefix=M
devices, long prefix|/v1/devices?prefix=MT000123
LISTS
	case $mine in
	body)
		cat <<LISTS
proposals|/v1/proposals
proposals, open|/v1/proposals?state=open
proposals, subject|/v1/proposals?subject=many-70
LISTS
		;;
	esac
	case $mine in
	body | mobilfunk)
		cat <<LISTS
decisions|/v1/decisions
decisions, rare verdict|/v1/decisions?verdict=indeterminate
decisions, operator|/v1/decisions?operator=mobilfunk
LISTS
		;;
	esac
}

# The same question $times times over one connection: how many rows, ms each.
ask_often() { # who path
	local i args=()
	for ((i = 0; i <= times; i++)); do args+=(-o /dev/null "$URL$2"); done
	api_as "$1" -w '%{http_code} %{time_total} %{time_pretransfer}\n' "${args[@]}" |
		awk 'NR > 1 { if ($1 != 200) exit 1; printf "%.2f\n", ($2 - $3) * 1000 }'
}
# What the command line takes, from its start to its end, ms each.
start_often() { # who args...
	local i t0 who=$1
	shift
	for ((i = 0; i < 7; i++)); do
		t0=$(date +%s%N)
		assay --as "$who" --json "$@" >/dev/null || return 1
		echo $((($(date +%s%N) - t0) / 10000)) | sed 's/..$/.&/'
	done
}
rows_of() { jq '[.[] | arrays | length] | add' 2>/dev/null; }
first=1
row() { # name rows, times on standard input
	local p50 worst met=true
	read -r p50 worst < <(sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)], t[NR] }')
	[ -n "$worst" ] || { not_ok "$1 is answered"; return; }
	printf '%-44s %5s %8s %8s\n' "$1" "$2" "$p50" "$worst"
	awk -v w="$worst" -v l="$limit" 'BEGIN { exit w < l }' && { met=false; missed=$((missed + 1)); }
	[ $first = 1 ] || echo , >>"$report"
	first=0
	jq -nc --arg name "list.$(tr ' ' '_' <<<"${1//,/}")" --argjson ours "$worst" --argjson limit "$limit" \
		--argjson met $met '{name: $name, unit: "ms", limit: $limit, peer: null, ours: $ours,
		ratio: ($ours / $limit), goal: "the worst of \($limit) ms at most", met: $met}' >>"$report"
}

missed=0
mkdir -p "$(dirname "$report")"
echo '[' >"$report"
printf '%-44s %5s %8s %8s\n' "milliseconds" rows p50 worst
for who in reader:body tresor-pki:tresor karren-pki:karren mobilfunk-hlr:mobilfunk; do
	while IFS='|' read -r name path; do
		answer=$(api_as "${who%:*}" "$URL$path")
		row "${who#*:}: $name" "$(rows_of <<<"$answer")" < <(ask_often "${who%:*}" "$path")
		next=$(jq -r '.next // empty' <<<"$answer")
		[ -n "$next" ] || continue
		mark='?'
		case $path in *\?*) mark='&' ;; esac
		path=$path${mark}before=$(jq -rn --arg x "$next" '$x | @uri')
		row "${who#*:}: $name, next" "$(api_as "${who%:*}" "$URL$path" | rows_of)" \
			< <(ask_often "${who%:*}" "$path")
	done < <(lists "${who#*:}")
done
for noun in org principal site audit evidence model declaration coc measure lot device proposal decision; do
	row "body: assay $noun list" "$(assay --as reader --json "$noun" list | rows_of)" \
		< <(start_often reader "$noun" list)
done
for noun in site model lot device; do
	row "tresor: assay $noun list" "$(assay --as tresor-pki --json "$noun" list | rows_of)" \
		< <(start_often tresor-pki "$noun" list)
done
row "body: assay device list --prefix" 100 < <(start_often reader device list --prefix MT0)
echo ']' >>"$report"
echo "# load at the end: $(cut -d' ' -f1-3 /proc/loadavg)"
if [ "$missed" -eq 0 ]; then ok "every list and search took less than $limit ms at its worst"
else not_ok "$missed lists and searches took $limit ms or more at their worst"; fi
finish
