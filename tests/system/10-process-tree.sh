#!/usr/bin/env bash
# The whole as one process tree: it starts, answers, survives the death of its
# parts, stops without a trace, and goes on where it ended.  And who calls is
# decided by TLS and the register, never by a header.
. "$(dirname "$0")/lib.sh"
WHOLE=yes

status() { api -o /dev/null -w '%{http_code}' "$@"; }
is_status() { local want=$1; shift; local got; got=$(status "$@"); [ "$got" = "$want" ] || { echo "status $got"; return 1; }; }
problem_is() { # CODE CURL-ARGUMENTS...
	local code=$1 body
	shift
	body=$(api "$@")
	[ "$(jq -r '.type' <<<"$body" 2>/dev/null)" = "https://assay.example/problems/$code" ] ||
		{ echo "$body"; return 1; }
}
child() { pgrep -P "$RUN_PID" -f -- "$1" | head -1; }
healthy() { assay health --quiet; }
# Everything whose working files are the instance's; kore and postgres hide
# their command lines, so that the environment is asked, too.
left_over() {
	local p
	for p in /proc/[0-9]*; do
		[ -O "$p" ] || continue
		{ tr '\0' '\n' <"$p/environ"; tr '\0' ' ' <"$p/cmdline"; readlink "$p/cwd"; } 2>/dev/null |
			grep -qF -- "$VAR" && [ "${p#/proc/}" != "$$" ] && echo "${p#/proc/} $(tr '\0' ' ' <"$p/cmdline")"
	done
}
nothing_left() { local l; l=$(left_over); [ -z "$l" ] || { echo "$l"; return 1; }; }

exec 9<"$top/LICENSE"
start_instance
ok "an instance starts on free ports"
# Its supervisor's descriptors may hold a passphrase.
who_has_it() {
	local p
	for p in $(pgrep -P "$RUN_PID"); do
		[ "$(readlink "/proc/$p/fd/9")" = "$(readlink -f "$top/LICENSE")" ] && tr '\0' ' ' <"/proc/$p/cmdline" | grep -o 'assay-[a-z]*\|nginx\|kore\|postgres' | head -1
	done
}
claim "the authority alone has its supervisor's descriptors" test "$(who_has_it)" = assay-authority
# A worker of Kore asks of all that it might have open whether they are (api/cli/serve.c).
claim "Kore might have no more files open than it will" is "$(awk '/^Max open files/ { print $4 }' "/proc/$(child kore)/limits")" 1024
exec 9<&-
claim "health answers without a certificate" healthy
claim "health comes from the database" test "$(api "$URL/v1/health" | jq -r .database)" = ok
claim "a credential is recognised by nginx, Kore and the register" \
	test "$(assay whoami --as officer-1 --json | jq -r .role)" = officer
refused UNAUTHENTICATED "nobody is nobody" assay whoami
claim "exit code 3 says denied" exits 3 assay whoami
claim "exit code 2 says usage" exits 2 assay whoami --no-such-option
claim "a credential is named, not reached by a path" exits 2 assay whoami --as ../credentials/reader
claim "exit code 6 says unavailable" exits 6 assay health --url https://127.0.0.1:1

# ---- who calls

officer=$(jq -sRr @uri <"$VAR/credentials/officer-1.crt")
junk=()
for i in $(seq 30); do junk+=(-H "X-Junk-$i: $i"); done
for h in X-Client-Verify x-client-verify X_Client_Verify; do
	claim "a forged $h at the HTTPS listener has no effect" problem_is UNAUTHENTICATED \
		-H "$h: SUCCESS" -H "X-Client-Certificate: $officer" "$URL/v1/whoami"
done
claim "nor has one behind thirty other headers" problem_is UNAUTHENTICATED "${junk[@]}" \
	-H "X-Client-Verify: SUCCESS" -H "X-Client-Certificate: $officer" "$URL/v1/whoami"
claim "nor can it replace the certificate of TLS" \
	test "$(api_as reader -H "X-Client-Certificate: $officer" "$URL/v1/whoami" | jq -r .principal)" = reader
for p in /v1/whoami /v1/health //v1/whoami /ocsp/../v1/whoami; do
	claim "the public listener has no $p, whatever the headers say" is_status 404 --path-as-is \
		-H "X-Client-Verify: SUCCESS" -H "X-Client-Certificate: $officer" "$PUBLIC_URL$p"
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=officer-1" \
	-keyout "$work/other.key" -out "$work/other.crt" -days 1 2>/dev/null
claim "a certificate of another CA is refused" problem_is CERTIFICATE_REFUSED \
	--cert "$work/other.crt" --key "$work/other.key" "$URL/v1/whoami"
# nginx asks for a client's purpose, too
claim "our own server's certificate is no principal's" problem_is CERTIFICATE_REFUSED \
	--cert "$VAR/nginx/tls.crt" --key "$VAR/nginx/tls.key" "$URL/v1/whoami"
claim "TLS 1.2 is refused" exits 35 curl -s --tls-max 1.2 --cacert "$VAR/credentials/root.crt" "$URL/v1/health"
claim "plain HTTP at the HTTPS port is told so" \
	test "$(curl -s "http://127.0.0.1:$PORT/v1/health" | jq -r .type)" = https://assay.example/problems/HTTPS_NEEDED

# ---- what nginx normalises, and the router's refusals

claim "an address that is nowhere is 404" problem_is NO_SUCH_ADDRESS "$URL/v1/nowhere"
claim "outside /v1/ likewise" problem_is NO_SUCH_ADDRESS "$URL/"
claim "a method that an address doesn't take is 405" problem_is METHOD_NOT_ALLOWED -X DELETE "$URL/v1/health"
claim "and Allow says what it takes" grep -qi '^allow: GET, HEAD' <(api -i -X DELETE "$URL/v1/health")
claim "a method that nobody knows is 405" problem_is METHOD_NOT_ALLOWED -X BREW "$URL/v1/health"
claim "the body of a GET is refused, not read as a request" problem_is REQUEST_MALFORMED \
	-X GET --data 'GET /v1/whoami HTTP/1.1' "$URL/v1/health"
claim "nor when it comes in chunks" problem_is REQUEST_MALFORMED \
	-X GET -H 'Transfer-Encoding: chunked' --data x "$URL/v1/health"
claim "an oversized body is 413" problem_is BODY_TOO_LARGE \
	-X POST --data-binary @<(head -c 1100000 /dev/zero) "$URL/v1/health"
claim "HEAD has no body" test -z "$(api -I -o /dev/null -w '%{size_download}' "$URL/v1/health" | grep -v '^0$')"

# ---- what nginx refuses itself: a problem of the API, a line of text in public

# told STATUS WORDS CURL-ARGS...: that status, as text, with these words
told() {
	local status=$1 words=$2 out
	shift 2
	out=$(curl -s -w '\n%{http_code} %{content_type}' "$@" 2>&1)
	[ "${out##*$'\n'}" = "$status text/plain" ] && grep -qF -- "$words" <<<"$out" || { echo "$out"; return 1; }
}
long=$(head -c 9000 /dev/zero | tr '\0' x)
crl=$PUBLIC_URL/crl/root.crl
claim "a header that is too long is 400" problem_is REQUEST_MALFORMED -H "X-Long: $long" "$URL/v1/health"
claim "an address that is too long is 414" problem_is URL_MALFORMED "$URL/v1/$long"
claim "in public a folder is nothing" told 404 "Here are /ocsp, /crl/" "$PUBLIC_URL/crl/"
claim "nor is a CRL that is not there" told 404 "nothing at this address" "$PUBLIC_URL/crl/none.crl"
claim "files take no POST" told 405 "GET and HEAD" --data x "$crl"
claim "and Allow says so" grep -qi '^allow: GET, HEAD' <(curl -si --data x "$crl")
claim "a method that nobody knows is told so" told 405 "GET, HEAD and POST" -X BREW "$PUBLIC_URL/ocsp"
claim "so is the body of a GET" told 400 "a body where none belongs" -X GET --data x "$crl"
claim "a request to OCSP that is too long" told 413 "16384 octets" --data-binary @<(head -c 20000 /dev/zero) "$PUBLIC_URL/ocsp"
claim "a header that is too long" told 400 "no request that can be read" -H "X-Long: $long" "$crl"
claim "an address that is too long" told 414 "too long" "$PUBLIC_URL/ocsp/$long"
claim "a part that is not there" told 416 "no such part" -r 99999999- "$crl"
claim "a condition that does not hold" told 412 "If-Match" -H 'If-Match: "x"' "$crl"
nonsense() {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/${PUBLIC_URL##*:}"
	printf 'nonsense\r\n\r\n' >&$fd
	cat <&$fd
	exec {fd}>&-
}
claim "and what is no request at all" grep -q 'no request that can be read' <(nonsense)

# ---- death of the parts

for part in api-0 status-0 nginx authority follower notifier postgres; do
	case $part in
	api-0) pid=$(child "kore" ) ;;
	status-0) pid=$(child "kore" | tail -1) ;;
	*) pid=$(child "$part") ;;
	esac
	[ -n "$pid" ] || { not_ok "$part runs"; continue; }
	kill -9 "$pid"
	claim "kill -9 of $part is survived" until_true 30 healthy
	until_true 10 grep -q "ended (signal 9); starting it again" "$work/run.out"
	: >"$work/run.out"
done
claim "all parts run again" until_true 20 eval 'test "$(pgrep -P "$RUN_PID" | wc -l)" -ge 9'
claim "and a credential still works" until_true 20 assay whoami --as officer-1

# ---- what cannot live

# what others ask by stays readable
mkdir -p "$work/away/log"
cp -r "$VAR/assay.cnf" "$VAR/credentials" "$work/away/"
echo "webhook_private = perhaps" >>"$VAR/assay.cnf"
kill -9 "$(child notifier)"
alarms() { is "$(grep -c "ALARM: notifier has ended 5 times.*/notifier.log" "$work/run.out")" 1; }
claim "who ends again and again is an alarm" until_true 20 alarms
sleep 3
claim "one, however long it goes on" alarms
claim "all others are at work" "$bin/assay" --var "$work/away" whoami --as officer-1
cp "$work/away/assay.cnf" "$VAR/assay.cnf"
claim "and when it can live, it does" until_true 20 eval 'child notifier | grep -q . && sleep 2 && kill -0 "$(child notifier)"'

# ---- what asks all channels, and is answered by none: its credential has ended, say

"$bin/assay" --var "$work/away" --url https://127.0.0.1:1 status check --every 1 --as reader 2>"$work/away.err" &
away=$!
unanswered() { is "$(grep -c "ALARM: nothing was compared with the register, 5 times in a row: " "$work/away.err")" 1; }
claim "is an alarm" until_true 10 unanswered
sleep 2
claim "once" unanswered
kill "$away"
wait "$away" 2>/dev/null

# ---- two at once

claim "ports in use are told before anything starts" exits 5 "$bin/assay" run --var "$work/second" \
	--port "$PORT" --public-port "$PUBLIC_PORT"
claim "and nothing was started" test ! -e "$work/second/postgres"
claim "one folder has one keeper" exits 5 "$bin/assay" run --var "$VAR"

# ---- ends

root=$(sha256sum <"$VAR/credentials/root.crt")
# An upload of 3 s, begun before the end and not finished at it.
seq 100000 | head -c 150000 >"$work/slow.txt"
sum=$(sha256sum "$work/slow.txt" | cut -c1-64)
api_as officer-1 -X PUT -H "Content-Type: text/plain" --limit-rate 50k --data-binary "@$work/slow.txt" \
	-o "$work/slow.out" -w '%{http_code}' "$URL/v1/evidence/$sum" >"$work/slow.status" &
slow=$!
sleep 1
if stop_instance; then ok "SIGTERM ends it with exit code 0"; else not_ok "SIGTERM ends it with exit code 0"; fi
wait "$slow"
claim "a request under way was finished first" grep -qx '20[01]' "$work/slow.status"
claim "and nothing is left" until_true 2 nothing_left
claim "no socket and no bell is left" test -z "$(ls -A "$VAR/run")"
start_instance
ok "a second run starts"
claim "it goes on where the first ended" test "$root" = "$(sha256sum <"$VAR/credentials/root.crt")"
claim "with the credentials of before" assay whoami --as officer-1
kill -9 "$RUN_PID"
wait "$RUN_PID" 2>/dev/null
RUN_PID=
claim "kill -9 of the supervisor leaves nothing, either" until_true 15 nothing_left
start_instance
claim "and the third run goes on" assay whoami --as officer-1
finish
