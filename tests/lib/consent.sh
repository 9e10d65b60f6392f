# A consent to a change of operator by openssl and jq alone, as any operator
# would make it (policy/custody.md): sourced after system/lib.sh.

b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
thumbprint() { openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -binary | b64url; }

# es256 KEY: the signature of standard input, r and s of 32 octets, base64url
es256() {
	local r s
	read -r r s < <(openssl dgst -sha256 -sign "$1" | openssl asn1parse -inform DER |
		sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | tr '\n' ' ')
	printf "$(printf '%64s%64s' "$r" "$s" | tr ' ' 0 | sed 's/../\\x&/g')" | b64url
}

# consent_terms DEVICE-CERTIFICATE ISS TARGET: the payload, for an hour
consent_terms() {
	jq -nc --arg iss "$2" --arg target "$3" --arg aud "$URL" --argjson iat "$(date +%s)" \
		--arg jti "$(cat /proc/sys/kernel/random/uuid)" \
		--arg c "$(openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1)" \
		'{iss: $iss, target: $target, aud: $aud, jti: $jti, iat: $iat, exp: ($iat + 3600), certificate_sha256: $c}'
}

# consent_signed WHO PAYLOAD [HEADER]: the JWS by that credential
consent_signed() {
	local crt=$VAR/credentials/$1.crt input
	input=$(printf %s "${3:-$(printf '{"alg":"ES256","typ":"assay-consent+jws","x5t#S256":"%s"}' "$(thumbprint "$crt")")}" |
		b64url).$(printf %s "$2" | b64url)
	printf '%s.%s\n' "$input" "$(printf %s "$input" | es256 "$VAR/credentials/$1.key")"
}
