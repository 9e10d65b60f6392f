#!/usr/bin/env bash
# Questions that nobody means well with: without an end, of a gigabyte, ten
# thousand levels deep, with numbers that there are none of, with fields twice.
# Each is refused clearly, with its status and its code; no process dies of one,
# and a good question is answered as before.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 2

d=$work/d
mkdir "$d"
json='Content-Type: application/json'
workers() { for f in "$VAR"/api/kore-*.pid; do pgrep -P "$(cat "$f")"; done | sort | xargs; }
memory() { for pid in $(workers); do awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; done | sort -n | tail -n 1; }
before=$(workers)
claim "there are processes that answer" test -n "$before"

# ask [curl options]: as an operator; status and code, such as "400 REQUEST_MALFORMED"
ask() {
	local status
	status=$(api_as mobilfunk-hlr -m 60 -o "$d/answer" -w '%{http_code}' -H "$json" "$@" "$URL${path:-/v1/decisions}")
	jq -e '.detail | length > 10' "$d/answer" >/dev/null 2>&1 || { echo "$status without a sentence"; return; }
	echo "$status $(jq -r .type "$d/answer" | sed 's,.*/,,')"
}
detail() { jq -r .detail "$d/answer"; }
bad() { claim "$1" is "$(ask --data-binary "$2")" "400 REQUEST_MALFORMED"; } # "sentence" BODY
names() { claim "$1" grep -q -- "$2" <<<"$(detail)"; }

# ---- one that stops in the middle: it is waited for, at nginx; nobody else is
conf=$(find "$VAR" -name nginx.conf | head -1)
claim "nginx waits for half a minute" grep -q 'client_body_timeout 30s' "$conf"
sed -i 's/client_body_timeout 30s/client_body_timeout 5s/' "$conf" # here for less
nginx_reload
who=$VAR/credentials/mobilfunk-hlr
stopping() {
	{
		printf 'POST /v1/decisions HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: 5000\r\n\r\n{"request_id":' "$json"
		sleep 20
	} | timeout 20 openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" \
		-cert "$who.crt" -cert_chain "$who.crt" -key "$who.key" 2>/dev/null
}
sleep 1
stopping >"$d/slow" &
slow=$!

# ---- without an end
# whoever is still sending when it is refused may not get to read why
too_large() { local got; got=$("$@"); is "$got" "413 BODY_TOO_LARGE"; }
endless() { yes '{"request_id":"' 2>/dev/null | ask -X POST -T -; }
claim "a body in pieces without an end" until_true 20 too_large endless
endless_header() {
	{
		printf 'POST /v1/decisions HTTP/1.1\r\nHost: x\r\n'
		yes "X-Padding: $(printf 'a%.0s' $(seq 200))" | head -c 10000000
	} | timeout 20 openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" 2>/dev/null |
		head -n 1 | cut -d' ' -f2
}
claim "headers without an end" is "$(endless_header)" 400
claim "an address without an end" is "$(path=/v1/decisions/$(printf 'a%.0s' $(seq 20000)) ask -X POST -d '{}')" "414 URL_MALFORMED"

# ---- a gigabyte
truncate -s 1G "$d/gigabyte"
sent() { api_as mobilfunk-hlr -m 60 -X POST -H "$json" -T "$d/gigabyte" -o /dev/null -w '%{size_upload}' "$URL/v1/decisions"; }
claim "a body of a gigabyte" until_true 20 too_large ask -X POST -T "$d/gigabyte"
claim "which is not taken in first" test "$(sent)" -lt 20000000
claim "nor where there is none to send" is "$(ask -X POST -H 'Content-Length: 1073741824' -m 10 --data-binary x)" \
	"413 BODY_TOO_LARGE"
head -c 98305 /dev/zero | tr '\0' ' ' >"$d/blank"
claim "an octet more than a question may have" is "$(ask --data-binary @"$d/blank")" "413 BODY_TOO_LARGE"
claim "a challenge needs no body of a megabyte" is \
	"$(path=/v1/challenges ask --data-binary @<(head -c 1000000 /dev/zero | tr '\0' ' '))" "413 BODY_TOO_LARGE"

# ---- deep
deep() { printf "%.0s$1" $(seq "$2"); }
bad "arrays, ten thousand deep" "$(deep '[' 10000)$(deep ']' 10000)"
bad "objects, ten thousand deep" "$(deep '{"a":' 10000)1$(deep '}' 10000)"
bad "ten thousand deep inside a field that is known" "{\"device\":$(deep '[' 10000)"
bad "seventeen levels" "{\"device\":$(deep '{"a":' 16)1$(deep '}' 16)}"
names "and it says how many there may be" "16 levels"
bad "sixteen levels of what nobody knows" "{\"device\":$(deep '{"a":' 15)1$(deep '}' 15)}"
names "are refused for something else" 'the field request_id is missing'

# ---- numbers
id=0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11
precheck="{\"request_id\":\"$id\",\"purpose\":\"precheck\""
for n in 0 -1 86401 9223372036854775807 9223372036854775808 99999999999999999999999 1e400 -1e400 1.5 60.0 6e1 \
	NaN Infinity 0x3c 060 +60 '"60"' true null '[60]'; do
	bad "an age of $n" "$precheck,\"max_status_age\":$n}"
	# its name and its rule, or the place where it stops being JSON
	names "  and it says what to mend" 'the field max_status_age must be \(a whole number\|from 1 to 86400\)\|line 1, column'
done
bad "a day that there is none of" "$precheck,\"evidence\":{\"signed_at\":\"2026-02-30T00:00:00Z\",\"validation\":\"remote\"}}"
bad "a year without an end" "$precheck,\"evidence\":{\"signed_at\":\"999999999-01-01T00:00:00Z\",\"validation\":\"remote\"}}"
bad "a time zone" "$precheck,\"evidence\":{\"signed_at\":\"2026-01-01T00:00:00+14:00\",\"validation\":\"remote\"}}"
bad "a challenge of 31 octets" "$precheck,\"challenge\":\"$(head -c 31 /dev/zero | base64)\"}"
names "which says how many it has" 'the field challenge must hold 32 to 32 octets in base64, not 31'
bad "an IMEI with a wrong check digit" "$precheck,\"device\":{\"imei\":\"351234560000011\"}}"
names "which says which field" 'the field device.imei '

# ---- twice
bad "a field twice" "$precheck,\"purpose\":\"initial_download\"}"
names "and it says so" duplicate
bad "a field twice, written otherwise" "$precheck,\"purpos\\u0065\":\"initial_download\"}"
bad "a field twice, further inside" "$precheck,\"device\":{\"tac\":\"35123456\",\"tac\":\"35123457\"}}"
bad "two bodies in one" "$precheck}$precheck}"

# ---- what is no JSON
bad "nothing" ""
bad "octets that are no UTF-8" "$(printf '%s,"operator_nonce":"aaaaaaaa\xc3\x28"}' "$precheck")"
bad "an overlong slash" "$(printf '%s,"operator_nonce":"aaaaaaaa\xc0\xaf"}' "$precheck")"
bad "half a surrogate" "$precheck,\"operator_nonce\":\"aaaaaaaa\\ud800\"}"
bad "a NUL in a text" "$precheck,\"operator_nonce\":\"aaaa\\u0000aaaa\"}"
bad "a mark at the beginning" "$(printf '\xef\xbb\xbf%s}' "$precheck")"
bad "a text without an end" "{\"request_id\":\"$(head -c 90000 /dev/zero | tr '\0' a)"
bad "an array where an object belongs" "[$precheck}]"
bad "ten thousand fields" "{$(for i in $(seq 6000); do printf '"f%d":1,' "$i"; done)\"z\":1}"
bad "four certificates" "$precheck,\"tre_chain\":[\"MA==\",\"MA==\",\"MA==\",\"MA==\"]}"
bad "a certificate that is longer than any" "$precheck,\"tre_chain\":[\"$(head -c 9000 /dev/zero | base64 -w0)\"]}"
bad "base64 with a line's end in it" "$precheck,\"tre_chain\":[\"MA\\n==\"]}"

# ---- a long body of a device, whose certificate is ours, and which is nobody here
truncate -s 10M "$d/long"
cp "$VAR/devices/TRE-1.crt" "$VAR/credentials/device.crt"
cp "$VAR/devices/TRE-1.key" "$VAR/credentials/device.key"
# after two megabytes at most, at half of one a second: status and code
long() { # WHO METHOD ADDRESS
	local status
	status=$(api_as "$1" -m 4 --limit-rate 500k -o "$d/answer" -w '%{http_code}' -H 'Expect:' -X "$2" -T "$d/long" \
		-H "$json" --path-as-is "$URL/v1/$3")
	echo "$status $(jq -r .type "$d/answer" | sed 's,.*/,,')"
}
kept() { find "$VAR/nginx" -type f -size +1M; }
for address in "POST lots" "POST decisions/batch" "PUT evidence/$(printf 0%.0s {1..64})" "POST ca/imports" \
	"POST delegated-cas/x/crl"; do
	claim "a device's long body is not taken at ${address#* }" \
		is "$(long device $address)" "401 CERTIFICATE_NOT_REGISTERED"
done
claim "there is another operator's person" story_principal mobilfunk-2 mobilfunk operator
claim "somebody is locked" a officer-1 principal lock mobilfunk-2 --reason tested
claim "nor is a locked one's" is "$(long mobilfunk-2 POST lots)" "403 PRINCIPAL_NOT_ACTIVE"
# ---- nor one of somebody whose role it is not, at whatever address and method
role() { claim "$1 sends none to ${*:2}" is "$(long "$1" "$2" "$3")" "403 ROLE_NOT_ALLOWED"; }
role mobilfunk-hlr POST lots
role mobilfunk-hlr POST ca/imports
role mobilfunk-hlr POST delegated-cas/x/crl
role tresor-pki POST decisions/batch
role tresor-pki POST "decisions/batch?x=/v1/lots"
role reader PUT "evidence/$(printf 0%.0s {1..64})"
claim "the API's sentence says which role it takes" grep -q 'takes the role .*supplier.*; reader has the role reader$' <(jq -r .detail "$d/answer")
claim "where no such method is" is "$(long mobilfunk-hlr PUT lots)" "405 METHOD_NOT_ALLOWED"
claim "nor by an address written otherwise" is "$(long mobilfunk-hlr POST %6cots)" "404 NO_SUCH_ADDRESS"
claim "nor beside where there is one" is "$(long tresor-pki POST "evidence/$(printf 0%.0s {1..64})/accept")" "413 BODY_TOO_LARGE"
claim "who says that it only asks is not heard otherwise" is \
	"$(api_as reader -o /dev/null -w '%{http_code}' -H 'X-Ask-First: GET' -H "$json" -d '{}' "$URL/v1/lots")" 403
claim "nor hears anything else" is "$(api_as reader -H 'X-Ask-First: POST' "$URL/v1/whoami" | jq -r .principal)" reader
claim "nobody else is told of headers between us" not grep -qi x-problem <(api_as device -i "$URL/v1/whoami")
# ---- nor anywhere else what does not stay in memory: whoever it is from would fill the disk
truncate -s 900k "$d/longish"
longish() { # METHOD ADDRESS [curl options]: at 100 kB a second
	local status
	status=$(api -m 4 --limit-rate 100k -o "$d/answer" -w "%{http_code}" -H "Expect:" -X "$1" -T "$d/longish" \
		-H "$json" "${@:3}" "$URL/v1/$2")
	echo "$status $(jq -r .type "$d/answer" | sed "s,.*/,,")"
}
chunked=(-H "Transfer-Encoding: chunked")
device=(--cert "$VAR/credentials/device.crt" --key "$VAR/credentials/device.key")
operator=(--cert "$who.crt" --key "$who.key")
claim "a stranger's is not taken at any address" is "$(longish POST organisations)" "401 UNAUTHENTICATED"
claim "nor in pieces" is "$(longish POST organisations "${chunked[@]}")" "401 UNAUTHENTICATED"
claim "nor where there is none" is "$(longish PUT nothing)" "404 NO_SUCH_ADDRESS"
claim "nor a device's" is "$(longish POST declarations "${device[@]}")" "401 CERTIFICATE_NOT_REGISTERED"
claim "nor one of somebody whose role it is not" is "$(longish POST declarations "${operator[@]}")" "403 ROLE_NOT_ALLOWED"
claim "a stranger asks no question" is "$(longish POST decisions)" "413 BODY_TOO_LARGE"
announced() { # ADDRESS: status and code before the first octet of a body of 90,000
	{
		printf "POST /v1/$1 HTTP/1.1\r\nHost: x\r\n$json\r\nContent-Length: 90000\r\n\r\n"
		sleep 2
	} | timeout 5 openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" 2>/dev/null |
		tr -d "\r" | sed -n "1s/.* \([0-9]*\) .*/\1/p; s,.*problems/\([A-Z_]*\).*,\1,p" | paste -sd" "
}
claim "not even one that is as long as one may be" is "$(announced decisions)" "401 UNAUTHENTICATED"
claim "nor gets a challenge for that" is "$(announced challenges)" "413 BODY_TOO_LARGE"
claim "nothing is kept of it" is "$(kept)" ""
claim "an operator's is taken, and looked at by the API" is "$(path=/v1/decisions/batch ask --data-binary "@$d/long")" "415 MEDIA_TYPE"

# ---- and all is as it was
wait "$slow"
claim "the one that stopped in the middle was let go of, and had no answer" test ! -s "$d/slow"
claim "which is noted as too slow" until_true 5 grep -q '"POST .*" 408 ' "$VAR/log/access.log"
claim "no process died of all that" is "$(workers)" "$before"
claim "nor has one kept much of it ($(memory) kB)" test "$(memory)" -lt 102400
claim "a good question has its permit" is \
	"$(j mobilfunk-hlr decide --tre TRE-1 --terminal TERM-1 | jq -r .verdict)" permit
finish
