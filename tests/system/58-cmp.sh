#!/usr/bin/env bash
# CMP (RFC 9810, 9811, 9483) into open lots, judged by `openssl cmp`: factories
# and devices sign or make MACs, ask, confirm, renew and revoke; and what is
# altered, weak, foreign, sent again or no message at all gets nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
root=$VAR/credentials/root.crt
d=$work/cmp
mkdir "$d"
cd "$d" || exit 1

# ---- factories, and lots that name them
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
ca() { # NAME: a maker's own CA, and a line's certificate under it
	key "$1-ca"
	openssl req -x509 -new -key "$1-ca.key" -subj "/O=$1/CN=$1 factory CA" -days 30 -out "$1-ca.crt" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
	key "$1"
	openssl req -new -key "$1.key" -subj "/O=$1/CN=$1 line 1" 2>/dev/null |
		openssl x509 -req -CA "$1-ca.crt" -CAkey "$1-ca.key" -CAcreateserial -days 30 -out "$1.crt" \
			-extfile <(echo keyUsage=critical,digitalSignature; echo subjectKeyIdentifier=hash) 2>/dev/null
}
ca tresor
ca strangers
printf 'TRE-M1\nTRE-M2\nTRE-M3\n' >ids
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 40 --renewal --factory tresor-ca.crt --reference signed | jq -r .number)
macs=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --ids ids --mac-keys keys --reference macs | jq -r .number)
in_state() { is "$(j tresor-pki lot show "$1" | jq -r .state)" "$2"; }
claim "a lot that names a factory is opened" until_true 10 in_state "$lot" open
claim "and one with keys for MACs" until_true 10 in_state "$macs" open
claim "whose keys nobody else reads" is "$(stat -c %a keys) $(wc -l <keys)" "600 3"

# cmp LOT [options of openssl cmp]: what it writes is in `said`
public=$PUBLIC_URL
cmp() {
	openssl cmp -config /dev/null -server "${public#http://}" -path ".well-known/cmp/p/$1" -trusted "$root" -recipient "/CN=x" \
		-total_timeout 20 "${@:2}" >said 2>&1
}
by_factory() { # LOT NAME [options]
	[ -e "$2.key" ] || key "$2"
	cmp "$1" -cert tresor.crt -key tresor.key -extracerts tresor-ca.crt -newkey "$2.key" -subject "/CN=$2" -certout "$2.crt" -chainout "$2.chain" "${@:3}"
}
serial() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//' | tr A-F a-f; }
verifies() { openssl verify -x509_strict -CAfile "$root" -untrusted <(cat "${1%.crt}.chain" ca.pem 2>/dev/null) "$1"; }

claim "ir" by_factory "$lot" TRE-C1 -cmd ir || cat said
claim "gives a certificate that verifies" verifies TRE-C1.crt
finish
