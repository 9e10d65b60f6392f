# A signed act by openssl alone, as any client would make it: sourced after
# system/lib.sh.

b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }

# statement WHO PATH BODY: the JWS over the body by that credential's key, with
# the lower value of s (ca/registry/statement.h)
statement() {
	local key=$VAR/credentials/$1.key input r s half=7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8
	input=$(printf '{"alg":"ES256","typ":"assay-act+jws","x5t#S256":"%s","url":"%s","iat":%s}' \
		"$(openssl x509 -in "$VAR/credentials/$1.crt" -outform DER | openssl dgst -sha256 -binary | b64url)" \
		"$2" "$(date +%s)" | b64url).
	while :; do
		read -r r s < <(printf '%s%s' "$input" "$(printf '%s' "$3" | b64url)" |
			openssl dgst -sha256 -sign "$key" | openssl asn1parse -inform DER |
			sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | tr A-F a-f | tr '\n' ' ')
		r=$(printf '%64s' "$r" | tr ' ' 0) s=$(printf '%64s' "$s" | tr ' ' 0)
		[[ $s > $half ]] || break
	done
	printf '%s.%s\n' "$input" "$(printf "$(sed 's/../\\x&/g' <<<"$r$s")" | b64url)"
}

# act WHO PATH BODY: do it; the answer
act() {
	api_as "$1" -H 'Content-Type: application/json' \
		-H "Assay-Statement: $(statement "$1" "$2" "$3")" -d "$3" "$URL$2"
}
