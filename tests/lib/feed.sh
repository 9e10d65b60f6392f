# Verify a status feed with openssl and jq alone, offline.  Written from
# policy/feed.md, not from our code.  To be sourced after receipt.sh; each step
# says why it refuses and gives 1.

feed_bad() { echo "the feed does not hold: $1"; return 1; }

# feed_payload FILE: what it says
feed_payload() { cut -d. -f2 <"$1" | receipt_octets; }

# feed_unpack FILE DIR: each part into a file of its own
feed_unpack() {
	local i=0 name
	cp "$1" "$2/receipt"
	cut -d. -f1 <"$1" | receipt_octets >"$2/header"
	feed_payload "$1" >"$2/payload"
	cut -d. -f1,2 <"$1" | tr -d '\n' >"$2/signed"
	for name in signer issuer; do
		jq -r ".x5c[$i]" "$2/header" | openssl base64 -d -A |
			openssl x509 -inform DER -out "$2/$name.pem" || return 1
		i=$((i + 1))
	done
}

# feed_check DIR ROOT [ARC]: the steps on what was unpacked
feed_check() {
	local d=$1 root=$2 arc=${3:-2.999.33812} issued until
	jq -e '. == {alg: "ES256", typ: "assay-feed+jws", x5c: .x5c} and (.x5c | length) == 2' \
		"$d/header" >/dev/null || feed_bad "its header is another" || return
	openssl x509 -in "$d/signer.pem" -noout -pubkey >"$d/signer.pub"
	receipt_signature "$d" &&
		openssl dgst -sha256 -verify "$d/signer.pub" -signature "$d/signature" "$d/signed" >/dev/null ||
		feed_bad "its signature" || return
	issued=$(date -d "$(jq -re .issued "$d/payload")" +%s) || feed_bad "it has no time" || return
	openssl verify -x509_strict -attime "$issued" -trusted "$root" -untrusted "$d/issuer.pem" \
		"$d/signer.pem" >/dev/null 2>&1 || feed_bad "its signer's path" || return
	openssl x509 -in "$d/signer.pem" -noout -ext extendedKeyUsage | tail -n 1 | tr -d ' ' |
		grep -qx "$arc.4.2" || feed_bad "its signer may not sign feeds" || return
	until=$(date -d "$(jq -re .nextUpdate "$d/payload")" +%s) || feed_bad "it has no end" || return
	[ $((until - issued)) -le 604800 ] || feed_bad "it would be good for more than seven days" || return
	[ "$until" -gt "$(date +%s)" ] || feed_bad "it is stale"
}

# feed_verify FILE ROOT [ARC]: prints its number
feed_verify() {
	local d rc=1
	d=$(mktemp -d)
	if ! feed_unpack "$1" "$d" 2>/dev/null; then feed_bad "a part is missing or damaged"
	elif feed_check "$d" "${@:2}"; then
		jq -r .no "$d/payload"
		rc=0
	fi
	rm -rf "$d"
	return $rc
}

# feed_follows OLDER NEWER: the next number, and nothing that was told is gone
feed_follows() {
	[ "$(feed_payload "$2" | jq -r .previous)" = "$(sha256sum <"$1" | cut -d' ' -f1)" ] ||
		feed_bad "it names another one before it" || return
	jq -en --slurpfile older <(feed_payload "$1") --slurpfile newer <(feed_payload "$2") '
		def subjects: [
			(.entries[] | {key: "m \(.model)", value: .}), (.measures[] | {key: "e \(.measure)", value: .}),
			(.sites[] | {key: "s \(.site)/\(.scope)", value: .}), (.authorities[] | {key: "a \(.id)", value: .}),
			(.suppliers[] | {key: "o \(.organisation)", value: .})] | from_entries;
		($newer[0] | subjects) as $new | $older[0] | subjects | to_entries | all(
			. as $old | ($old.value.statusReports | length) as $n |
			$new[$old.key].statusReports[:$n] == $old.value.statusReports)' >/dev/null ||
		feed_bad "it changes the past"
}

# feed_resign FILE KEY FILTER: the same feed, its content changed by jq, signed
# with that key under the same header
feed_resign() {
	local header payload hex
	header=$(cut -d. -f1 <"$1")
	payload=$(feed_payload "$1" | jq -cS "$3" | tr -d '\n' | feed_url)
	hex=$(printf '%s.%s' "$header" "$payload" | openssl dgst -sha256 -sign "$2" |
		openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
		while read -r number; do number=$(printf '0%.0s' {1..64})$number; echo -n "${number: -64}"; done)
	printf '%s.%s.%s' "$header" "$payload" "$(printf "$(sed 's/../\\x&/g' <<<"$hex")" | feed_url)"
}
feed_url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
