#!/usr/bin/env bash
# Completion in bash: what it offers is what there is.
set -u
B=${B:-build}
top=$PWD
bad=0
. deploy/assay.bash
ASSAY_VAR=$(mktemp -d)
trap 'rm -rf "$ASSAY_VAR"' EXIT
mkdir "$ASSAY_VAR/credentials"
touch "$ASSAY_VAR"/credentials/{officer-1,officer-2,reader,root}.crt "$ASSAY_VAR/credentials/officer-3.key"

# offers WHAT WORDS...: the last of these is under way
offers() {
	local name=$1 want=$2
	shift 2
	COMP_WORDS=("$top/$B/assay" "$@") COMP_CWORD=$# COMPREPLY=()
	_assay
	if [ "${COMPREPLY[*]}" = "$want" ]; then echo "ok - $name"
	else
		echo "not ok - $name"
		echo "#   wanted $want, got ${COMPREPLY[*]}"
		bad=1
	fi
}

offers "a noun" measure mea
offers "its verbs" "lift list" measure l
offers "whatever options stand before" "show suspend" --as officer-1 --json org s
offers "both words of a verb" withdraw ca requests w
offers "the options of a command" "--makes --may-platform-only" org new acme --m
offers "of one whose verb has two words" "--script" ca transcript verify folder --s
offers "and those that all have" "--json" org list --j
offers "whose credential is here" "officer-1 officer-2" org list --as off
offers "not the root's" "reader" org list --as r
offers "nothing where nothing fits" "" org list --nothing
exit $bad
