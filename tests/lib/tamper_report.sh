# A tamper report made by openssl alone, as policy/tamper-report.md says.

tamper_url() { base64 -w0 | tr '+/' '-_' | tr -d =; }

# tamper_report KEY CERTIFICATE PAYLOAD [HEADER]: the JWS
tamper_report() {
	local header payload signature
	header=${4:-$(printf '{"alg":"ES256","typ":"tre-tamper+jws","x5t#S256":"%s"}' \
		"$(openssl x509 -in "$2" -outform DER | openssl dgst -sha256 -binary | tamper_url)")}
	header=$(printf %s "$header" | tamper_url)
	payload=$(printf %s "$3" | tamper_url)
	# ECDSA-Sig-Value is two INTEGERs; JOSE has r and s, 32 octets each
	signature=$(printf %s "$header.$payload" | openssl dgst -sha256 -sign "$1" |
		openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
		while read -r n; do printf '%64s' "$n" | tr ' ' 0; done | sed 's/../\\x&/g')
	printf '%s.%s.%s' "$header" "$payload" "$(printf "$signature" | tamper_url)"
}
