#!/usr/bin/env bash
# Completion in bash: what it offers is what there is.  And which version that is.
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

# ---- each program says which version it is of
version=$(sed -n 's/^VERSION *?= *//p' Makefile)
says() { # PROGRAM WORDS...
	local program=$1 said
	shift
	said=$("$top/$B/$program" "$@") && [ "$said" = "$program ${VERSION:-$version}" ] &&
		echo "ok - $program $* is of ${said#* }" || { echo "not ok - $program $*: $said"; bad=1; }
}
says assay version
says assay --version
says assay --as officer-1 --version
for program in assay-authority assay-follower assay-notifier; do says "$program" --version; done
offers "version is among what there is" version ver
exit $bad
