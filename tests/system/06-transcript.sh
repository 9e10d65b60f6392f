#!/usr/bin/env bash
# The transcript as a device maker would write it, with openssl and jq alone,
# against the published vectors: same octets, and signatures that hold.
. "$(dirname "$0")/lib.sh"
. "$top/tests/lib/transcript.sh"
dir=$work
vectors=$top/policy/transcript-vectors.json

# public_key NAME: of the vector, as PEM
public_key() { jq -r ".$1" "$dir/v" | openssl base64 -d -A | openssl pkey -pubin -inform DER; }

# holds SIDE: does the vector's signature hold over the octets made here?
holds() {
	public_key "$1_key" >"$dir/$1.pem" &&
		jq -r ".$1_signature" "$dir/v" | openssl base64 -d -A >"$dir/$1.sig" &&
		openssl dgst -sha256 -verify "$dir/$1.pem" -signature "$dir/$1.sig" "$dir/octets"
}

for ((i = 0; i < $(jq length $vectors); i++)); do
	jq ".[$i]" $vectors >"$dir/v"
	get() { jq -r ".$1" "$dir/v"; }
	name=$(get name)
	jq .context "$dir/v" | transcript_context >"$dir/context"
	claim "$name: the canonical form" test "$(cat "$dir/context")" = "$(get canonical)"
	claim "$name: its hash" test "$(transcript_sha256 <"$dir/context")" = "$(get context_sha256)"
	tre=
	if [ "$(get tre_leaf)" != null ]; then
		tre=$dir/tre.der
		get tre_leaf | openssl base64 -d -A >"$tre"
	fi
	get platform_leaf | openssl base64 -d -A >"$dir/platform.der"
	transcript_octets "$(get challenge)" "$(get operator)" "$(get purpose)" "$(get mode)" \
		"$tre" "$dir/platform.der" "$dir/context" >"$dir/octets"
	claim "$name: the octets" test "$(od -An -v -tx1 "$dir/octets" | tr -d ' \n')" = "$(get transcript)"
	claim "$name: their hash" test "$(transcript_sha256 <"$dir/octets")" = "$(get transcript_sha256)"
	claim "$name: the terminal's signature" holds platform
	[ -z "$tre" ] || claim "$name: the TrE's signature" holds tre
done

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/key" 2>/dev/null
openssl pkey -in "$dir/key" -pubout -out "$dir/own.pem"
transcript_sign "$dir/key" "$dir/octets" | openssl base64 -d -A >"$dir/own.sig"
claim "a signature made here holds" \
	openssl dgst -sha256 -verify "$dir/own.pem" -signature "$dir/own.sig" "$dir/octets"
printf x >>"$dir/octets"
claim "and not over one octet more" exits 1 \
	openssl dgst -sha256 -verify "$dir/own.pem" -signature "$dir/own.sig" "$dir/octets"
finish
