# How much memory the programs of an instance, and the sessions of PostgreSQL that
# serve them, have had to themselves at most since memory_watch.  After lib.sh and
# account.sh, with an instance running.

memory_watch() {
	while :; do
		for pid in $(pgrep -P "$RUN_PID" -f 'assay-(authority|follower)') \
			$(pgrep -P "$(head -n 1 "$VAR/postgres/postmaster.pid")" -f 'postgres: assay_(authority|follower)'); do
			name=$(cat "/proc/$pid/comm" 2>/dev/null)
			[ "$name" != postgres ] || name=$(tr "\0" " " <"/proc/$pid/cmdline" | cut -d" " -f1,2 | tr -d :)
			awk -v n="$name" '/^RssAnon/ { print n "|" $2 }' "/proc/$pid/status" 2>/dev/null
		done >>"$work/memory"
		sleep 0.05
	done &
	memory_pid=$!
}
memory_end() { kill "$memory_pid"; wait "$memory_pid" 2>/dev/null; }
# Each one's name and kilobytes, of what was seen until now.
memory_said() { awk -F'|' '$2 > m[$1] { m[$1] = $2 } END { for (n in m) print n "|" m[n] }' "$work/memory"; }
# memory_within NAME MEBIBYTES
memory_within() {
	memory_said | awk -F'|' -v n="$1" -v most="$2" '$1 == n { m = $2 } END { print "# " n ": " m " kB"
		exit !(m > 0 && m <= most * 1024) }'
}
