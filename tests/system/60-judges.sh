#!/usr/bin/env bash
# Judged by clients that nobody here wrote: OpenSSL, GnuTLS and Java's PKIX
# validator, by CRL and by OCSP, say the same about every certificate tried.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_instance
claim "suppliers, sites and models are accredited" story_accredited
claim "two lots are issued" story_lots 6

# Certificates of every kind, in three states.
claim "one TrE is revoked for key compromise" \
	a security-1 cert revoke "$(serial_of "$(tre_id 2)")" --reason keyCompromise
claim "one terminal is revoked as withdrawn" \
	a security-1 cert revoke "$(serial_of "$(term_id 3)")" --reason privilegeWithdrawn
claim "one TrE is on hold" \
	a security-1 cert hold "$(serial_of "$(tre_id 4)")" --legal-basis "investigation"

root=$VAR/credentials/root.crt
d=$VAR/judged
mkdir -p "$d"
for i in 1 2 3 4 5 6; do
	for name in "$(tre_id $i)" "$(term_id $i)"; do
		leaf_of "$name" >"$d/$name.leaf"
		issuer_of "$name" >"$d/$name.issuer"
	done
done
for who in officer-1 tresor-pki; do
	openssl x509 -in "$VAR/credentials/$who.crt" >"$d/$who.leaf"
	sed '1,/END CERTIFICATE/d' "$VAR/credentials/$who.crt" >"$d/$who.issuer"
done

expected() {
	case $1 in
	"$(tre_id 2)" | "$(term_id 3)" | "$(tre_id 4)") echo revoked ;;
	*) echo good ;;
	esac
}

names() { (cd "$d" && ls *.leaf) | sed 's/\.leaf$//'; }

crl_of() { # PEM certificate -> its CRL in PEM
	local url
	url=$(openssl x509 -in "$1" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
	curl -fsS "$url" | openssl crl -inform DER
}

by_openssl_crl() {
	local out
	{ crl_of "$d/$1.leaf"; crl_of "$d/$1.issuer"; } >"$d/$1.crls"
	out=$(openssl verify -x509_strict -crl_check_all -extended_crl -policy_check \
		-CAfile "$root" -untrusted "$d/$1.issuer" -CRLfile "$d/$1.crls" "$d/$1.leaf" 2>&1)
	case $out in
	*": OK"*) echo good ;;
	*revoked*) echo revoked ;;
	*) echo "$out" ;;
	esac
}

by_openssl_ocsp() { # name [options]: also the answer's own signature
	local name=$1 out
	shift
	out=$(openssl ocsp "$@" -issuer "$d/$name.issuer" -cert "$d/$name.leaf" \
		-url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1)
	case $out in
	*"verify OK"*": good"*) echo good ;;
	*"verify OK"*": revoked"*) echo revoked ;;
	*) echo "$out" ;;
	esac
}

by_certtool() {
	local out
	out=$(cat "$d/$1.leaf" "$d/$1.issuer" | certtool --verify \
		--load-ca-certificate "$root" --load-crl "$d/$1.crls" 2>&1)
	case $out in
	*"Chain verification output: Verified"*) echo good ;;
	*revoked*) echo revoked ;;
	*) echo "$out" ;;
	esac
}

by_ocsptool() {
	local out
	out=$(ocsptool --ask="$PUBLIC_URL/ocsp" --load-cert "$d/$1.leaf" \
		--load-issuer "$d/$1.issuer" --load-trust "$root" 2>&1)
	case $out in
	*"Certificate Status: good"*) echo good ;;
	*"Certificate Status: revoked"*) echo revoked ;;
	*) echo "$out" ;;
	esac
}

java_list() {
	local n
	for n in $(names); do echo "$n $d/$n.leaf $d/$n.issuer"; done
}

by_java() { # channel [JVM options]: "name verdict" lines
	local channel=$1
	shift
	java -Xshare:auto -XX:TieredStopAtLevel=1 "$@" -cp "$d/java" Judge \
		"$channel" "$root" "$d/list"
}

mkdir -p "$d/java"
javac -d "$d/java" "$top/tests/system/judge/Judge.java"
java_list >"$d/list"
# The shards' CRLs are renewed within the promised 60 s.
until_true 60 crl_says "$(tre_id 4)" revoked
until_true 60 crl_says "$(term_id 3)" revoked
until_true 60 crl_says "$(tre_id 2)" revoked
by_java crl -Dcom.sun.security.enableCRLDP=true >"$d/java.crl"
asked() { grep -c "\"$1 /ocsp" "$VAR/log/access.log"; }
gets=$(asked GET) posts=$(asked POST)
by_java ocsp -Dcom.sun.security.ocsp.useget=true >"$d/java.get"
claim "Java asked by GET alone" \
	test "$(asked GET)" -gt "$gets" -a "$(asked POST)" -eq "$posts"
gets=$(asked GET)
by_java ocsp -Dcom.sun.security.ocsp.useget=false >"$d/java.post"
claim "and by POST alone" \
	test "$(asked POST)" -gt "$posts" -a "$(asked GET)" -eq "$gets"
java_said() { awk -v n="$2" '$1 == n { print $2 }' "$d/java.$1"; }

agree() { # name: every judge says what is expected
	local want got judge
	want=$(expected "$1")
	for judge in by_openssl_crl by_openssl_ocsp "by_openssl_ocsp -no_nonce" \
		by_certtool by_ocsptool "java_said crl" "java_said get" "java_said post"; do
		case $judge in
		by_openssl_ocsp*) got=$(by_openssl_ocsp "$1" ${judge#by_openssl_ocsp}) ;;
		*) got=$($judge "$1") ;;
		esac
		[ "$got" = "$want" ] || { echo "$judge says of $1: $got, not $want"; return 1; }
	done
}
for n in $(names); do claim "eight judges agree: $n is $(expected "$n")" agree "$n"; done

# curl, as anybody would fetch
ca_of() { openssl x509 -in "$d/$1.leaf" -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI://p'; }
claim "the issuer's certificate is where AIA says" \
	cmp <(curl -fsS "$(ca_of "$(tre_id 1)")") <(openssl x509 -in "$d/$(tre_id 1).issuer" -outform DER)
claim "CRLs have their media type" \
	test "$(curl -fsSI "$(openssl x509 -in "$d/$(tre_id 1).leaf" -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')" |
		tr -d '\r' | sed -n 's/^[Cc]ontent-[Tt]ype: //p')" = application/pkix-crl
finish
