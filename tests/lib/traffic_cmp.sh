# A source of traffic: devices that ask one at a time by CMP (RFC 9810), a
# device a round, for whom a factory signs, under one open lot.  Each other one
# confirms what it got.  Sourced by traffic.sh; the client is `openssl cmp`.

cmp_devices() { echo "$1"; }
cmp_id() { printf 'CMP-%04d' "$1"; }
cmp_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$work/cmp/$1.key"; }

cmp_prepare() { # rounds
	local i
	mkdir "$work/cmp"
	for ((i = 0; i < $1; i++)); do cmp_key "$i"; done
	cmp_factory
	cmp_lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count "$1" \
		--factory "$work/cmp/factory-ca.crt" | jq -re .number) || return 1
	until_true 20 cmp_is_open
}
cmp_is_open() { is "$(owner <<<"SELECT state FROM assay.lot WHERE number = '$cmp_lot'")" open; }

# The factory's own CA, and the certificate of a line under it.
cmp_factory() {
	cd "$work/cmp" || return 1
	cmp_key factory-ca
	cmp_key factory
	openssl req -x509 -new -key factory-ca.key -subj "/CN=factory CA" -days 30 -out factory-ca.crt \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
	openssl req -new -key factory.key -subj "/CN=line 1" 2>/dev/null |
		openssl x509 -req -CA factory-ca.crt -CAkey factory-ca.key -CAcreateserial -days 30 -out factory.crt \
			-extfile <(echo keyUsage=critical,digitalSignature; echo subjectKeyIdentifier=hash) 2>/dev/null
	cd - >/dev/null
}

# Asked, polled for and confirmed; what went wrong is in err, with a code.
cmp_ask() { # device
	local f=$work/cmp confirm=()
	[ $(($1 % 2)) -eq 0 ] || confirm=(-implicit_confirm)
	rm -f "$f/$1.crt"
	openssl cmp -config /dev/null -cmd ir -server "${PUBLIC_URL#http://}" -path ".well-known/cmp/p/$cmp_lot" \
		-trusted "$VAR/credentials/root.crt" -recipient /CN=x -total_timeout 20 -msg_timeout 10 "${confirm[@]}" \
		-cert "$f/factory.crt" -key "$f/factory.key" -extracerts "$f/factory-ca.crt" \
		-newkey "$f/$1.key" -subject "/CN=$(cmp_id "$1")" -certout "$f/$1.crt" >"$f/err" 2>&1 && return
	cmp_code >>"$f/err"
	return 1
}
# What passes is HTTP's to say (RFC 9811 section 3.3), or PKIFailureInfo's.  Of
# a problem (RFC 9457) OpenSSL 3.5's client shows the type alone: one that does
# not pass is never accepted, and the round never ends.
cmp_code() {
	local word
	for word in systemUnavail:BUSY code=503:BUSY code=507:STORAGE_FULL actual=application/problem:BUSY \
		'(connect|transfer) error:CUT_OFF' timeout:CUT_OFF 'failed reading:CUT_OFF'; do
		grep -qE "${word%:*}" "$work/cmp/err" && { echo "[${word#*:}]"; return; }
	done
}
cmp_send() { # round
	until cmp_ask "$1" && cmp_keep "$1"; do again "$work/cmp/err" || return 1; done
}
cmp_keep() {
	printf '{"certificate":"%s"}\n' "$(openssl x509 -in "$work/cmp/$1.crt" -outform DER | base64 -w 0)" >>"$work/got/cmp"
}
cmp_again() { cmp_ask "$1" && cmp_keep "$1"; }

cmp_done() { :; } # who asked has the answer

# Each asks again: the same key has the same certificate.
cmp_collect() {
	local i n
	n=$(wc -l <"$work/got/cmp")
	for ((i = 0; i < n; i++)); do
		until_true 10 cmp_again "$i"
	done
}
