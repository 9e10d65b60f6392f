# What a device does before it may be judged, with openssl and jq alone: the
# transcript of policy/transcript.md and its signature.  Written from that
# document, not from our code.  To be sourced.

# transcript_text TEXT: one octet of length, then the text, in hex
transcript_text() { printf '%02x' "$(printf %s "$1" | wc -c)"; printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

# transcript_binary HEX: the octets, white space in HEX is nothing
transcript_binary() {
	local hex
	hex=$(tr -d ' \n' <<<"$1")
	printf "$(sed 's/../\\x&/g' <<<"$hex")"
}

# transcript_sha256: of standard input, in hex
transcript_sha256() { openssl dgst -sha256 -r | cut -d' ' -f1; }

# transcript_context: the context on standard input in canonical form.  jq sorts
# names by code points and writes no white space, which is RFC 8785's form as
# long as names are ASCII and numbers whole; of control characters it escapes
# DEL too, which the form leaves alone.
transcript_context() { jq -jcS . | sed 's/\\u007f/\x7f/g'; }

# transcript_octets CHALLENGE(base64) OPERATOR PURPOSE MODE TRE(der or "") PLATFORM(der) CONTEXT(canonical)
# The octets on standard output.
transcript_octets() {
	transcript_binary "$(
		printf %s TRE-DECISION-v1 | od -An -v -tx1 | tr -d ' \n'
		printf %s "$1" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n'
		transcript_text "$2"
		transcript_text "$3"
		transcript_text "$4"
		if [ -n "$5" ]; then transcript_sha256 <"$5"; else printf '%064d' 0; fi
		transcript_sha256 <"$6"
		transcript_sha256 <"$7"
	)"
}

# transcript_sign KEY OCTETS: base64 of the signature, DER
transcript_sign() { openssl dgst -sha256 -sign "$1" "$2" | openssl base64 -A; }
