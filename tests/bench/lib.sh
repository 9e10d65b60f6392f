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
# The same, and what PostgreSQL has counted meanwhile.
spent() { # before after counted n
	costs "$1" "$2" "$4"
	awk -F'|' -v n="$4" '($1 in c) { printf "#   %-24s %8.2f\n", $1, ($2 - c[$1]) / n } { c[$1] = $2 }' "$3"
}

# ---- a register that is full

# register_many COUNT MODEL: so many certificates more of the CA $issuer, of lots of
# a million, are put into the register as what CRLs and the index are made of: the
# issued ranges and the log.
register_many() {
	owner <<SQL
SET search_path = assay;
SET session_replication_role = replica;
CREATE TEMP TABLE one AS SELECT l.* FROM lot l JOIN model m ON m.id = l.model_id
	WHERE m.handle = '$2' ORDER BY l.id LIMIT 1;
CREATE TEMP TABLE made AS
	SELECT n, (SELECT max(id) FROM lot) + n AS id, least(1000000, $1 - (n - 1) * 1000000) AS size
	FROM generate_series(1, ceil($1 / 1e6)::int) n;
INSERT INTO lot OVERRIDING SYSTEM VALUE
	SELECT (jsonb_populate_record(one, jsonb_build_object('id', made.id, 'number', 'LOT-MASS-' || made.n,
	    'rows_sha256', '\x' || encode(sha256(made.n::text::bytea), 'hex'), 'count', made.size))).* FROM one, made;
CREATE TEMP TABLE range AS
	SELECT i.next_index + (n - 1) * 1000000::bigint + k AS first, least(8192, size - k) AS count, made.id
	FROM made, issuer i, generate_series(0, made.size - 1, 8192) k WHERE i.id = $issuer;
INSERT INTO index_range (issuer_id, first, count, lot_id, state) SELECT $issuer, first, count, id, 'issued' FROM range;
INSERT INTO status_event (id, at, kind, issuer_id, first, count, lot_id, model_id, site_id, organisation_id,
	hardware_platform_id)
	SELECT (SELECT last FROM status_head) + row_number() OVER (ORDER BY first), assay_now(), 'issued', $issuer, first,
	range.count, range.id, one.model_id, one.site_id, one.organisation_id,
	(SELECT hardware_platform_id FROM model WHERE id = one.model_id) FROM range, one;
UPDATE status_head SET last = last + (SELECT count(*) FROM range);
-- The chain goes on behind them: whoever has seen the last knows it again.
UPDATE status_event e SET hash = h.hash FROM status_head h WHERE e.id = h.last;
UPDATE issuer SET next_index = next_index + $1 WHERE id = $issuer;
ANALYZE;
NOTIFY status;
SQL
}
