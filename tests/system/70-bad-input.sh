#!/usr/bin/env bash
# Bad input gets a clear error and harms nothing: the status, the stable type
# of the problem (RFC 9457), and a sentence that names what to mend.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 2

root=$VAR/credentials/root.crt
# as NAME METHOD PATH [curl options]: the body, then the status on a line
as() {
	local name=$1 method=$2 path=$3
	shift 3
	curl -sS --cacert "$root" --cert "$VAR/credentials/$name.crt" \
		--key "$VAR/credentials/$name.key" -X "$method" -w '\n%{http_code}\n' \
		"$@" "$URL$path"
}
json='Content-Type: application/json'

# problem STATUS CODE "sentence" COMMAND...: problem+json with that code and a
# sentence in detail
problem() {
	local status=$1 code=$2 said=$3 out
	shift 3
	out=$("$@" 2>&1)
	if [ "$(tail -1 <<<"$out")" = "$status" ] &&
		sed '$d' <<<"$out" | jq -e --arg c "$code" \
			'(.type | endswith("/" + $c)) and (.detail | length > 10) and .status' >/dev/null 2>&1; then
		ok "$said ($status $code)"
	else
		not_ok "$said: wanted $status $code"
		printf '%s\n' "$out" | tail -5 | sed 's/^/#   /'
	fi
}

before=$(j reader org list | jq length)

problem 403 ROLE_NOT_ALLOWED "an operator cannot register an organisation" \
	as mobilfunk-hlr POST /v1/organisations -H "$json" -d '{}'
claim "and is told which role it takes" \
	grep -q officer <<<"$(as mobilfunk-hlr POST /v1/organisations -H "$json" -d '{}')"
problem 404 NO_SUCH_ADDRESS "a path that does not exist" as officer-1 GET /v1/nothing
problem 405 METHOD_NOT_ALLOWED "a method that the path does not take" as officer-1 DELETE /v1/sites

# signed acts
problem 400 STATEMENT_MISSING "an act without a statement" \
	as officer-1 POST /v1/organisations -H "$json" -d '{"handle":"x1"}'
problem 400 STATEMENT_MALFORMED "a statement that is no JWS" \
	as officer-1 POST /v1/organisations -H "$json" -H 'Assay-Statement: abc' -d '{"handle":"x1"}'

# questions, which need no statement
q='{"request_id":"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11","purpose":"precheck","mode":"platform_only"}'
problem 400 REQUEST_MALFORMED "an unknown field" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d "${q%\}},\"slot\":\"1\"}"
problem 400 SUBSCRIBER_DATA_REFUSED "an IMSI" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d "${q%\}},\"imsi\":\"262011234567890\"}"
problem 400 REQUEST_MALFORMED "malformed JSON" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d '{"request_id":'
problem 400 REQUEST_MALFORMED "a field twice" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d '{"mode":"a","mode":"b"}'
problem 400 REQUEST_MALFORMED "octets behind the JSON" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d "$q x"
problem 415 MEDIA_TYPE "a body of another media type" \
	as mobilfunk-hlr POST /v1/decisions -H 'Content-Type: text/plain' -d "$q"
head -c 300000 /dev/zero | tr '\0' a >"$VAR/large"
claim "an oversized body is refused" \
	test "$(as mobilfunk-hlr POST /v1/decisions -H "$json" --data-binary @"$VAR/large" | tail -1)" = 413
deep=$(printf '[%.0s' $(seq 5000))
problem 400 REQUEST_MALFORMED "JSON 5,000 deep" \
	as mobilfunk-hlr POST /v1/decisions -H "$json" -d "$deep"

# DER with trailing octets: the certificate as it is, and one octet behind it
{ leaf_of "$(term_id 1)" | openssl x509 -outform DER; printf '\0'; } | base64 -w0 >"$VAR/trailing"
{ leaf_of "$(term_id 1)" | openssl x509 -outform DER; printf '\0'; } | openssl x509 -inform DER 2>/dev/null >/dev/null
answer=$(as mobilfunk-hlr POST /v1/decisions -H "$json" \
	-d "{\"request_id\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c12\",\"purpose\":\"precheck\",\"mode\":\"tre_and_platform\",
	     \"tre_chain\":[\"$(leaf_of "$(tre_id 1)" | openssl x509 -outform DER | base64 -w0)\",\"$(issuer_of "$(tre_id 1)" | openssl x509 -outform DER | base64 -w0)\"],
	     \"platform_chain\":[\"$(cat "$VAR/trailing")\",\"$(issuer_of "$(term_id 1)" | openssl x509 -outform DER | base64 -w0)\"]}" | sed '$d')
claim "DER with trailing octets is refused as malformed" \
	test "$(jq -r '"\(.verdict) \(.reasons[0])"' <<<"$answer")" = "refuse CERTIFICATE_MALFORMED"

# evidence that isn't what its hash says
wrong=$(printf 'something else' | sha256sum | cut -d' ' -f1)
problem 400 EVIDENCE_HASH_MISMATCH "evidence that is not what its hash says" \
	as tresor-pki PUT "/v1/evidence/$wrong?filename=x.txt" -H 'Content-Type: text/plain' -d 'a report'
claim "and nothing of it is kept" \
	test "$(as tresor-pki GET "/v1/evidence/$wrong" | tail -1)" = 404

# a lot in which one key is registered already: that row is refused, the other issued
a tresor-pki device new --kind tre --prefix NEW- --count 1 --rows "$VAR/new.rows"
{ head -1 "$VAR/tre.rows" | jq -c '.id = "NEW-STOLEN"'; cat "$VAR/new.rows"; } >"$VAR/mixed.rows"
mixed=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/mixed.rows" --wait | jq -r .number)
results=$(j tresor-pki lot results "$mixed")
claim "a key that is registered already is refused with its reason" \
	grep -q KEY_REGISTERED <<<"$results"
claim "the other row of that lot is issued" \
	test "$(j tresor-pki lot show "$mixed" | jq -r '"\(.issued) \(.refused)"')" = "1 1"

# identities that a caller sends by itself, to each listener
forged=(-H "X-Client-Verify: SUCCESS" -H "X-Client-Serial: 01" -H "X-Client-Issuer: CN=x"
	-H "X-Client-Cert: $(jq -sRr @uri <"$VAR/credentials/officer-1.crt")")
claim "a forged identity is no identity at the HTTPS listener" \
	test "$(curl -sS --cacert "$root" "${forged[@]}" -o /dev/null -w '%{http_code}' "$URL/v1/whoami")" = 401
claim "nor beside a real certificate" \
	test "$(as mobilfunk-hlr GET /v1/whoami "${forged[@]}" | sed '$d' | jq -r .principal)" = mobilfunk-hlr
claim "the HTTP listener has no API at all" \
	test "$(curl -sS "${forged[@]}" -o /dev/null -w '%{http_code}' "$PUBLIC_URL/v1/whoami")" = 404

# a POST that cannot be read: each port says so, in its way
posted() { # URL [curl options]: the code and what was said
	curl -sS --cacert "$root" -X POST -w ' %{http_code}' "$@" | tr -d '\n'
}
for where in .well-known/cmp/p/LOT-2026-000001 ocsp; do
	claim "a POST to /${where%%/*} without its length" grep -Eq 'Content-Length.* 411$' <<<"$(posted "$PUBLIC_URL/$where")"
	claim "one whose length is none" grep -Eq 'no request that can be read.* 400$' <<<"$(posted "$PUBLIC_URL/$where" -H 'Content-Length: abc')"
	claim "one of a type that is no ASCII" grep -Eq 'is sent as application/.* 400$' <<<"$(posted "$PUBLIC_URL/$where" -H $'Content-Type: appl\xc3\xa9' -d x)"
done
for where in .well-known/est/simpleenroll v1/open-lots; do
	claim "one to /$where without its length" grep -Eq 'REQUEST_MALFORMED.*Content-Length.* 411$' <<<"$(posted "$URL/$where")"
done

# a wrong client certificate, a device's, a locked principal's, a revoked one
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=officer-1" \
	-keyout "$VAR/credentials/stranger.key" -out "$VAR/credentials/stranger.crt" 2>/dev/null
claim "a stranger's certificate is refused" \
	grep -qE '^4(00|01|03)$' <<<"$(as stranger GET /v1/whoami | tail -1)"
cp "$VAR/devices/$(tre_id 1).key" "$VAR/credentials/device.key"
cp "$VAR/devices/$(tre_id 1).crt" "$VAR/credentials/device.crt"
claim "a device's certificate is nobody's credential" \
	grep -qE '^40[13]$' <<<"$(as device GET /v1/whoami | tail -1)"
a officer-1 principal lock karren-pki --reason tested
claim "a locked principal is refused" \
	test "$(as karren-pki GET /v1/whoami | tail -1)" = 403
a security-1 cert revoke "$(openssl x509 -in "$VAR/credentials/auditor-2.crt" -noout -serial | sed 's/.*=//' | tr A-F a-f)" \
	--reason cessationOfOperation
claim "a revoked credential is refused" \
	grep -qE '^40[13]$' <<<"$(as auditor-2 GET /v1/whoami | tail -1)"

claim "nothing was made by all of this" test "$(j reader org list | jq length)" = "$before"
claim "and the system still answers" a officer-2 whoami
finish
