#!/usr/bin/env bash
# All that a device does in a decision, with openssl alone: the octets of
# transcript.md, signed.  A TrE and the terminal around it both run it, each
# with its own key and all else alike, and get their signature in base64.
#	device.sh KEY.pem TRE.der TERMINAL.der CHALLENGE OPERATOR PURPOSE SIGNED_AT FIRMWARE
# prints tre_signature or platform_signature; with --context instead of a key
# what goes into the request beside it: signed_at, validation and claims.
set -eu
key=$1 tre=$2 terminal=$3 challenge=$4 operator=$5 purpose=$6 signed_at=$7 firmware=$8

# canonical JSON: members in their order, no white space
context() {
	printf '{"claims":{"debug":"disabled","firmware":"%s","tamper":"none"},"signed_at":"%s","validation":"autonomous"}' \
		"$firmware" "$signed_at"
}
hash() { openssl dgst -sha256 -binary; }
short() { printf "\\x$(printf %02x ${#1})%s" "$1"; } # its length, then it

transcript() {
	printf TRE-DECISION-v1
	printf %s "$challenge" | openssl base64 -d -A
	short "$operator"
	short "$purpose"
	short tre_and_platform
	hash <"$tre"
	hash <"$terminal"
	context | hash
}
[ "$key" = --context ] && context && exit
transcript | openssl dgst -sha256 -sign "$key" | openssl base64 -A
