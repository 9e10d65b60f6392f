# The stage of the scenes in this folder: suppliers and their accredited models,
# the operators mobilfunk, fernfunk and ferngas (whose owner is a gas supplier's),
# and devices that nobody has used.  A scene begins with
#	. "${stage:-$(dirname "$0")/begin.sh}"
# and ends with `scene_over`: run by itself it has an instance of its own;
# tests/system/64-seed.sh plays them all on one.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../story.sh"
fleet=${FLEET:-100} # of the metering scene
devices=$((40 + fleet))

# device: the next that nobody has used; sets tre and term
used=0
device() {
	used=$((used + 1))
	tre=TRE-$used term=TERM-$used
}
# asks WHO [options]: about the device at hand; the answer
asks() { local who=$1; shift; j "$who" decide --tre "$tre" --terminal "$term" "$@" 2>&1; }
# told "sentence" WHO VERDICT REASON|- [options]: the first reason
told() {
	local said=$1 who=$2 want="$3 $4"
	shift 4
	claim "$said" is "$(asks "$who" "$@" | jq -r '"\(.verdict) \(.reasons[0] // "-")"' 2>&1)" "$want"
}
# permitted WHO [options]: prints the decision
permitted() { asks "$@" | jq -re 'select(.verdict == "permit") | .decision'; }
confirm() { a "$1" decision confirm "$2" --reference "$3" "${@:4}"; }
holder() { j reader custody list --device "tre/$tre" | jq -r '.custody[0] | if . then "\(.operator) \(.state)" else "nobody" end'; }
consent() { a "$1" consent sign "$(cert_of "$tre")" --target "$2"; } # WHO TARGET
heard() { until_true 10 eval "j $1 notice list | jq -e --arg t $2 '[.notices[] | select(.topic == \$t)] | length > 0'"; }

scene_over() { [ -n "${stage:-}" ] || { stop_instance; finish; }; }

start_instance
claim "suppliers, sites and models are accredited" story_accredited
for operator in fernfunk ferngas; do
	claim "an operator, $operator" eval "story_organisation $operator '$operator' operator --may-platform-only &&
		story_principal $operator-hlr $operator operator"
done
claim "$devices devices are made" story_lots $devices
