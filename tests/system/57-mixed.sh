#!/usr/bin/env bash
# Requests of several suppliers at the same time, recorded together, of which some
# hang up and some ask for what is another's: nobody gets another's certificate.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
cred=$VAR/credentials
d=$work/est
mkdir "$d"
opened() { j "$1" lot show "$2" | jq -r .state | grep -q open; }
tres=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 200 | jq -r .number)
terminals=$(j karren-pki lot open --model karren-t1 --site karren-ulm --count 200 | jq -r .number)
claim "each has a lot that is open" eval 'until_true 10 opened tresor-pki "$tres" && until_true 10 opened karren-pki "$terminals"'
csr() { # NAME SUBJECT
	openssl ecparam -name prime256v1 -genkey -noout -out "$d/$1.key" 2>/dev/null
	openssl req -new -key "$d/$1.key" -subj "$2" -outform DER | base64 >"$d/$1.b64"
}
# WHO LOT NAME SECONDS on each line: all of them, sixteen at a time; who is told to
# come again does.
send() {
	local who lot name seconds
	cat >"$d/asking"
	for _ in {1..30}; do
		send_once <"$d/asking"
		while read -r who lot name seconds; do
			[ "$(cat "$d/$name.code")" != 202 ] || echo "$who $lot $name $seconds"
		done <"$d/asking" >"$d/again"
		[ -s "$d/again" ] || break
		mv "$d/again" "$d/asking"
		sleep 1
	done
}
send_once() {
	xargs -P 16 -n 4 sh -c 'curl -sS --cacert "$0/root.crt" --cert "$0/$2.crt" --key "$0/$2.key" -m "$5" -o "$1/$4.p7" \
		-w "%{http_code}" -H "Content-Type: application/pkcs10" --data-binary "@$1/$4.b64" \
		"'"$URL"'/.well-known/est/$3/simpleenroll" >"$1/$4.code" 2>/dev/null' "$cred" "$d"
	true
}
key_of() { base64 -d "$d/$1.p7" 2>/dev/null | openssl pkcs7 -inform DER -print_certs 2>/dev/null | openssl x509 -noout -pubkey 2>/dev/null; }
# Is what NAME was answered for its own key, and in its own name?
own() {
	is "$(key_of "$1")" "$(openssl ec -in "$d/$1.key" -pubout 2>/dev/null)" &&
		base64 -d "$d/$1.p7" | openssl pkcs7 -inform DER -print_certs | openssl x509 -noout -subject | grep -q "$2"
}
all() { # FUNCTION NAMES...: for each
	local f=$1 n
	shift
	for n; do "$f" "$n" || return 1; done
}
issued() { is "$(cat "$d/$1.code")" 200 && own "$1" "$1"; }

for n in {1..24}; do csr "TRE-M$n" "/CN=TRE-M$n"; csr "TRE-N$n" "/CN=TRE-N$n"; csr "TERM-M$n" "/CN=TERM-M$n/dnQualifier=TRE-M$n"; done
send < <(for n in {1..24}; do echo "tresor-pki $tres TRE-M$n 20"; done)
claim "24 at a time have their own" all issued TRE-M{1..24}
for n in {1..24}; do
	csr "hang-$n" "/CN=TRE-H$n"
	csr "theft-$n" "/CN=TRE-N$n" # what another one asks for, for a key of their own
	csr "stray-$n" "/CN=TRE-S$n"
done
send < <(for n in {1..24}; do
	echo "tresor-pki $tres TRE-N$n 20"
	echo "tresor-pki $tres hang-$n 0.0$((n % 6 + 2))"
	echo "karren-pki $tres theft-$n 20"
	echo "karren-pki $terminals TERM-M$n 20"
	echo "karren-pki $tres stray-$n 20"
done)
claim "among others, who hang up or ask for what is not theirs, too" all issued TRE-N{1..24}
claim "and another supplier's" all issued TERM-M{1..24}
nothing() { is "$(cat "$d/$1.code") $(key_of "$1")" "404 "; }
claim "who asks in another's lot has nothing" all nothing theft-{1..24} stray-{1..24}
send < <(for n in {1..24}; do echo "tresor-pki $tres hang-$n 20"; done)
hung() { is "$(cat "$d/$1.code")" 200 && own "$1" "TRE-H${1#hang-}"; }
claim "who hung up asks again, and has their own" all hung hang-{1..24}
claim "of each device there is one certificate" is "$(psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -d assay -qAtX -c \
	"SELECT count(*), count(DISTINCT device_id) FROM assay.certificate WHERE lot_id IN (SELECT id FROM assay.lot WHERE number IN ('$tres', '$terminals'))")" "96|96"
finish
