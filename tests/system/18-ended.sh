#!/usr/bin/env bash
# Who is known has a certificate that is good now: not one that was when its TLS
# session began, which is gone on with for an hour and then by another one.  The life
# of each is seven minutes here, five of which lie behind it when it is made.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
own_installation
sed -i '/^\[ access \]/,/^\[/ s/^validity .*/validity = 7 minutes/' "$profiles"
start_instance
claim "there is an operator" story_organisation mobilfunk Mobilfunk operator
claim "and somebody of it" story_principal mobilfunk-hlr mobilfunk operator
who=$VAR/credentials/mobilfunk-hlr
ends=$(date -d "$(openssl x509 -in "$who.crt" -noout -enddate | cut -d= -f2)" +%s)
client() { timeout 8 openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" \
	-cert "$who.crt" -cert_chain "$who.crt" -key "$who.key" "$@" 2>/dev/null; }
whoami='GET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n'
challenge='POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
# asks REQUEST [options]: the statuses
asks() { { printf "$1"; sleep 1; } | client "${@:2}" | tr -d '\r' | sed -n 's/^HTTP.1.1 \([0-9]*\).*/\1/p' | xargs; }
claim "who is good is known" is "$(asks "$whoami" -sess_out "$work/session")" 200
claim "and asks" is "$(asks "$challenge" -sess_out "$work/asking")" 201
claim "and in the session of before" is "$(asks "$whoami" -sess_in "$work/session" -sess_out "$work/session")" 200

# one that stays connected
mkfifo "$work/ask"
timeout 300 openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$VAR/credentials/root.crt" \
	-cert "$who.crt" -cert_chain "$who.crt" -key "$who.key" <"$work/ask" >"$work/answers" 2>/dev/null &
asker=$!
exec 4>"$work/ask"
# said N: the status of the Nth answer
said() { tr -d '\r' <"$work/answers" | grep -ao 'HTTP/1.1 [0-9]*' | sed -n "$1s/.* //p"; }
there() { [ -n "$(said "$1")" ]; }
n=0
until [ "$(date +%s)" -gt "$ends" ]; do
	printf "$challenge" >&4
	n=$((n + 1))
	until_true 5 there $n
	[ "$(said $n)" = 201 ] || break
	sleep 5
done
claim "it is heard until the end" test "$n" -gt 3 -a "$(said $((n - 1)))" = 201
sleep 1
printf "$challenge" >&4
until_true 5 there $((n + 1))
claim "and no longer, who asks" is "$(said $((n + 1)))" 401
printf "$whoami" >&4
until_true 5 there $((n + 2))
claim "nor who does anything else" is "$(said $((n + 2)))" 401
exec 4>&-
kill "$asker" 2>/dev/null
claim "nor by another session" not grep -q 20 <<<"$(asks "$whoami")"
claim "nor by the one of before" is "$(asks "$whoami" -sess_in "$work/session")" 401
claim "nor by one that asked" is "$(asks "$challenge" -sess_in "$work/asking")" 401
finish
