#!/usr/bin/env bash
# Judged by clients that nobody here wrote: OpenSSL, GnuTLS, Java's PKIX
# validator, and nginx, which asks for what it staples and of its clients.
# About 200 certificates of every profile that has a status, a quarter of them
# revoked or on hold, each for one of seven reasons, all say the same by CRL and
# by OCSP; who tells reasons tells the same one.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

own_installation
sed -i '/^\[ tre \]/,/^\[/ s/^key .*/key = P-256, P-384, Ed25519/' "$profiles"
start_accredited
claim "TrEs in 76 terminals are issued" story_lots 76
more() { # algorithm prefix count: TrEs with keys of another kind
	local lot
	a tresor-pki device new --kind tre --prefix "$2" --count "$3" --algorithm "$1" --rows "$VAR/$2.rows" &&
		lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/$2.rows" --wait |
			jq -re .number) && a tresor-pki device collect "$lot"
}
claim "some with P-384" more P-384 P384- 16
claim "and with Ed25519" more Ed25519 ED25519- 16

root=$VAR/credentials/root.crt
d=$VAR/judged
mkdir -p "$d/java" "$d/crl" "$d/nginx"

# ---- the certificates: NAME.leaf, NAME.issuer (none under the root), NAME.key
# of those that can be a TLS server's

for file in "$VAR"/devices/*.crt "$VAR"/credentials/*.crt; do
	name=$(basename "$file" .crt)
	[ "$name" = root ] && continue
	openssl x509 -in "$file" >"$d/$name.leaf"
	sed '1,/END CERTIFICATE/d' "$file" >"$d/$name.issuer"
	case $file in */devices/*) cp "${file%.crt}.key" "$d/$name.key" ;; esac
done
# The body's own: CAs under the root, the TLS server, the delegated signers.
ours() { # name der-in-hex issuer-in-hex
	printf '%s' "$2" | tr -d '\n' | sed 's/../\\x&/g' >"$d/hex"
	printf "$(cat "$d/hex")" | openssl x509 -inform DER >"$d/$1.leaf"
	printf "$(sed 's/../\\x&/g' <<<"$3")" | openssl x509 -inform DER >"$d/$1.issuer"
	cmp -s "$d/$1.issuer" <(openssl x509 -in "$root") && rm "$d/$1.issuer"
}
while IFS='|' read -r name der issuer; do ours "$name" "$der" "$issuer"; done < <(sql "
	SELECT c.profile || '-' || c.index, encode(c.der, 'hex'), encode(i.cert_der, 'hex')
	FROM certificate c JOIN issuer i ON i.id = c.issuer_id
	WHERE c.profile IN ('access_ca', 'issuing_ca', 'tls_server', 'receipt_signer', 'feed_signer', 'cmp_signer')")
names() { (cd "$d" && ls *.leaf) | sed 's/\.leaf$//'; }
n=$(names | wc -l)
claim "there are $n of them, of each profile" test "$n" -ge 200
profiles=$(sql "SELECT count(DISTINCT profile) FROM certificate WHERE profile <> 'root'")
echo "# $profiles profiles; an OCSP signer alone has no status (id-pkix-ocsp-nocheck)"

# ---- a quarter of them is not good, for each reason there is

reasons=(keyCompromise affiliationChanged superseded cessationOfOperation privilegeWithdrawn unspecified certificateHold)
declare -A want
for name in $(names); do want[$name]=good; done
spoil() { # name reason
	if [ "$2" = certificateHold ]; then
		a security-1 cert hold "$(serial_in "$1")" --legal-basis "investigation"
	else a security-1 cert revoke "$(serial_in "$1")" --reason "$2"; fi || return 1
	want[$1]="revoked $2"
}
serial_in() { openssl x509 -in "$d/$1.leaf" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
i=0
while read -r name; do
	spoil "$name" "${reasons[i % 7]}" || echo "not ok - $name is spoiled"
	i=$((i + 1))
done < <(names | grep -E '^(TRE|TERM|P384|ED25519)-' | awk 'NR % 3 == 1' | head -50)
claim "$i are revoked or on hold" test "$i" -eq 50

# ---- what each judge says: "good", "revoked REASON", "revoked" where it tells
# no reason; anything else is its own words.  Reasons are spelled in many ways.

spelled() { # any spelling of a reason -> RFC 5280's; unspecified has no extension
	local r said=${1//[ _]/}
	# what OpenSSL has no word for in an OCSP response
	[ "$1" = "(UNKNOWN)" ] && { echo privilegeWithdrawn; return; }
	for r in "${reasons[@]}"; do
		[ "${said,,}" = "${r,,}" ] && { echo "$r"; return; }
	done
	echo "${1:-unspecified}"
}
crl_of() { # PEM certificate -> its CRL in PEM, fetched once
	local url
	url=$(openssl x509 -in "$1" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
	[ -n "$url" ] || return
	local file=$d/crl/${url//[^a-z0-9]/_}
	[ -e "$file" ] || curl -fsS "$url" | openssl crl -inform DER >"$file"
	cat "$file"
}
text_of_crl() { # the same as text, made once
	local url file
	url=$(openssl x509 -in "$1" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
	file=$d/crl/${url//[^a-z0-9]/_}
	[ -e "$file.text" ] || openssl crl -in "$file" -noout -text >"$file.text"
	cat "$file.text"
}
above() { [ ! -e "$d/$1.issuer" ] || echo "-untrusted $d/$1.issuer"; }
issuer_file() { if [ -e "$d/$1.issuer" ]; then echo "$d/$1.issuer"; else echo "$root"; fi; }

by_openssl_crl() {
	local out
	{ crl_of "$d/$1.leaf"; [ ! -e "$d/$1.issuer" ] || crl_of "$d/$1.issuer"; } >"$d/$1.crls"
	# shellcheck disable=SC2046
	out=$(openssl verify -x509_strict -crl_check_all -extended_crl -policy_check \
		-CAfile "$root" $(above "$1") -CRLfile "$d/$1.crls" "$d/$1.leaf" 2>&1)
	case $out in
	*": OK"*) echo good ;;
	*revoked*) echo "revoked $(spelled "$(text_of_crl "$d/$1.leaf" |
		awk -v s="$(serial_in "$1")" '/Serial Number/ { on = tolower($3) == s; next } /Signature Algorithm/ { on = 0 }
			on && next_one { gsub(/^ +/, ""); print; exit } on && /Reason Code/ { next_one = 1 }')")" ;;
	*) echo "$out" ;;
	esac
}
by_openssl_ocsp() { # name [options]: also the answer's own signature
	local name=$1 out
	shift
	out=$(openssl ocsp "$@" -issuer "$(issuer_file "$name")" -cert "$d/$name.leaf" \
		-url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1)
	case $out in
	*"verify OK"*": good"*) echo good ;;
	*"verify OK"*": revoked"*) echo "revoked $(spelled "$(sed -n 's/.*Reason: //p' <<<"$out")")" ;;
	*) echo "$out" ;;
	esac
}
by_nonceless_ocsp() { by_openssl_ocsp "$1" -no_nonce; }
by_sha256_ocsp() { by_openssl_ocsp "$1" -sha256; }
by_certtool() {
	local out
	out=$(cat "$d/$1.leaf" "$d/$1.issuer" 2>/dev/null | certtool --verify \
		--load-ca-certificate "$root" --load-crl "$d/$1.crls" 2>&1)
	case $out in
	*"Chain verification output: Verified"*) echo good ;;
	*revoked*) echo revoked ;;
	*) echo "$out" ;;
	esac
}
# Whoever signs an answer is certified by the certificate's own issuer.
by_ocsptool() {
	local out
	out=$(ocsptool --ask="$PUBLIC_URL/ocsp" --load-cert "$d/$1.leaf" \
		--load-issuer "$(issuer_file "$1")" --load-trust "$(issuer_file "$1")" 2>&1)
	case $out in
	*"Certificate Status: good"*"Response: Success"*) echo good ;;
	*"Certificate Status: revoked"*"Response: Success"*) echo revoked ;;
	*) echo "$out" ;;
	esac
}

# Java, which fetches everything from the addresses in the certificates.
javac -d "$d/java" "$top/tests/system/judge/Judge.java"
for name in $(names); do echo "$name $d/$name.leaf$([ ! -e "$d/$name.issuer" ] || echo " $d/$name.issuer")"; done >"$d/list"
by_java() { # channel [JVM options]: "name verdict" lines
	local channel=$1
	shift
	java -Xshare:auto -XX:TieredStopAtLevel=1 "$@" -cp "$d/java" Judge "$channel" "$root" "$d/list"
}
java_said() { # channel name
	local said
	said=$(awk -v n="$2" '$1 == n { $1 = ""; print substr($0, 2) }' "$d/java.$1")
	case $said in
	"revoked "*) echo "revoked $(spelled "${said#revoked }")" ;;
	*) echo "$said" ;;
	esac
}
java_crl() { java_said crl "$1"; }
java_get() { java_said get "$1"; }
java_post() { java_said post "$1"; }

# nginx asks for what it staples, verifies it, and staples what is good alone;
# OpenSSL's client reads it.  A device is no TLS server (its extendedKeyUsage says
# so), but nginx does not mind: each has a socket of its own.  It is a client, and
# nginx asks about those, too.
nginx_begin() {
	local name
	{
		echo "daemon off; worker_processes 1; pid $d/nginx/pid; error_log $d/nginx/error.log info;"
		echo "events { worker_connections 512; }"
		echo "http { access_log off; ssl_trusted_certificate $root; ssl_stapling on; ssl_stapling_verify on;"
		echo "client_body_temp_path $d/nginx/a; proxy_temp_path $d/nginx/b; fastcgi_temp_path $d/nginx/c;"
		echo "uwsgi_temp_path $d/nginx/e; scgi_temp_path $d/nginx/f;"
		for name in $(stapled); do
			cat "$d/$name.leaf" "$d/$name.issuer" >"$d/nginx/$name.pem"
			echo "server { listen unix:$d/nginx/$name.sock ssl; return 204;"
			echo "ssl_certificate $d/nginx/$name.pem; ssl_certificate_key $d/$name.key; }"
		done
		echo "server { listen unix:$d/nginx/clients.sock ssl; return 204;"
		echo "ssl_certificate $d/nginx/$name.pem; ssl_certificate_key $d/$name.key;"
		echo "ssl_client_certificate $root; ssl_verify_client on; ssl_verify_depth 2; ssl_ocsp leaf; }"
		echo "}"
	} >"$d/nginx.conf"
	nginx -p "$d/nginx" -c "$d/nginx.conf" -e "$d/nginx/error.log" >"$d/nginx/out" 2>&1 &
	nginx_pid=$!
}
stapled() { (cd "$d" && ls *.key) | sed 's/\.key$//'; }
staple() { # name: what is stapled for it, as text
	openssl s_client -unix "$d/nginx/$1.sock" -status -CAfile "$root" </dev/null 2>&1
}
by_nginx() {
	local out
	[ -e "$d/$1.key" ] || { echo "${want[$1]%% *}"; return; }
	grep 'status "revoked" in the OCSP response' "$d/nginx/error.log" | grep -q "/$1.pem\"" && { echo revoked; return; }
	out=$(staple "$1")
	if grep -q 'Cert Status: good' <<<"$out"; then echo good; else echo "$out"; fi
}
revocations() { grep -c 'certificate status "revoked" in the OCSP response' "$d/nginx/error.log"; }
clients_revoked() { grep -c 'client SSL certificate verify error: .*certificate revoked' "$d/nginx/error.log"; }
by_nginx_of_clients() {
	local out before
	[ -e "$d/$1.key" ] || { echo "${want[$1]%% *}"; return; }
	before=$(clients_revoked)
	out=$(curl -sS --insecure --cert "$d/nginx/$1.pem" --key "$d/$1.key" -w '%{http_code}' \
		--unix-socket "$d/nginx/clients.sock" https://device/ 2>&1)
	case $out in
	204) echo good ;;
	*"SSL certificate error"*400) [ "$(clients_revoked)" -gt "$before" ] && echo revoked ;;
	*) echo "$out" ;;
	esac
}

# ---- the shards' CRLs are renewed within the promised 60 s

crl_lists() { crl_says "$1" revoked; }
for name in "${!want[@]}"; do [ "${want[$name]}" = good ] || last=$name; done
until_true 60 crl_lists "$last"
for name in "${!want[@]}"; do [ "${want[$name]}" = good ] || until_true 60 crl_lists "$name"; done

nginx_begin
by_java crl -Dcom.sun.security.enableCRLDP=true >"$d/java.crl"
# what OCSP was asked is written down within a second
asked() { sleep 1.5; grep -c "\"$1 /ocsp" "$VAR/log/access.log"; }
# and our own check is not to ask, too
checker=$(pgrep -P "$RUN_PID" -f "status check")
kill -STOP "$checker"
gets=$(asked GET) posts=$(asked POST)
by_java ocsp -Dcom.sun.security.ocsp.useget=true >"$d/java.get"
claim "Java asked by GET alone" \
	test "$(asked GET)" -gt "$gets" -a "$(asked POST)" -eq "$posts"
gets=$(asked GET)
by_java ocsp -Dcom.sun.security.ocsp.useget=false >"$d/java.post"
claim "and by POST alone" \
	test "$(asked POST)" -gt "$posts" -a "$(asked GET)" -eq "$gets"
kill -CONT "$checker"
# nginx asks at a server's first connection, and has it for the next.
for name in $(stapled); do staple "$name"; done >/dev/null
sleep 1
told=$(revocations)

# agrees JUDGE: it says what is wanted of every one, or which not.
agrees() {
	local name got differs=0
	for name in $(names); do
		got=$("$1" "$name")
		case ${want[$name]} in "$got" | "$got "*) continue ;; esac
		echo "of $name: $got, not ${want[$name]}"
		differs=$((differs + 1))
	done
	[ "$differs" -eq 0 ]
}
for judge in by_openssl_crl by_openssl_ocsp by_nonceless_ocsp by_sha256_ocsp by_certtool by_ocsptool \
	java_crl java_get java_post by_nginx by_nginx_of_clients; do
	claim "$n verdicts of $judge are right" agrees "$judge"
done
claim "nginx stapled for $(stapled | wc -l) of them, and told of $told revoked ones" \
	test "$(stapled | wc -l)" -ge 180 -a "$told" -ge 50

# ---- what they are for: a CN, which is the model's handle, may be a host's name, too

not_for() { # "what it says" COMMAND...: of every device
	local name got says=$1
	shift
	for name in $(stapled); do
		got=$("$@" "$name" 2>&1)
		grep -Eq "$says" <<<"$got" || { echo "of $name: $got"; return 1; }
	done
}
# by its CN, at its socket
connect() {
	local cn
	cn=$(openssl x509 -in "$d/$1.leaf" -noout -subject -nameopt multiline | sed -n 's/ *commonName *= //p')
	curl -sS --cacert "$root" --unix-socket "$d/nginx/$1.sock" "https://$cn/"
}
openssl_for() { openssl verify -purpose "$1" -CAfile "$root" $(above "$2") "$d/$2.leaf"; }
gnutls_for() { cat "$d/$2.leaf" "$d/$2.issuer" | certtool --verify --load-ca-certificate "$root" --verify-purpose "$1"; }
claim "curl takes no device for the server of its CN" not_for "unsuitable certificate purpose|unsupported certificate" connect
claim "nor does OpenSSL" not_for "unsuitable certificate purpose|unsupported certificate purpose" openssl_for sslserver
claim "nor does GnuTLS" not_for "Not verified.*purpose|purpose.*Not verified" gnutls_for 1.3.6.1.5.5.7.3.1
claim "to OpenSSL each is a client" not_for ": OK$" openssl_for sslclient
claim "and to GnuTLS" not_for "Chain verification output: Verified" gnutls_for 1.3.6.1.5.5.7.3.2
kill "$nginx_pid"
wait "$nginx_pid"

# ---- curl, as anybody would fetch

leaf=$d/$(tre_id 1).leaf
ca=$(openssl x509 -in "$leaf" -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI://p')
claim "the issuer's certificate is where AIA says" \
	cmp <(curl -fsS "$ca") <(openssl x509 -in "${leaf%.leaf}.issuer" -outform DER)
claim "CRLs have their media type" \
	test "$(curl -fsSI "$(openssl x509 -in "$leaf" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')" |
		tr -d '\r' | sed -n 's/^[Cc]ontent-[Tt]ype: //p')" = application/pkix-crl
stop_instance
finish
