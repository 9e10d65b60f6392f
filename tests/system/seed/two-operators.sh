#!/usr/bin/env bash
# Use case c, a personal device: "the registration website(s) of the chosen
# operator(s)".  Two operators serve the same device at the same moment; one has
# it, the other is told so and takes back what it put there.
. "${stage:-$(dirname "$0")/begin.sh}"
device

permitted mobilfunk-hlr >"$work/one" & p=$!
two=$(permitted fernfunk-hlr)
wait $p
one=$(cat "$work/one")
claim "two operators ask at once, and both are permitted" test -n "$one" -a -n "$two"
confirm mobilfunk-hlr "$one" ONE >"$work/one" 2>&1 & p=$!
confirm fernfunk-hlr "$two" TWO >"$work/two" 2>&1
second=$?
wait $p
first=$?
claim "one of them has it" test $((first == 0)) -ne $((second == 0))
claim "the other hears that it does not" grep -q CUSTODY_TAKEN "$work/one" "$work/two"
if [ $first -eq 0 ]; then has=mobilfunk has_not=fernfunk; else has=fernfunk has_not=mobilfunk; fi
claim "the register says the same" is "$(holder)" "$has held"
told "from then on it is refused" $has_not-hlr refuse CONSENT_MISSING
told "and the one that has it is not" $has-hlr permit - --purpose reprovision
scene_over
