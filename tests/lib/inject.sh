# Failing system calls, by strace: no test says that a disk is broken unless
# the program was told so by its kernel.  After lib.sh.
#	inject CALLS:error=E:when=N PID...	from now on
#	injected				has it happened?
#	relent					no more; the programs go on

inject() { # what pid...
	local what=$1 p pids=()
	shift
	injected_into=("$@")
	for p; do pids+=(-p "$p"); done
	: >"$work/strace"
	strace -f -qq -o "$work/strace" -e trace="${what%%:*}" -e inject="$what" "${pids[@]}" 2>"$work/strace.err" &
	strace_pid=$!
	until_true 5 traced "$@" || { cat "$work/strace.err"; relent; return 1; }
}
# Some may have ended meanwhile.
traced() {
	local p
	for p; do
		[ -e "/proc/$p" ] && ! grep -q "^TracerPid:	$strace_pid$" "/proc/$p/status" && return 1
	done
	kill -0 "$strace_pid"
}
injected() { grep -q INJECTED "$work/strace"; }
# One that was about to stop for strace when that let go of it would stay so.
relent() {
	local p of
	kill "$strace_pid" 2>/dev/null
	wait "$strace_pid" 2>/dev/null
	for of in "${injected_into[@]}"; do
		for p in "$of" $(pgrep -P "$of"); do
			grep -qs "^State:	T" "/proc/$p/status" && echo "# $p stood still" && kill -CONT "$p"
		done
	done
	return 0
}

# Everything of PostgreSQL, and what it starts from now on.
postgres_all() { local p; p=$(postgres); echo "$p" $(pgrep -P "$p"); }
child() { pgrep -P "$RUN_PID" -f "$1" | head -n 1; }
