# A source of traffic: devices that ask one at a time by EST (RFC 7030), a
# device a round, under one open lot.  Sourced by traffic.sh; a client made of
# openssl and curl alone.
. "$top/tests/lib/statement.sh"

est_devices() { echo "$1"; }
est_id() { printf 'EST-%04d' "$1"; }

est_prepare() { # rounds
	local i
	mkdir "$work/est"
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/est/key"
	for ((i = 0; i < $1; i++)); do
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
			-subj "/CN=$(est_id $i)" -outform DER 2>/dev/null | base64 -w 0 >"$work/est/$i.csr"
	done
	est_open "$1"
}

# The lot that they rest on, signed by the supplier's person.
est_open() { # devices
	local now payload
	now=$(date +%s)
	payload=$(printf '{"count":%s,"iat":%s,"model":"tresor-m2","reference":"","renewal":false,"secrets":[],"site":"tresor-dresden","until":%s}' \
		"$1" "$now" $((now + 86400)))
	signed_by tresor-pki assay-open-lot+jws "$payload" >"$work/est/header"
	api_as tresor-pki -H 'Content-Type: application/jose' --data-binary "@$work/est/header" \
		"$URL/v1/open-lots" >"$work/est/answer"
	est_lot=$(jq -re .number "$work/est/answer") || { cat "$work/est/answer"; return 1; }
	until_true 20 est_is_open
}
est_is_open() { is "$(owner <<<"SELECT state FROM assay.lot WHERE number = '$est_lot'")" open; }

# A compact JWS over any payload; s may be any.
signed_by() { # who typ payload
	local input r s
	input=$(printf '{"alg":"ES256","typ":"%s","x5t#S256":"%s"}' "$2" \
		"$(openssl x509 -in "$VAR/credentials/$1.crt" -outform DER | openssl dgst -sha256 -binary | b64url)" |
		b64url).$(printf '%s' "$3" | b64url)
	read -r r s < <(printf '%s' "$input" | openssl dgst -sha256 -sign "$VAR/credentials/$1.key" |
		openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | tr '\n' ' ')
	r=$(printf '%64s' "$r" | tr ' ' 0) s=$(printf '%64s' "$s" | tr ' ' 0)
	printf '%s.%s' "$input" "$(printf "$(sed 's/../\\x&/g' <<<"$r$s")" | b64url)"
}

# Sent until there is a certificate; 202 and "try again" are no answers.
est_ask() { # device
	local code
	code=$(api_as tresor-pki -H 'Content-Type: application/pkcs10' -o "$work/est/$1.out" -w '%{http_code}' \
		--data-binary "@$work/est/$1.csr" "$URL/.well-known/est/$est_lot/simpleenroll")
	[ "$code" = 200 ] && return
	[ "$code" = 202 ] || echo "$code [$(jq -r '.type | sub(".*/"; "")' "$work/est/$1.out" 2>&1)]" >"$work/est/err"
	[ "$code" = 202 ] && echo "$code [WAITING]" >"$work/est/err"
	return 1
}
est_send() { # round
	until est_ask "$1" && est_keep "$1"; do again "$work/est/err" || return 1; done
}
# What came, if it is a certificate: an answer that was cut off is asked for
# again.
est_keep() {
	local c
	c=$(base64 -d "$work/est/$1.out" | openssl pkcs7 -inform DER -print_certs |
		openssl x509 -outform DER | base64 -w 0)
	[ -n "$c" ] || { echo "200 [CUT_OFF]" >"$work/est/err"; return 1; }
	printf '{"certificate":"%s"}\n' "$c" >>"$work/got/est"
}
est_again() { est_ask "$1" && est_keep "$1"; }

est_done() { :; } # who asked has the answer

# Each asks again: the same request has the same certificate.
est_collect() {
	local i n
	n=$(wc -l <"$work/got/est")
	for ((i = 0; i < n; i++)); do
		until_true 10 est_again "$i"
	done
}
