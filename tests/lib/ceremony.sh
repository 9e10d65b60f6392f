# Ceremonies of roots that are offline, for system tests; to be sourced behind
# lib.sh.  $vault is the machine without a network.
vault=$work/vault
mkdir "$vault"
for who in anna bert; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$vault/$who.key" 2>/dev/null
	openssl pkey -in "$vault/$who.key" -pubout -out "$vault/$who.pem"
done
algorithm=P-384 # of new roots
unsigned=       # ", unsigned: true": taken for its hash alone
from=           # when what is certified begins, where not at once
was_online=     # ", was_online: true": no ceremony has had the old root's key

# ceremony NAME REQUESTS KEY [PREVIOUS-CRL [OLD-KEY]]: what two custodians let the
# root sign, into $vault/NAME; a root's certificate is beside its KEY.key as
# KEY.cer.  OLD-KEY is that of the root before a new one.
ceremony() {
	local name=$1 requests=$2 key=$3 previous=${4:-none} old=${5:-} root after= who args=()
	(cd "$vault" && cp "$requests" "$name.json" || exit 1
	root="{new: false, certificate: ${key%.key}.cer, key: {file: $key}}"
	[ "$(jq -r .root "$name.json")" != null ] ||
		root="{new: true, algorithm: $algorithm, key: {file: $key}}"
	[ -z "$old" ] || after="previous_root: {certificate: ${old%.key}.cer, key: {file: $old}$was_online}"
	cat >"$name.yaml" <<-EOF
	title: $name
	date: $(date -u +%FT%TZ)
	requests: {file: $name.json, sha256: $(sha256sum <"$name.json" | cut -c-64)$unsigned}
	root: $root
	$after
	certify: $(jq -c --arg from "$from" '[.certificates[] | {name} + if $from == "" then {} else {from: $from} end]' "$name.json")
	crl: {number: $(jq .crl.number "$name.json"), previous: $previous}
	custodians:
	  - {name: anna, key: anna.pem}
	  - {name: bert, key: bert.pem}
	needed: 2
	results: $name
	EOF
	[ "$(jq -r .root "$name.json")" != null ] || "$bin/assay" ca ceremony key "$name.yaml" --quiet || exit 1
	for who in anna bert; do
		rm -f "$name-$who.jws"
		"$bin/assay" ca ceremony confirm "$name.yaml" --key "$who.key" --out "$name-$who.jws" --quiet || exit 1
		args+=(--confirmation "$name-$who.jws")
	done
	"$bin/assay" ca ceremony "$name.yaml" "${args[@]}") || return
	[ -e "$vault/${key%.key}.cer" ] || cp "$vault/$name/root.cer" "$vault/${key%.key}.cer"
}

init() { timeout 120 "$bin/assay" init --var "$VAR" "$@"; }
# by_ceremony FOLDER [ROOT]: with the SHA-256 of that root, else of its own
by_ceremony() { init --ceremony "$1" --root-sha256 "$(sha256sum <"${2:-$1/root.cer}" | cut -c-64)"; }
copy() { rm -rf "${vault:?}/$2" && cp -r "$vault/$1" "$vault/$2"; }

# flip FILE OFFSET: another octet there
flip() {
	local octet
	octet=$(od -An -tu1 -j"$2" -N1 "$1")
	printf "\\x$(printf %02x $((octet ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# requests_out FILE [ROOT]; import FOLDER [WHO]
requests_out() { assay ca requests --out "$1" ${2:+--root "$2"} --as officer-1 --quiet; }
import() { assay ca import "$vault/$1" --as "${2:-officer-1}"; }
# import_refused REASON WHAT FOLDER
import_refused() {
	local out
	if out=$(import "$3" 2>&1); then not_ok "$2 (it was taken)"
	elif grep -q "IMPORT_REFUSED" <<<"$out" && grep -q "$1" <<<"$out"; then ok "$2"
	else not_ok "$2 (another reason)"; sed 's/^/#   /' <<<"$out"; fi
}
