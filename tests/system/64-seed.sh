#!/usr/bin/env bash
# The study's use cases and threats, one readable file each in seed/, which says
# the sentence that it shows; all on one instance.  Each can be run by itself:
# tests/run system seed/NAME.
. "$(dirname "$0")/seed/begin.sh"
stage=/dev/null
for scene in "$(dirname "$0")"/seed/[a-z]*.sh; do
	case $scene in */begin.sh) continue ;; esac
	echo "# ---- $(basename "$scene" .sh)"
	. "$scene"
done
stop_instance
finish
