# DICE layers for tests: certificates with TcbInfo, made by openssl.

# dice_layer DIR NAME BY-CERT BY-KEY FIRMWARE [FLAGS [CONSTRAINTS]]: a layer that
# runs FIRMWARE (a text, whose SHA-256 counts), certified by the one before:
# NAME.key, NAME.crt.  FLAGS are bits, "0,3", or nothing.
dice_layer() {
	local d=$1 name=$2 flags=${6:-}
	openssl ecparam -name prime256v1 -genkey -noout -out "$d/$name.key" &&
		cat >"$d/$name.cnf" <<-CNF &&
			[layer]
			basicConstraints = critical, ${7:-CA:FALSE}
			keyUsage = critical, digitalSignature
			2.23.133.5.4.1 = critical, ASN1:SEQUENCE:tcb
			[tcb]
			model = IMPLICIT:1,UTF8:layer
			layer = IMPLICIT:4,INTEGER:1
			fwids = IMPLICIT:6,SEQUENCE:fwids
			${flags:+flags = IMPLICIT:7,FORMAT:BITLIST,BITSTRING:$flags}
			[fwids]
			one = SEQUENCE:fwid
			[fwid]
			algorithm = OID:sha256
			digest = FORMAT:HEX,OCTETSTRING:$(printf %s "$5" | sha256sum | cut -d' ' -f1)
		CNF
		openssl req -new -key "$d/$name.key" -subj "/CN=$name" -out "$d/$name.csr" &&
		openssl x509 -req -in "$d/$name.csr" -CA "$3" -CAkey "$4" -set_serial 1 -days 3650 \
			-extfile "$d/$name.cnf" -extensions layer -out "$d/$name.crt" 2>"$d/$name.log"
}

# dice_measured FIRMWARE...: as reference values have it
dice_measured() {
	local sep= one
	for one; do
		printf '%ssha-256;%s' "$sep" "$(printf %s "$one" | openssl dgst -sha256 -binary | base64)"
		sep=' '
	done
}

# dice_evidence KEY CERT...: members of evidence; the key signs $octets
dice_evidence() { # OCTETS KEY CERT...
	local octets=$1 key=$2
	shift 2
	for c; do openssl x509 -in "$c" -outform DER | base64 -w0; echo; done |
		jq -R . | jq -sc --arg s "$(transcript_sign "$key" "$octets")" '{dice: ., tre_signature: $s}'
}
