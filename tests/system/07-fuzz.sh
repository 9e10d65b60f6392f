#!/usr/bin/env bash
# Whatever fuzzing has found, once more: each input that is kept, in each target, as
# this build has it (make asan: under ASan and UBSan).
. "$(dirname "$0")/lib.sh"
cd "$top" || exit 1
export TMPDIR=$work # of those that have files

# is_taken TARGET COUNT FILE...
is_taken() {
	local got
	got=$("$bin/tests/fuzz/$1" "${@:3}") && { [ "$got" -eq "$2" ] || { echo "$got of $2 were tried"; false; }; }
}

for target in $(basename -s .c tests/fuzz/*.c | grep -vx replay); do
	files=("tests/fuzz/$target"/*)
	[ ! -e "tests/fuzz/$target.base64" ] || files+=("tests/fuzz/$target.base64")
	n=$(for f in "${files[@]}"; do case $f in *.base64) cat "$f" ;; *) echo "$f" ;; esac; done | wc -l)
	claim "$target takes all $n inputs that are kept" is_taken "$target" "$n" "${files[@]}"
done
finish
