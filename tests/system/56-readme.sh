#!/usr/bin/env bash
# README.md tells the story as commands to copy: each does what is said there.
. "$(dirname "$0")/lib.sh"
WHOLE=yes

# The commands, as a script that ends at the first that fails.  What README
# says is refused, and why, must be.
commands() {
	awk '/^## /{ in_story = /by hand$/ } /^```/{ in_code = /^```sh$/; next }
		in_story && in_code' "$top/README.md" |
		sed 's/^\(assay decide .*\)# refuse: \([A-Z_]*\)$/refuses \2 \1/'
}

refuses() { # reason command...
	local reason=$1 rc=0
	shift
	"$@" >answer || rc=$?
	[ "$rc" -eq 1 ] && grep -q "^  $reason:" answer
}

# The reader's folder: the clone, with what `make run` made in it.
tell() {
	mkdir "$work/clone" && cd "$work/clone" || return
	ln -s "$bin" build
	ln -s "$VAR" var
	export TMPDIR=$work
	commands >story.sh
	set -eux
	. ./story.sh
}

start_instance
claim "README has a story" test "$(commands | grep -c '^ *assay ')" -gt 40
claim "every command of it does what it says" bash -c "$(declare -f tell refuses commands)
	top=$top bin=$bin VAR=$VAR work=$work; tell"
claim "the refusals in it are looked at" test "$(commands | grep -c '^refuses ')" -eq 4
finish
