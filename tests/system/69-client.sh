#!/usr/bin/env bash
# libassay-client, as it is installed: an operator's server asks the real API,
# and one that lies in every way that we know.  Only a receipt that holds, and is
# the answer to this question, is a permit.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 4
claim "it is installed" make -C "$top" -s -o all B="$bin" DESTDIR="$work/installed" PREFIX=/usr install

# ---- the library
lib=$work/installed/usr root=$VAR/credentials/root.crt
config() { PKG_CONFIG_SYSROOT_DIR=$work/installed PKG_CONFIG_PATH=$lib/lib/pkgconfig pkg-config "$@" libassay-client; }
sanitize=()
[ -z "$preload" ] || sanitize=(-fsanitize=address,undefined)
example() { cc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror "${sanitize[@]}" -o "$work/$1" \
	"$lib/share/doc/libassay-client/example.c" "${@:2}"; }
# shellcheck disable=SC2046 # flags are words
claim "the example builds by pkg-config" example shared $(config --cflags --libs)
# shellcheck disable=SC2046
claim "and with the archive" example static $(config --cflags) "$lib/lib/libassay-client.a" -lcurl -ljansson -lcrypto
echo '#include <assay.h>
#include <assay-client.h>
int main(void) {
	struct assay_client_options none = { 0 };
	return assay_client_new(&none) != 0 || !*assay_client_error_code() || *assay_error_code();
}' >"$work/both.c"
# shellcheck disable=SC2046
claim "beside libassay, too" cc "${sanitize[@]}" -o "$work/both" "$work/both.c" $(config --cflags) \
	"$lib/lib/libassay-client.a" "$lib/lib/libassay.a" -lcurl -ljansson -lcrypto
claim "each with an error of its own" "$work/both"
claim "the shared one exports its header's names alone" \
	is "$(nm -D --defined-only "$lib/lib/libassay-client.so.0" | awk '$2 == "T" { print $3 }' | sed 's/@.*//' | sort)" \
	"$(sed -n 's/.*\(assay_[a-z_]*\)(.*/\1/p; s/^    \(assay_[a-z_]*\)(.*/\1/p' "$lib/include/assay-client.h" |
		grep -v '^assay_client_\(options\|question\|answer\)$' | sort -u)"
echo '#include <assay-client.h>
int main(void) {
	struct assay_client_answer a = { .verdict = ASSAY_CLIENT_PERMIT, .receipt = "", .decided = 1000, .act_until = 1300 };
	return !(assay_client_may_act(&a, 1000) && assay_client_may_act(&a, 1299) && !assay_client_may_act(&a, 1300) &&
	    assay_client_may_act(&a, 940) && !assay_client_may_act(&a, 939));
}' >"$work/act.c"
# shellcheck disable=SC2046
claim "a permit is asked when it may be acted on" cc "${sanitize[@]}" -o "$work/act" "$work/act.c" $(config --cflags) \
	"$lib/lib/libassay-client.a" -lcurl -ljansson -lcrypto
claim "to its end, and not by a clock that was put back" "$work/act"
claim "a C++ program may include it" c++ -fsyntax-only -x c++ -Wall -Wextra "$lib/include/assay-client.h"
claim "its man page has no fault" is "$(groff -man -mdoc -Tutf8 -ww "$lib/share/man/man3/libassay-client.3" 2>&1 >/dev/null)" ""

# ---- a device: it signs what it is given
mkdir "$work/devices"
device() { # n: the command that stands for it
	cat >"$work/devices/$1" <<-SH
		#!/bin/sh
		openssl dgst -sha256 -sign "$VAR/devices/$(tre_id "$1").key" -out tre.sig "\$1" &&
		openssl dgst -sha256 -sign "$VAR/devices/$(term_id "$1").key" -out terminal.sig "\$1"
	SH
	chmod +x "$work/devices/$1"
	local i
	for i in "$(tre_id "$1")" "$(term_id "$1")"; do
		leaf_of "$i" | openssl x509 -outform DER -out "$work/devices/$i.der"
		issuer_of "$i" | openssl x509 -outform DER -out "$work/devices/$i.ca.der"
	done
}
for i in 1 2 3 4; do device $i; done
# asks N URL [ROOTS]: about that device; what it prints, and its exit code
asks() {
	local d t=$work/devices/$(term_id "$1") m=$work/devices/$(tre_id "$1")
	d=$(mktemp -d "$work/ask.XXXXXX")
	(cd "$d" && LD_LIBRARY_PATH=$lib/lib timeout 40 "$work/${kind:-shared}" "$2" mobilfunk "${cert:-$VAR/credentials/mobilfunk-hlr.crt}" \
		"${key:-$VAR/credentials/mobilfunk-hlr.key}" "${3:-$root}" "${signs:-$work/devices/$1}" "$t.der" "$t.ca.der" "$m.der" "$m.ca.der" "$URL")
}
# none CODE "sentence" COMMAND: no permit, for that, and nothing that looks like one
none() {
	local code=$1 what=$2 out rc=0
	shift 2
	out=$("$@" 2>&1) || rc=$?
	if [ $rc -eq 2 ] && grep -q "\[$code\]" <<<"$out" && ! grep -q '^permit' <<<"$out"; then ok "$what ($code)"
	else not_ok "$what: not $code"; tail -n 3 <<<"exit code $rc: $out" | cut -c1-300 | sed 's/^/#   /'; fi
}

# ---- the real one
for kind in shared static; do
	asks 1 "$URL" >"$work/permit"
	claim "a good device is permitted, by the $kind one" is "$? $(sed -n '1s/,.*//p' "$work/permit")" "0 permit"
done
unset kind
claim "the receipt is the one on record" is "$(tail -n 1 "$work/permit")" \
	"$(j mobilfunk-hlr decision show "$(sed -n '1s/.* //p' "$work/permit")" | jq -r .receipt)"
claim "it was asked with a nonce of its own" is "$(tail -n 1 "$work/permit" | cut -d. -f2 | tr -- -_ +/ |
	base64 -d 2>/dev/null | jq -r '.eat_nonce[0] | length')" 32
signs=$work/devices/2
out=$(asks 1 "$URL"); rc=$?
unset signs
claim "another device's signatures are refused" is "$rc $(sed -n '1s/,.*//p; 2s/:.*//p' <<<"$out" | xargs)" "1 refuse POSSESSION_TRE"
claim "a device is revoked" a security-1 cert revoke "$(serial_of "$(tre_id 2)")" --reason keyCompromise
out=$(asks 2 "$URL"); rc=$?
claim "and refused" is "$rc $(sed -n '1s/,.*//p; 2s/:.*//p' <<<"$out" | xargs)" "1 refuse CERTIFICATE_REVOKED"

# ---- one that lies: with the API's own TLS key, which is the worst
r=$(free_port) l=$(free_port) old=$(free_port) self=$(free_port) foreign=$(free_port) gone=$(free_port)
mkdir -p "$work/r" "$work/tls"
for n in self foreign; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=127.0.0.1" \
		-addext "subjectAltName = IP:127.0.0.1" -keyout "$work/$n.key" -out "$work/$n.crt" 2>/dev/null
done
lookalike_signer() { # a CA and a signer that look like the API's, by keys of its own
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/liar.key"
	openssl req -x509 -new -key "$work/liar.key" -days 30 -subj "/CN=Assay receipts" -out "$work/liar.crt" \
		-addext "extendedKeyUsage = 2.999.33812.4.1" 2>/dev/null
}
lookalike_signer
cat >"$work/lie" <<LIE
#!/usr/bin/env bash
# /WHAT/v1/...: what is asked of the API, told otherwise
read -r method path _ <"\$1"
what=\${path#/} what=\${what%%/*} real=/v1/\${path#*/v1/}
real() {
	local body=()
	[ "\$method" = POST ] && body=(--data-binary @-)
	sed '1,/^\r\$/d' "$work/r/\$(basename "\$1")" | curl -s --cacert "$root" --cert "$VAR/credentials/\${as:-mobilfunk-hlr}.crt" \
		--key "$VAR/credentials/\${as:-mobilfunk-hlr}.key" -H 'Content-Type: application/json' "\${body[@]}" "$URL\$real"
}
# say TEXT [STATUS HEADER]: as JSON
say() {
	printf 'HTTP/1.1 %s X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
		"\${2:-200}" "\${3:+\$3"\$'\r\n'"}" "\${#1}" "\$1"
}
url64() { base64 -w0 | tr -- +/ -_ | tr -d =; }
octets() { local s; s=\$(tr -- -_ +/); while [ \$((\${#s} % 4)) -ne 0 ]; do s=\$s=; done; base64 -d <<<"\$s"; }
case \$real in /v1/decisions) ;; *)
	case \$what in
	unproven) case \$real in *bundle)
		[ -e "$work/proven" ] || { : >"$work/proven"; say '{"type":"https://assay.example/problems/BUSY","detail":"soon"}' 503 "Retry-After: 1"; exit; } ;; esac ;;
	unchallenged) say '{"challenge":"AAAA","expires":"2030-01-01T00:00:00Z"}'; exit ;;
	signer) case \$real in *bundle)
		say "\$(jq -nc --arg r "\$(cat "$work/forged")" --arg s "\$(openssl x509 -in "$work/liar.crt" -outform DER | base64 -w0)" \
			--argjson b "\$(real "\$1")" '\$b + {receipt: \$r, signer: [\$s, \$b.signer[1]]}')"; exit ;; esac ;;
	esac
	say "\$(real "\$1")" \$([ "\$method" = POST ] && echo 201 || echo 200)
	exit ;;
esac
[ \$what = question ] || answer=\$(real "\$1")
receipt=\$(jq -r .receipt <<<"\$answer")
claims() { cut -d. -f2 <<<"\$receipt" | octets; }
with() { say "\$(jq -c --arg r "\$1" '.receipt = \$r' <<<"\$answer")"; }
case \$what in
through | unproven) say "\$answer" ;;
verdict) say "\$(jq -c '.verdict = "permit" | .reasons = []' <<<"\$answer")" ;;
replayed) say "\$(jq -c --arg r "\$(tail -n 1 "$work/permit")" '.receipt = \$r | .verdict = "permit"' <<<"\$answer")" ;;
altered) with "\$(cut -d. -f1 <<<"\$receipt").\$(claims | jq -jc '.decision.verdict = "permit"' | url64).\$(cut -d. -f3 <<<"\$receipt")" ;;
unsigned) with "\$(printf '{"alg":"none","typ":"eat+jwt","x5t#S256":"%043d"}' 0 | url64).\$(claims | jq -jc '.decision.verdict = "permit"' | url64)." ;;
signer)
	{
		printf '{"alg":"ES256","typ":"eat+jwt","x5t#S256":"%s"}' \
			"\$(openssl x509 -in "$work/liar.crt" -outform DER | openssl dgst -sha256 -binary | url64)" | url64
		printf .
		claims | jq -jc '.decision.verdict = "permit"' | url64
	} | tr -d '\n' >"$work/input"
	hex=\$(openssl dgst -sha256 -sign "$work/liar.key" "$work/input" | openssl asn1parse -inform DER |
		sed -n 's/.*INTEGER *:0*\([0-9A-F]*\)\$/\1/p' | awk '{ printf "%64s", \$1 }' | tr ' ' 0 | sed 's/../\\\\x&/g')
	printf "\$hex" | url64 >"$work/raw"
	printf '%s.%s' "\$(cat "$work/input")" "\$(cat "$work/raw")" >"$work/forged"
	with "\$(cat "$work/forged")" ;;
half) printf 'HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "\${#answer}" "\${answer:0:100}" ;;
gigabyte) printf 'HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n'; head -c 1073741824 /dev/zero 2>/dev/null ;;
endless) printf 'HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'; yes \$'5\r\nhello\r' 2>/dev/null ;;
headers) printf 'HTTP/1.1 200 X\r\n'; yes "X-A: \$(printf 'a%.0s' {1..200})" 2>/dev/null | head -c 100000000 2>/dev/null ;;
slow) printf 'HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
	for ((i = 0; i < 30; i++)); do printf '{'; sleep 1; done ;;
silent) sleep 30 ;;
redirect) say "" 302 "Location: $URL/v1/decisions" ;;
again) say "" 307 "Location: $URL/v1/decisions" ;;
broken) say '{"type":"https://assay.example/problems/BUSY","detail":"try again"}' 503 ;;
later) say '{"type":"https://assay.example/problems/RATE_LIMITED","detail":"later"}' 429 "Retry-After: 3600" ;;
soon) say '{"type":"https://assay.example/problems/RATE_LIMITED","detail":"soon"}' 429 "Retry-After: 3" ;;
steering) say '{"type":"https://assay.example/problems/A\u001b[2JB","detail":"\u001b]0;owned\u0007\u001b[2J\u202e\r\npermit, decision 1"}' 403 ;;
refused) say '{"type":"https://assay.example/problems/CHALLENGE_WHATEVER","detail":"no"}' 403 ;;
text) printf 'HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\npermit' ;;
deep) say "\$(printf '[%.0s' {1..10000})" ;;
twice) say '{"receipt":"a","receipt":"b"}' ;;
empty) say '{}' ;;
another) as=fernfunk-hlr; answer=\$(real "\$1"); say "\$answer" ;;
question) say "\$(sed '1,/^\r\$/d' "\$1" | jq -c '.max_status_age = 86400' |
	curl -s --cacert "$root" --cert "$VAR/credentials/mobilfunk-hlr.crt" --key "$VAR/credentials/mobilfunk-hlr.key" \
	-H 'Content-Type: application/json' --data-binary @- "$URL/v1/decisions")" ;;
esac
LIE
chmod +x "$work/lie"
echo "run $work/lie" >"$work/r/control"
cat >"$work/tls/nginx.conf" <<NGINX
daemon off; pid $work/tls/pid; error_log $work/tls/error.log; worker_processes 1;
events { }
http {
	access_log $work/tls/access.log;
	ssl_protocols TLSv1.3;
	client_body_temp_path $work/tls/b; proxy_temp_path $work/tls/p; fastcgi_temp_path $work/tls/f;
	uwsgi_temp_path $work/tls/u; scgi_temp_path $work/tls/s;
	server {
		listen 127.0.0.1:$l ssl; listen 127.0.0.2:$l ssl;
		ssl_certificate $VAR/nginx/tls.crt; ssl_certificate_key $VAR/nginx/tls.key;
		location / { proxy_pass http://127.0.0.1:$r; proxy_http_version 1.1; proxy_buffering off; }
	}
	server { listen 127.0.0.1:$old ssl; ssl_protocols TLSv1.2;
		ssl_certificate $VAR/nginx/tls.crt; ssl_certificate_key $VAR/nginx/tls.key; return 204; }
	server { listen 127.0.0.1:$self ssl; ssl_certificate $work/self.crt; ssl_certificate_key $work/self.key; return 204; }
	server { listen 127.0.0.1:$foreign ssl; ssl_certificate $work/foreign.crt; ssl_certificate_key $work/foreign.key; return 204; }
}
NGINX
"$bin/tests/receiver" "$r" "$work/r" &
receiver=$!
PATH=$PATH:/usr/sbin nginx -c "$work/tls/nginx.conf" -e "$work/tls/error.log" -p "$work/tls" &
nginx=$!
trap 'kill $receiver $nginx $watcher 2>/dev/null; leave' EXIT
watcher=
until_true 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$r"
until_true 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$l"
lies() { asks "${2:-2}" "https://127.0.0.1:$l/$1"; } # of a device that is revoked

# those that take their time, together
for what in half slow silent broken headers; do
	(SECONDS=0; lies $what 1 >"$work/$what.out" 2>&1; echo "$? $SECONDS" >"$work/$what.rc") &
	eval "pid_$what=$!"
done
out=$(lies through 1); rc=$?
claim "one that only passes on is as good as the API" is "$rc $(sed -n '1s/,.*//p' <<<"$out")" "0 permit"
out=$(lies unproven 1); rc=$?
claim "what proves a receipt is asked for again, too, when the API says later" is "$rc $(sed -n '1s/,.*//p' <<<"$out")" "0 permit"
claim "as it was here" test -e "$work/proven"
out=$(lies verdict); rc=$?
claim "what it says beside the receipt counts for nothing" is "$rc $(sed -n '1s/,.*//p' <<<"$out")" "1 refuse"
claim "a second operator" story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator
none RECEIPT_OTHER "an earlier receipt, of the same device" lies replayed 1
none RECEIPT_OTHER "an earlier receipt, of another device" lies replayed 3
none RECEIPT_OTHER "a receipt to another operator" lies another 1
none RECEIPT_OTHER "a receipt about a question with one word changed" lies question 1
none RECEIPT_SIGNATURE "a receipt whose verdict was turned" lies altered
none RECEIPT_MALFORMED "a receipt that nobody signed" lies unsigned
none RECEIPT_SIGNER "a receipt by a signer of its own" lies signer
(ulimit -v $([ -z "$preload" ] && echo 400000 || echo unlimited); none CLIENT_ANSWER "an answer of a gigabyte" lies gigabyte 1)
none CLIENT_ANSWER "an answer without an end" lies endless 1
none CLIENT_ANSWER "a redirect to the API is not followed" lies redirect 1
none CLIENT_ANSWER "nor one that would take the question along" lies again 1
none CHALLENGE_WHATEVER "a refusal keeps its code" lies refused 1
none CLIENT_ANSWER "a code that is none, and a sentence that steers a terminal" lies steering 1
claim "of which nothing is left" is "$(lies steering 1 2>&1 | LC_ALL=C tr -d '\040-\176' | od -An -tx1 | xargs)" 0a
SECONDS=0
none RATE_LIMITED "one that has no time before an hour is over" lies later 1
claim "is left alone, at once ($SECONDS s)" test "$SECONDS" -lt 4
none RATE_LIMITED "one that has no time before three seconds are over" lies soon 1
claim "is asked again then, and no sooner" is "$(grep -c 'POST /soon/v1/decisions' "$work/tls/access.log")" 3
none CLIENT_ANSWER "a page that says permit" lies text 1
none CLIENT_ANSWER "JSON that is ten thousand levels deep" lies deep 1
none CLIENT_ANSWER "a receipt twice" lies twice 1
none CLIENT_ANSWER "no receipt" lies empty 1
none CLIENT_ANSWER "a challenge that is none" lies unchallenged 1
none CLIENT_TLS "somebody with a certificate of its own" asks 1 "https://127.0.0.1:$self"
none CLIENT_TLS "somebody whom others trust" asks 1 "https://127.0.0.1:$foreign"
none CLIENT_TLS "the API's certificate at another address" asks 1 "https://127.0.0.2:$l/through"
none CLIENT_TLS "an old TLS" asks 1 "https://127.0.0.1:$old"
none CLIENT_TLS "the API, under another root" asks 1 "$URL" "$work/foreign.crt"
none CLIENT_OPTIONS "http" asks 1 "http://127.0.0.1:$PUBLIC_PORT"
none CLIENT_OPTIONS "roots that are none" asks 1 "$URL" "$work/permit"
for fault in "nothing $work/nowhere" "no certificate $work/permit"; do
	cert=${fault##* }
	none CLIENT_OPTIONS "a certificate where there is ${fault% *}" asks 1 "$URL"
	key=$cert cert=
	none CLIENT_OPTIONS "a key where there is ${fault% *}" asks 1 "$URL"
	key=
done
key=$work/self.key
none CLIENT_OPTIONS "another's key" asks 1 "$URL"
openssl ec -in "$VAR/credentials/mobilfunk-hlr.key" -aes256 -passout pass:secret -out "$work/secret.key" 2>/dev/null
key=$work/secret.key
none CLIENT_OPTIONS "a key that is encrypted: nobody is asked" asks 1 "$URL"
key=
if [ -z "$preload" ]; then
	echo "#include <unistd.h>
	int getaddrinfo(const char *a, const char *b, const void *c, void *d) { (void)a; (void)b; (void)c; (void)d; sleep(30); return -2; }" |
		cc -shared -fPIC -x c -o "$work/slow.so" -
	slowly() { LD_PRELOAD=$work/slow.so asks 1 "https://assay.example:$l"; }
	SECONDS=0
	none "CLIENT_TIMEOUT" "a name that nobody looks up in time" slowly
	claim "which takes no longer than an answer may ($SECONDS s)" test "$SECONDS" -lt 12
fi
for what in half slow silent broken headers; do
	pid=pid_$what
	wait "${!pid}"
	read -r rc took <"$work/$what.rc"
	claim "one that is $what is no permit, after $took s" test "$rc" -eq 2 -a "$took" -le 12 -a "$took" -ge 5
	claim "and says why" grep -qE '\[(CLIENT_TIMEOUT|CLIENT_UNREACHABLE|BUSY)\]' "$work/$what.out"
done
none CLIENT_UNREACHABLE "nobody" asks 1 "https://127.0.0.1:$gone"

# ---- time
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -d assay -qAtX -c "SET search_path = assay; $1"; }
owner "INSERT INTO test_clock (now) VALUES (now() + interval '1 hour')"
none RECEIPT_TIME "a receipt of an hour ahead" asks 1 "$URL"
owner "UPDATE test_clock SET now = now() - interval '1 hour'"
none RECEIPT_TIME "a receipt of an hour ago" asks 1 "$URL"
owner "DELETE FROM test_clock"
claim "and it is permitted as before" grep -q '^permit' <<<"$(asks 1 "$URL")"

# ---- after the fact: who got a permit hears what becomes of it
a mobilfunk-hlr watch --json >"$work/watched" &
watcher=$!
sleep 1.5
a security-1 cert revoke "$(serial_of "$(term_id 1)")" --reason keyCompromise
told() { grep -q '"topic":"certificate.revoked"' "$work/watched" && grep -q "\"subject\":\"terminal/$(term_id 1)\"" "$work/watched"; }
claim "an operator hears that a device it was permitted is revoked" until_true 10 told

# ---- it renews its certificate while the library is in use
cat >"$work/renewed.c" <<'C'
#include <assay-client.h>
#include <stdio.h>
int main(int argc, char **argv) {
	struct assay_client_options o = { .url = argv[1], .operator_handle = "mobilfunk",
		.certificate = argv[2], .key = argv[3], .roots = argv[4] };
	struct assay_client_challenge to;
	struct assay_client *c = assay_client_new(&o);
	do {
		puts(c != 0 && assay_client_challenge(c, &to) == 0 ? "asked" : assay_client_error_code());
		fflush(stdout);
	} while (getchar() == 10);
	return argc != 5;
}
C
claim "a server that keeps a client is built" cc "${sanitize[@]}" -o "$work/renewed" "$work/renewed.c" $(config --cflags) \
	"$lib/lib/libassay-client.a" -lcurl -ljansson -lcrypto
mkfifo "$work/again"
"$work/renewed" "$URL" "$VAR/credentials/mobilfunk-hlr.crt" "$VAR/credentials/mobilfunk-hlr.key" "$root" \
	<"$work/again" >"$work/renewed.out" 2>&1 &
exec 8>"$work/again"
lines() { is "$(paste -sd" " "$work/renewed.out")" "$*"; }
claim "it asks" until_true 10 lines asked
claim "its certificate is renewed" a mobilfunk-hlr principal renew
claim "and used, which ends the one before" a mobilfunk-hlr whoami
echo >&8
claim "it goes on with the new one" until_true 10 lines asked asked
exec 8>&-
finish
