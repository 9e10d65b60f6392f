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
. "$top/tests/lib/many.sh"
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

# ---- what several of them say and count
# "of" what tests/bench/ask.c printed
said() { awk -v w="$1" '{ for (i = 1; i < NF; i++) if ($i == w) print $(i + 1) }' "$work/asked"; }
middle() { sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
calc() { awk "BEGIN { printf \"$2\", $1 }"; }
# What this machine can do at most, of $work/limits.*
limit() { awk -v w="$1" '$1 == w && $2 > 1 { s += $3; n++ } END { printf "%.0f", s / n }' "$work"/limits.*; }
row() { # name unit limit ours ratio goal met
	printf '%-14s %-4s %10s %10s %8s  %s (%s)\n' "$1" "$2" "$3" "$4" "$5" "$6" "$7"
	jq -nc --arg n "$1" --arg u "$2" --argjson l "$3" --argjson o "$4" --argjson r "$5" --arg g "$6" --argjson m "$(
		[ "$7" = met ] && echo true || echo false)" \
		'{name: $n, unit: $u, limit: $l, peer: null, ours: $o, ratio: $r, goal: $g, met: $m}' >>"$work/rows"
}
word() { awk "BEGIN { exit !($1) }" && echo met || echo missed; }
# A table for durable INSERTs, into which each puts a row.
insert_table() {
	owner <<<'CREATE TABLE public.bench (id bigserial PRIMARY KEY, x text)' &&
		echo "INSERT INTO public.bench (x) VALUES ('a row of some length, as one is')" >"$work/insert.sql"
}
pgbench=$(ls /usr/lib/postgresql/*/bin/pgbench | tail -n 1)
# durable INSERTs by so many clients: ms for one, and how many a second
insert() { # clients seconds
	"$pgbench" -h "$run" -n -c "$1" -j "$(($1 > 1 ? 2 : 1))" -T "$2" -f "$work/insert.sql" assay 2>/dev/null |
		awk '/latency average/ { ms = $4 } /^tps/ { tps = $3 } END { print ms, tps }'
}
# All that the instance has started.
children() { local pid; for pid in $(pgrep -P "$1"); do echo "$pid"; children "$pid"; done; }
# Program, CPU microseconds, how often it was switched to; and what PostgreSQL counts.
processes() {
	local pid name
	for pid in $(children "$RUN_PID"); do
		name=$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed -n 's/^postgres: \([a-z_]*\).*/postgres \1/p')
		cat "/proc/$pid"/task/*/schedstat 2>/dev/null |
			awk -v n="${name:-$(cat "/proc/$pid/comm")}" '{ us += $1 / 1000; k += $3 } END { print n "|" us "|" k }'
	done | awk -F'|' '{ us[$1] += $2; k[$1] += $3 } END { for (n in us) print n "|" us[n] "|" k[n] }' | sort
}
# costs BEFORE AFTER N: what one of N has cost meanwhile, process by process.
costs() {
	join -t'|' "$1" "$2" | awk -F'|' -v n="$3" '{ us = ($4 - $2) / n; all += us
			if (us >= 0.1) printf "#   %-24s %8.1f %8.2f\n", $1, us, ($5 - $3) / n }
		END { printf "#   %-24s %8.1f\n", "together", all }'
}
counts() {
	owner <<<"SELECT 'commits', xact_commit FROM pg_stat_database WHERE datname = 'assay'
		UNION ALL SELECT 'flushes of the log', wal_sync FROM pg_stat_wal
		UNION ALL SELECT 'octets of log', wal_bytes FROM pg_stat_wal"
}
# The same into files of NAME, before and after what it is about.
begins() { processes >"$work/$1.before" && counts >"$work/$1.counted"; }
ends() { processes >"$work/$1.after" && counts >>"$work/$1.counted"; }
# counted NAME BODIES COMMAND...: the command is ask, or ends with it; the bodies come, and
# counting begins, when it has its connections, whose handshakes are not counted.
counted() {
	local name=$1 bodies=$2
	shift 2
	rm -f "$work/asked"
	{ until_true 20 grep -qs connected "$work/asked"; begins "$name"; cat "$bodies"; } | "$@" && ends "$name"
}
# The costs of one of N, and what PostgreSQL has counted of it.
spent() { # NAME N
	costs "$work/$1.before" "$work/$1.after" "$2"
	awk -F'|' -v n="$2" '($1 in c) { printf "#   %-24s %8.2f\n", $1, ($2 - c[$1]) / n } { c[$1] = $2 }' "$work/$1.counted"
}

