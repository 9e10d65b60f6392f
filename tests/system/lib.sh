# What system tests share; to be sourced by each:
#	. "$(dirname "$0")/lib.sh"
#	start_instance
#	claim "the reader can ask who it is" assay whoami --as reader
#	finish
# Claims are printed as `ok - ...` and `not ok - ...`, which tests/run counts.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
B=${B:-build}
case $B in /*) bin=$B ;; *) bin=$top/$B ;; esac
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
PATH=$pg_bin:$PATH # psql itself: what Debian has before it is a script in Perl, and costs more than most questions
. "$top/tests/lib/cluster.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-test.XXXXXX")
failed=0
RUN_PID=

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; failed=$((failed + 1)); }

# claim WHAT COMMAND...: ok when the command succeeds; else its output is shown.
claim() {
	local what=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$what"; else not_ok "$what"; sed 's/^/#   /' <<<"$out" | tail -20; fi
}

# refused CODE WHAT COMMAND...: ok when it fails and says [CODE].
refused() {
	local code=$1 what=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$what (it was done)"
	elif grep -q "\[$code\]" <<<"$out"; then ok "$what"
	else not_ok "$what (another reason)"; fi
	grep -q "\[$code\]" <<<"$out" || sed 's/^/#   /' <<<"$out" | tail -20
}

# exits N COMMAND...: does it end with that exit code?
exits() {
	local want=$1 got=0
	shift
	"$@" >/dev/null 2>"$work/stderr" || got=$?
	[ "$got" -eq "$want" ] || { echo "exit code $got, not $want:"; cat "$work/stderr"; return 1; }
}

# nap SECONDS: sleep is a program, and to start one costs more than most of what is
# waited for.
mkfifo "$work/nap"
nap() { read -rt "$1" <>"$work/nap" || [ $? -gt 128 ] || sleep "$1"; }

# within SECONDS COMMAND...: try again until it succeeds, in the time that was
# promised.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { "$@"; return; }
		nap "${POLL:-0.2}"
	done
}
# until_true SECONDS COMMAND...: the same where nobody promised a time: three
# times as long, on a machine that has other work.
until_true() { within $(($1 * 3)) "${@:2}"; }

# nginx_reload: nginx reads its settings anew, and no worker of before takes what comes.
nginx_reload() {
	local master workers
	master=$(cat "$VAR/nginx/nginx.pid")
	workers=$(pgrep -P "$master")
	kill -HUP "$master"
	until_true 10 nginx_left $workers
}
nginx_left() {
	local w
	for w; do [ ! -e "/proc/$w" ] || grep -aq 'shutting down' "/proc/$w/cmdline" || return 1; done
}

# A port of 127.0.0.1 that nobody listens on, below those that the system gives.
# It is ours until we end: seconds go by before nginx listens on it, and other
# tests choose meanwhile.
ports=${TMPDIR:-/tmp}/assay-ports.$(id -u)
free_port() { # [process that it belongs to]
	local p owner
	mkdir -p "$ports"
	while :; do
		p=$((15000 + RANDOM % 16000))
		owner=$(readlink "$ports/$p") && [ ! -e "/proc/$owner" ] && rm -f "$ports/$p"
		ln -s "${1:-$$}" "$ports/$p" 2>/dev/null || continue
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }
	done
}
give_ports_back() { find "$ports" -lname "$$" -delete 2>/dev/null; }

# The command line on the instance; curl with our root.
assay() { "$bin/assay" --var "$VAR" "$@"; }
api() { curl -s --cacert "$VAR/credentials/root.crt" "$@"; }
api_as() {
	local who=$1
	shift
	api --cert "$VAR/credentials/$who.crt" --key "$VAR/credentials/$who.key" "$@"
}

# own_installation: programs of this test's own, whose $profiles are the
# administrator's to edit.
own_installation() {
	local prefix=$work/prefix share=$work/prefix/share/assay

	mkdir -p "$prefix/bin" "$prefix/lib/assay" "$share/db" "$share/policy"
	cp "$bin"/assay "$bin"/assay-* "$prefix/bin/"
	cp "$bin"/*.so "$prefix/lib/assay/"
	cp -rL "$top/db/schema" "$top"/db/*.sql "$share/db/"
	cp -rL "$top/policy/rulesets" "$top/policy/tre-kinds.json" "$share/policy/"
	cp -rL "$top/conf" "$share/"
	chmod -R u+w "$prefix"
	built=$bin bin=$prefix/bin
	profiles=$share/conf/profiles.cnf
}

# A sanitizer's library must be in Kore before our modules are.
preload=$(ldd "$bin/assay" 2>/dev/null | awk '/libasan/ { print $3 }')
if [ -n "$preload" ]; then
	export ASSAY_KORE_PRELOAD=$preload
	export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
fi

# What `assay init` begins with, as it makes it, up to the schema: the same in
# every instance.  But for its memory: an eighth of a machine's takes half a second of
# processor time at each start.
instance_cluster() { # folder
	local options
	options=$(sed -n '/^run_initdb/,/^}/s/.*process_arg(&p, "\(--[^%"]*\)");/\1/p' "$top/api/cli/cluster.c")
	"$pg_bin/initdb" --pgdata="$1" --no-sync $options >/dev/null && cluster_fill "$1" instance_fill
}
instance_fill() {
	psql -h "$made" -d postgres -qX -v ON_ERROR_STOP=1 -f "$top/db/bootstrap.sql" &&
		"${built:-$bin}/tests/migrate" "host=$made dbname=assay" \
			"$top/db/schema" "$top/policy/rulesets" "$top/policy/tre-kinds.json" &&
		psql -h "$made" -d postgres -qX -c "ALTER SYSTEM SET shared_buffers = '128MB'"
}

# start_instance [OPTION...]: a fresh one (or the one of before, when VAR is
# set) in the background; sets VAR PORT PUBLIC_PORT URL PUBLIC_URL RUN_PID.  Its
# cluster is a copy, unless WHOLE is set.
start_instance() {
	VAR=${VAR:-$work/var}
	PORT=${PORT:-$(free_port)}
	PUBLIC_PORT=${PUBLIC_PORT:-$(free_port)}
	URL=https://127.0.0.1:$PORT
	PUBLIC_URL=http://127.0.0.1:$PUBLIC_PORT
	[ -n "${WHOLE:-}" ] || [ -z "${ASSAY_MADE:-}" ] || [ -e "$VAR" ] || {
		mkdir -m 700 "$VAR" && cluster_copy instance_cluster "$VAR/postgres" || not_ok "a cluster is copied"
	}
	: >"$work/run.out"
	"$bin/assay" run --var "$VAR" --port "$PORT" --public-port "$PUBLIC_PORT" "$@" \
		>"$work/run.out" 2>&1 </dev/null &
	RUN_PID=$!
	until_true "${START_SECONDS:-90}" started && [[ $(<"$work/run.out") == *"assay: ready"* ]] && return
	not_ok "an instance starts"
	sed 's/^/#   /' "$work/run.out" | tail -3
	grep -h 'FATAL\|ERROR\|emerg\|error' "$VAR"/log/*.log 2>/dev/null | tail -6 | sed 's/^/#   /'
	finish
}
started() { [[ $(<"$work/run.out") == *"assay: ready"* ]] || ! kill -0 "$RUN_PID" 2>/dev/null; }

# is GOT WANTED: for a claim.
is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
# sql STATEMENT: of the instance's database, as its owner.
sql() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -d assay -qAtX -c "SET search_path = assay; $1"; }
# The same past all triggers: what no way of the system's leads to.
sql_past() { sql "SET session_replication_role = replica; $1"; }

# stop_instance: SIGTERM, and wait; gives its exit code.
stop_instance() {
	local rc=0
	[ -n "$RUN_PID" ] || return 0
	kill -TERM "$RUN_PID" 2>/dev/null
	wait "$RUN_PID" || rc=$?
	RUN_PID=
	return "$rc"
}

# What is left is cleared away, and the slot is the next test's (slot_take).
slot=
leave() {
	stop_instance >/dev/null 2>&1 && [ -n "$slot" ] && rm -f "$slot/owner"
	slot=
	give_ports_back
	rm -rf "$work"
}
finish() {
	leave
	[ "$failed" -eq 0 ] || exit 1
	exit 0
}
trap leave EXIT
trap 'exit 1' INT TERM
