#!/usr/bin/env bash
# How a device's certificate and its request end before their time: one that has
# run out renews nothing, and one that is rejected before it was issued is not
# issued.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

own_installation
sed -i '/^\[ tre \]/,/^\[/ s/^validity.*/validity = 1 minutes/' "$profiles"
start_accredited
root=$VAR/credentials/root.crt
d=$work/ends
mkdir "$d"
cd "$d" || exit 1

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key factory
openssl req -x509 -new -key factory.key -subj "/O=tresor/CN=factory" -days 30 -out factory.crt \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
key line
openssl req -new -key line.key -subj "/O=tresor/CN=line 1" 2>/dev/null |
	openssl x509 -req -CA factory.crt -CAkey factory.key -CAcreateserial -days 30 -out line.crt \
		-extfile <(echo keyUsage=critical,digitalSignature) 2>/dev/null
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 40 --renewal --factory factory.crt | jq -r .number)
in_state() { is "$(j tresor-pki lot show "$1" | jq -r .state)" "$2"; }
claim "a lot is opened" until_true 10 in_state "$lot" open
public=$PUBLIC_URL
cmp() { openssl cmp -config /dev/null -server "${public#http://}" -path ".well-known/cmp/p/$lot" -trusted "$root" -recipient "/CN=x" "$@" >said 2>&1 || { tail -4 said; return 1; }; }
enrol() { # DEVICE [options]
	key "$1"
	cmp -cmd ir -cert line.crt -key line.key -extracerts factory.crt -newkey "$1.key" -subject "/CN=$1" -certout "$1.crt" -chainout "$1.chain" "${@:2}"
}
renew() { # DEVICE
	key "$1n"
	cmp -cmd kur -cert "$1.crt" -key "$1.key" -newkey "$1n.key" -certout "$1n.crt" -total_timeout 20
}
certificates() { sql "SELECT count(*) FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = '$1'"; }
row() { sql "SELECT concat_ws(' ', state, reason) FROM lot_row WHERE device_id = '$1' ORDER BY row DESC LIMIT 1"; }
row_is() { is "$(row "$1")" "$2"; }

# ---- run out
claim "a device gets a certificate for a minute" enrol TRE-O1 -total_timeout 20
claim "another does" enrol TRE-O2 -total_timeout 20
claim "and renews it in that time" renew TRE-O1
ended() { ! openssl x509 -in TRE-O2.crt -noout -checkend 0; }
claim "the other's has run out" within 90 ended
sleep 2 # its last second counts
claim "it renews nothing" not renew TRE-O2
claim "since it has ended" grep -q "has ended" said
csr=$(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -subj /CN=x -outform DER | od -An -v -tx1 | tr -d ' \n')
spki=$(openssl ec -in other.key -pubout -outform DER 2>/dev/null | sha256sum | cut -c-64)
old=$(openssl x509 -in TRE-O2.crt -outform DER | sha256sum | cut -c-64)
sql "SET ROLE assay_api; SELECT enrol_by_device('$lot', '\\x$old', '\\x$spki', '\\x$csr', NULL)" >/dev/null
claim "nor where an api host lets it in" until_true 10 row_is TRE-O2 "refused DEVICE_NOT_GOOD"
claim "so that it has one certificate" is "$(certificates TRE-O2)" 1

# ---- rejected before it was issued
authority=$(pgrep -f -P "$RUN_PID" "assay-authority" | head -1)
kill -STOP "$authority"
claim "while the authority is away a device waits" not enrol TRE-W1 -total_timeout 2
id=$(sql "SELECT max(id) FROM cmp_transaction")
sql "SET ROLE assay_api; SELECT cmp_reject($id); SELECT cmp_transaction_set($id, NULL, NULL, NULL, false)" >/dev/null
kill -CONT "$authority"
claim "who comes after it is served" enrol TRE-W2 -total_timeout 20
claim "what its client rejected meanwhile is not issued any more" is "$(certificates TRE-W1) $(row TRE-W1)" "0 refused CMP_REJECTED"
claim "the lot counts it" is "$(j tresor-pki lot show "$lot" | jq -r '"\(.enrolled) \(.issued) \(.renewed) \(.refused)"')" "6 3 1 2"
claim "and it may ask again" enrol TRE-W1 -total_timeout 20
finish
