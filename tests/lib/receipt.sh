# Verify the bundle of a receipt with openssl and jq alone, offline.  Written
# from policy/receipt.md, not from our code.  To be sourced; each step says why
# it refuses and gives 1.

# base64url on standard input to octets
receipt_octets() {
	local s
	s=$(tr -d '\n' | tr '_-' '/+')
	case $((${#s} % 4)) in 2) s=$s== ;; 3) s=$s= ;; esac
	openssl base64 -d -A <<<"$s"
}

receipt_bad() { echo "the receipt does not hold: $1"; return 1; }

# receipt_signature DIR: r and s side by side, as JOSE has them, into DER
receipt_signature() {
	local hex
	hex=$(cut -d. -f3 <"$1/receipt" | receipt_octets | od -An -v -tx1 | tr -d ' \n')
	[ ${#hex} -eq 128 ] || return 1
	printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
		"${hex:0:64}" "${hex:64}" >"$1/signature.cnf"
	openssl asn1parse -genconf "$1/signature.cnf" -noout -out "$1/signature"
}

# receipt_unpack BUNDLE DIR: each part into a file of its own
receipt_unpack() {
	local i=0 name
	jq -j .receipt "$1" >"$2/receipt"
	cut -d. -f1 <"$2/receipt" | receipt_octets >"$2/header"
	cut -d. -f2 <"$2/receipt" | receipt_octets >"$2/claims"
	cut -d. -f1,2 <"$2/receipt" | tr -d '\n' >"$2/signed"
	for name in signer issuer; do
		jq -r ".signer[$i]" "$1" | openssl base64 -d -A |
			openssl x509 -inform DER -out "$2/$name.pem" || return 1
		i=$((i + 1))
	done
	for name in crl root_crl; do
		jq -r ".$name" "$1" | openssl base64 -d -A | openssl crl -inform DER -out "$2/$name.pem" || return 1
	done
}

# receipt_listed PEM CRL: is the certificate's serial number in the CRL?
receipt_listed() {
	local serial
	serial=$(openssl x509 -in "$1" -noout -serial | cut -d= -f2)
	openssl crl -in "$2" -noout -text | grep -qi "Serial Number: 0*$serial\$"
}

# receipt_check DIR ROOT [ARC]: the steps on what was unpacked
receipt_check() {
	local d=$1 root=$2 arc=${3:-2.999.33812} iat named shown until
	jq -e '. == {alg: "ES256", typ: "eat+jwt", "x5t#S256": ."x5t#S256"}' "$d/header" >/dev/null ||
		receipt_bad "its header is another" || return
	named=$(jq -r '."x5t#S256"' "$d/header" | receipt_octets | od -An -v -tx1 | tr -d ' \n')
	shown=$(openssl x509 -in "$d/signer.pem" -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
	[ "$named" = "$shown" ] || receipt_bad "it names another signer" || return
	openssl x509 -in "$d/signer.pem" -noout -pubkey >"$d/signer.pub"
	receipt_signature "$d" &&
		openssl dgst -sha256 -verify "$d/signer.pub" -signature "$d/signature" "$d/signed" >/dev/null ||
		receipt_bad "its signature" || return
	iat=$(jq -e .iat "$d/claims") || receipt_bad "it has no time" || return
	openssl verify -x509_strict -attime "$iat" -trusted "$root" -untrusted "$d/issuer.pem" \
		"$d/signer.pem" >/dev/null 2>&1 || receipt_bad "its signer's path" || return
	openssl x509 -in "$d/signer.pem" -noout -ext extendedKeyUsage | grep -q "$arc\.4\.1" ||
		receipt_bad "its signer may not sign receipts" || return
	# the exit code alone does not tell in every version
	openssl crl -in "$d/crl.pem" -noout -verify -CAfile "$d/issuer.pem" 2>&1 | grep -q 'verify OK' ||
		receipt_bad "its CRL is another's" || return
	until=$(date -d "$(openssl crl -in "$d/crl.pem" -noout -nextupdate | cut -d= -f2)" +%s)
	[ "$until" -ge "$iat" ] || receipt_bad "its CRL had ended" || return
	! receipt_listed "$d/signer.pem" "$d/crl.pem" || receipt_bad "its signer is revoked" || return
	openssl crl -in "$d/root_crl.pem" -noout -verify -CAfile "$root" 2>&1 | grep -q 'verify OK' ||
		receipt_bad "the root's CRL is another's" || return
	! receipt_listed "$d/issuer.pem" "$d/root_crl.pem" || receipt_bad "its signer's CA is revoked"
}

# receipt_node HEX...: SHA-256 of octets in hex, in hex
receipt_node() {
	local hex
	hex=$(printf %s "$@")
	printf "$(sed 's/../\\x&/g' <<<"$hex")" | openssl dgst -sha256 -r | cut -d' ' -f1
}

# receipt_climb LEAF INDEX SIZE PATH...: the root that a path leads to, all in hex
# (RFC 9162 section 2.1.3.2)
receipt_climb() {
	local node=$1 index=$2 last=$(($3 - 1)) sibling
	shift 3
	[ "$index" -ge 0 ] && [ "$index" -le "$last" ] || return 1
	while [ "$last" -gt 0 ]; do
		if [ "$index" -ne "$last" ] || [ $((index % 2)) -eq 1 ]; then
			[ $# -gt 0 ] || return 1
			sibling=$1
			shift
			if [ $((index % 2)) -eq 1 ]; then node=$(receipt_node 01 "$sibling" "$node")
			else node=$(receipt_node 01 "$node" "$sibling"); fi
		fi
		index=$((index / 2)) last=$((last / 2))
	done
	[ $# -eq 0 ] && echo "$node"
}

# receipt_path BUNDLE DIR: is the item a leaf of the tree whose root the receipt
# has?  jq's sorted form is canonical JSON for what items hold.
receipt_path() {
	local leaf root
	leaf=$({ printf '\0'; jq -jcS .item "$1"; } | openssl dgst -sha256 -r | cut -d' ' -f1)
	jq -e --slurpfile c "$2/claims" '.item.batch == $c[0].jti' "$1" >/dev/null || return 1
	# shellcheck disable=SC2046 # a path is words
	root=$(receipt_climb "$leaf" "$(jq .item.index "$1")" "$(jq .batch.size "$2/claims")" \
		$(jq -r '.path[]' "$1")) && [ "$root" = "$(jq -r .batch.root "$2/claims")" ]
}

# receipt_says BUNDLE DIR: the verdict, of an item of a batch where it is one; of
# a statement whether its subject was trusted
receipt_says() {
	if jq -e 'has("standing")' "$2/claims" >/dev/null; then
		jq -r '"trusted: \(.standing.trusted)"' "$2/claims"
	elif jq -e 'has("item")' "$1" >/dev/null; then
		receipt_path "$1" "$2" || receipt_bad "its item is none of the batch" || return
		jq -r .item.decision.verdict "$1"
	else
		jq -r .decision.verdict "$2/claims"
	fi
}

# receipt_verify BUNDLE ROOT [ARC]: prints the verdict that it proves
receipt_verify() {
	local d rc=1
	d=$(mktemp -d)
	if ! receipt_unpack "$1" "$d" 2>/dev/null; then receipt_bad "a part is missing or damaged"
	elif receipt_check "$d" "${@:2}" && receipt_says "$1" "$d"; then rc=0; fi
	rm -rf "$d"
	return $rc
}
