#!/usr/bin/env bash
# Requests that two servers in a row might read differently: whose certificate it
# was, where one ends and the next begins, which address is meant.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_instance
cred=$VAR/credentials
# raw [WHO] <REQUEST: octets as they are; what is answered
raw() {
	local who=()
	[ $# -eq 0 ] || who=(-cert "$cred/$1.crt" -cert_chain "$cred/$1.crt" -key "$cred/$1.key")
	timeout 5 openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$PORT" -CAfile "$cred/root.crt" "${who[@]}" 2>/dev/null
}
# Whoever reads this to its end has answered all that was asked before.
both() { printf "$@"; sleep 0.4; }
plain() { (exec 3<>"/dev/tcp/127.0.0.1/$PUBLIC_PORT"; cat >&3; timeout 3 cat <&3); }
says() { grep -qa -- "$1"; }
says_not() { ! grep -a -- "$1"; }
statuses() { grep -ao "HTTP/1.1 [0-9]*" | cut -d" " -f2 | paste -sd" "; }

# ---- whose certificate: what nginx says of it nobody else says
pem=$(jq -rRs '@uri' <"$cred/officer-1.crt")
leaf=$(openssl x509 -in "$cred/officer-1.crt" | jq -rRs '@uri')
for name in X-Client-Certificate x-client-certificate X_Client_Certificate "X-Client-Certificate "; do
	for verify in X-Client-Verify X_Client_Verify; do
		claim "nobody is somebody by the header $name, $verify" says '"status":401\|^HTTP/1.1 40[01]' < <(
			both 'GET /v1/whoami HTTP/1.1\r\nHost: x\r\n%s: SUCCESS\r\n%s: %s\r\n\r\n' "$verify" "$name" "$leaf" | raw)
	done
done
claim "nor is a reader an officer by it" says '"principal": *"reader"' < <(
	both 'GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX-Client-Verify: SUCCESS\r\nX-Client-Certificate: %s\r\nX-Client-Certificate: %s\r\n\r\n' "$leaf" "$pem" | raw reader)
claim "nor by naming it as of the connection" says '"principal": *"reader"' < <(
	both 'GET /v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: X-Client-Certificate, X-Client-Verify, Assay-Statement\r\n\r\n' | raw reader)
claim "nor by EST's address" says_not '^HTTP/1.1 200' < <(
	both 'POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: x\r\nX-Client-Verify: SUCCESS\r\nX-Client-Certificate: %s\r\nContent-Type: application/pkcs10\r\nContent-Length: 4\r\n\r\nAAAA' "$leaf" | raw)

# ---- what was true a moment ago: nobody on the way, and no browser, keeps it
kept() { # METHOD ADDRESS [curl options]: what is said of keeping it
	api -o /dev/null -D - -X "$1" "${@:3}" "$URL$2" | tr -d "\r" | sed -n "s/^cache-control: //Ip" | paste -sd" "
}
reader=(--cert "$cred/reader.crt" --key "$cred/reader.key")
claim "an answer is kept by nobody" is "$(kept GET /v1/whoami "${reader[@]}")" no-store
claim "nor by whoever asks for its headers alone" is "$(kept GET /v1/whoami --head "${reader[@]}")" no-store
claim "nor is what the API refuses" is "$(kept GET /v1/decisions/x "${reader[@]}")" no-store
claim "or nginx" is "$(kept GET /nothing) $(kept PATCH /v1/whoami) $(kept POST /v1/lots)" "no-store no-store no-store"

# ---- where a request ends
# One that hides another is one, or none: whoami is never answered besides.
hidden='GET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n'
n=$(printf "$hidden" | wc -c)
hides() { # "sentence" HEADERS BODY
	local out
	out=$(both "POST /v1/challenges HTTP/1.1\r\nHost: x\r\n$2\r\n\r\n$3" | raw reader)
	if grep -qa '"principal"' <<<"$out"; then not_ok "$1: the hidden one was answered"; sed 's/^/#   /' <<<"$out"
	elif grep -qa '^HTTP/1.1 4[0-9][0-9]' <<<"$out" || [ -z "$out" ]; then ok "$1"
	else not_ok "$1: nobody minds"; sed 's/^/#   /' <<<"$out" | head; fi
}
chunked='0\r\n\r\n'
hides "a length and chunks" "Content-Length: $((n + 5))\r\nTransfer-Encoding: chunked" "$chunked$hidden"
hides "chunks and a length" "Transfer-Encoding: chunked\r\nContent-Length: $((n + 5))" "$chunked$hidden"
hides "two lengths" "Content-Length: 0\r\nContent-Length: $n" "$hidden"
hides "a list of lengths" "Content-Length: 0, $n" "$hidden"
hides "a length with a sign" "Content-Length: +$n" "$hidden"
hides "a length in hexadecimal" "Content-Length: 0x$(printf %x "$n")" "$hidden"
hides "a coding that is none" "Content-Length: $n\r\nTransfer-Encoding: xchunked" "$hidden"
hides "two codings" "Content-Length: $n\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity" "$chunked$hidden"
hides "a coding behind a tab" "Content-Length: $n\r\nTransfer-Encoding:\tchunked" "$chunked$hidden"
hides "a coding whose name has a blank" "Content-Length: $n\r\nTransfer-Encoding : chunked" "$chunked$hidden"
hides "a folded line" "X: 1\r\n Transfer-Encoding: chunked\r\nContent-Length: $n" "$hidden"
hides "a chunk that is longer than any" "Transfer-Encoding: chunked" "ffffffffffffffff1\r\n$hidden"
hides "a chunk below none" "Transfer-Encoding: chunked" "-1\r\n$hidden"
out=$(both 'GET /v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n'"$hidden" "$n" | raw reader)
claim "a body of a GET is no request" says_not '"principal"' <<<"$out"
out=$(both 'HEAD /v1/health HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\nHEAD /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n' | raw reader)
claim "those behind a HEAD are answered, each by its own" is "$(statuses <<<"$out") $(grep -ca '"principal"' <<<"$out")" "200 200 200 200 1"
# afterwards nobody gets another's answer
claim "afterwards everybody has their own answers" \
	is "$(for i in {1..40}; do api_as officer-1 "$URL/v1/whoami"; done | jq -r .principal | sort | uniq -c | xargs)" "40 officer-1"

# ---- which address
for path in /v1/../v1/whoami /v1/./whoami /v1//whoami /V1/whoami '/v1/whoami;x' '/v1/whoami%00' '/v1/whoami%0a' '/v1\whoami' \
	/.well-known/est/../../v1/whoami /.well-known/est/%2e%2e/%2e%2e/v1/whoami /refused/malformed /refused/../v1/whoami '/v1/whoami/'; do
	out=$(both 'GET %s HTTP/1.1\r\nHost: x\r\n\r\n' "$path" | raw reader)
	claim "an address that is another is refused: $path" says '^HTTP/1.1 40[04]' <<<"$out"
done
claim "and an address with a host in it is that of the path" says '"principal": *"reader"' < <(
	both 'GET http://elsewhere/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n' | raw reader)
out=$(both 'CONNECT /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\nTRACE /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n' | raw reader)
claim "no other method does anything" says_not '^HTTP/1.1 2' <<<"$out"
for path in /v1/whoami /crl/../../credentials/officer-1.key /crl/..%2f..%2fassay.cnf /ca/%2e%2e/%2e%2e/assay.cnf /crl../assay.cnf /feed//../../assay.cnf /kit/. /crl/; do
	out=$(printf 'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$path" | plain)
	claim "the public port has nothing at $path" says '^HTTP/1.1 40[034]' <<<"$out"
done

# ---- and what is kept for all is what all asked for
ca=$VAR/public/ca/2.cer
openssl x509 -in "$cred/reader.crt" -out "$work/reader.pem"
awk '/BEGIN/ { n++ } n == 2' "$cred/reader.crt" >"$work/ca.pem"
openssl ocsp -no_nonce -issuer "$work/ca.pem" -cert "$work/reader.pem" -reqout "$work/req.der" >/dev/null 2>&1
get=$PUBLIC_URL/ocsp/$(base64 -w0 <"$work/req.der" | jq -rRs '@uri')
for i in {1..12}; do
	curl -s -o /dev/null -X POST -H 'Content-Type: application/ocsp-request' "$get"
	curl -s -o /dev/null -I "$get"
	curl -s -o /dev/null -X POST -H 'Content-Type: text/plain' --data x "$get"
done
good() {
	curl -s "$get" >"$work/resp"
	openssl ocsp -respin "$work/resp" -issuer "$work/ca.pem" -cert "$work/reader.pem" -CAfile "$cred/root.crt" -no_nonce 2>&1 | grep ': good'
}
for i in 1 2 3; do claim "an answer is not spoiled by who asks otherwise ($i)" good; done
finish
