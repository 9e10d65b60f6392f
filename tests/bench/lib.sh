# What measurements begin with; sourced by each, after it has said what may be set:
#	settings=(DEVICES=100000 KIND=csr)	names with what they are otherwise
# Goes on as the service user, in a folder that it can read, and leaves the report
# in build/bench/NAME.json.
name=$(basename "$0" .sh)
for setting in "${settings[@]}"; do
	variable=${setting%%=*}
	[ -n "${!variable:-}" ] || printf -v "$variable" %s "${setting#*=}"
	export "${variable?}"
done
if [ "$(id -u)" -eq 0 ]; then
	cd "$(dirname "$0")/../.." || exit 1
	here=$(tests/reachable) || exit 1
	rc=0
	mkdir -p build/bench
	REPORT=$(mktemp)
	export REPORT
	chmod 666 "$REPORT"
	(cd "$here" && tests/as-service-user "tests/bench/$name.sh") || rc=$?
	[ "$here" = "$PWD" ] || rm -rf "$here"
	[ -s "$REPORT" ] && cat "$REPORT" >"build/bench/$name.json"
	rm -f "$REPORT"
	exit "$rc"
fi
. "$(dirname "$0")/../system/lib.sh"
. "$top/tests/system/story.sh"
report=${REPORT:-$bin/bench/$name.json}
mkdir -p "$(dirname "$report")"

story_coc() { # as story.sh has it, with a quota for all that is measured
	local model=$1 number
	shift
	number=$(j decider-1 coc propose --model "$model" --level 2 --quota 20000000 "$@" | jq -re .number) &&
		a decider-2 approve "$number" >&2 && echo "$number"
}
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
load() { cut -d' ' -f1 /proc/loadavg; }
