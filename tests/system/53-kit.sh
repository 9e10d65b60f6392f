#!/usr/bin/env bash
# The offline kit end to end: issue, revoke, hold, release, measure; fetch it,
# verify it, and decide without an instance, for every status.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
d=$work/kit root=
is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
owner() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay \
	-qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1"; }
get() { curl -fsS "$PUBLIC_URL/kit/$1" -o "$2"; }
# offline VERB FOLDER...: no instance, no server: the root and nothing else
offline() { "$bin/assay" --var "$work/none" offline "$1" "$2" --root "$root" "${@:3}"; }
fetch() { offline fetch "${1:-$d}" --public-url "$PUBLIC_URL" "${@:2}"; }
every() { owner "CREATE OR REPLACE FUNCTION kit_hourly() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$1' \$\$"; }
daily() { owner "CREATE OR REPLACE FUNCTION kit_daily() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$1' \$\$"; }
number() { owner "SELECT max(number) FROM kit"; }
# one_more: a number that was begun after now
one_more() {
	local n
	n=$(number)
	every "0 seconds"
	until_true 20 eval '[ "$(number)" -gt '"$n"' ]' && every "1 hour" && published
}
published() { # the newest number
	local n
	n=$(number)
	until_true 20 curl -fsS -o /dev/null "$PUBLIC_URL/kit/$n.delta"
}
full_of() { until_true 60 curl -fsS -o /dev/null "$PUBLIC_URL/kit/$1.full"; }
# says "sentence" VERDICT REASON [FOLDER] [options]: of TRE-n in TERM-n
says() {
	local said=$1 want="$2 $3" tre=$4 term=$5 out got
	shift 5
	out=$(offline decide "$d" --tre "$VAR/devices/$tre.crt" --terminal "$VAR/devices/$term.crt" --json "$@" 2>&1)
	got=$(jq -r '"\(.verdict) \(.reasons[0] // "-")"' <<<"$out" 2>&1)
	if [ "$got" = "$want" ]; then ok "$said ($got)"; else not_ok "$said"; echo "#   wanted $want, got: $out"; fi
}

start_instance
root=$VAR/credentials/root.crt
claim "the first number is there soon" until_true 20 get 1.delta "$work/1.delta"
claim "with its snapshot" full_of 1
claim "suppliers, sites and models get accredited" story_accredited
claim "lots are issued" story_lots 12
claim "a number more" one_more
claim "it can be fetched, with nothing but the root" fetch
offline show "$d"
says "what is good" indeterminate PRECHECK_ONLY TRE-1 TERM-1
claim "one is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "one is held" a security-1 cert hold "$(serial_of TERM-3)" --legal-basis "under investigation"
claim "a number more" one_more
claim "the delta is fetched" fetch
says "what is revoked" refuse CERTIFICATE_REVOKED TRE-2 TERM-2
says "what is on hold" refuse CERTIFICATE_ON_HOLD TRE-3 TERM-3
grep -i "kit" "$VAR"/log/*.log | tail -20 | sed 's/^/# /'
finish
