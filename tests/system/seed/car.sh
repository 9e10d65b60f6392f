#!/usr/bin/env bash
# Use case a, a car: its communications equipment "was fitted, e.g. by the factory
# or by the dealer, without any knowledge of the new owner's subscription to any
# networks"; "this can be done using a temporary connection to the PLMN of his
# chosen HO or that of the VNO".
. "${stage:-$(dirname "$0")/begin.sh}"
device

# Neither certificate knows of an operator.
claim "no certificate of the car's names an operator" not eval \
	"openssl x509 -in \$(cert_of $tre) -text | grep -Eqi 'mobilfunk|fernfunk|ferngas' ||
	openssl x509 -in \$(cert_of $term) -text | grep -Eqi 'mobilfunk|fernfunk|ferngas'"
claim "and nobody has it" is "$(holder)" nobody

# So its owner may choose any of them.
for who in mobilfunk fernfunk ferngas; do
	told "the owner could choose $who" $who-hlr indeterminate PRECHECK_ONLY --purpose precheck
done

# It is the home operator that asks, over whatever network the car has come.  What
# the visited operator carries it cannot use for itself: the car signs to whom it
# speaks.
challenge=$(j mobilfunk-hlr challenge new | jq -r .challenge)
told "a visited operator cannot ask in the other's place" fernfunk-hlr refuse CHALLENGE_UNKNOWN --challenge "$challenge"
told "the chosen one can" mobilfunk-hlr permit - --challenge "$challenge"
told "once" mobilfunk-hlr refuse CHALLENGE_REPLAYED --challenge "$challenge"

chosen=$(permitted mobilfunk-hlr)
claim "the subscription is in the car" confirm mobilfunk-hlr "$chosen" CAR-1
claim "and the car is the chosen operator's" is "$(holder)" "mobilfunk held"
scene_over
