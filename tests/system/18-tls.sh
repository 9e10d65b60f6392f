#!/usr/bin/env bash
# The certificate with which nginx shows itself is renewed at half its life, for the
# key that it has, and nobody who is connected or trusts the root notices.  Its life
# is eleven minutes here, five of which lie behind it when it is made.
. "$(dirname "$0")/lib.sh"
own_installation
sed -i '/^\[ tls_server \]/,/^\[/ s/^validity .*/validity = 11 minutes/' "$profiles"
start_instance
served() { openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" -verify_ip 127.0.0.1 \
	-verify_return_error -tls1_3 </dev/null 2>/dev/null; }
serial() { served | openssl x509 -noout -serial; }
key_of() { served | openssl x509 -noout -pubkey; }
first=$(serial) key=$(key_of)
claim "at first it shows one under our root, with its address" test -n "$first"
claim "which is recorded as every other key's that is certified from day to day" is \
	"$(psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -d assay -qAtX -c \
		"SELECT count(*) FROM assay.delegated_certificate d JOIN assay.delegated_key k ON k.id = d.key_id
		WHERE k.kind = 'server'")" 1

# Somebody stays connected over the change.
mkfifo "$work/ask"
openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" \
	<"$work/ask" >"$work/answer" 2>/dev/null &
asker=$!
exec 4>"$work/ask"
ask_health() { printf 'GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n' >&4; }
ask_health
claim "who asks is answered" until_true 10 grep -q '200 OK' "$work/answer"

renewed() { [ -n "$(serial)" ] && [ "$(serial)" != "$first" ]; }
claim "at half its life there is another one" until_true 90 renewed
claim "for the same key" is "$(key_of)" "$key"
claim "which whoever trusts the root believes" api "$URL/v1/health" -f
claim "and nothing has to be started again" kill -0 "$RUN_PID"

# What is for another key is left alone: nginx would not start with it.
second=$(serial)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/other.key" \
	-subj /CN=other -out "$work/other.pem" 2>/dev/null
cp "$work/other.pem" "$VAR/status/tls/tls.pem"
sleep 3
claim "a certificate for another key is not taken" is "$(serial)" "$second"
exec 4>&-
kill "$asker" 2>/dev/null
finish
