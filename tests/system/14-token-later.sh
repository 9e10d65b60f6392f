#!/usr/bin/env bash
# An instance that began with keys in files goes over to a token: old CAs end as
# they began, what comes after them is made on the token, no device is touched; and
# keys that nobody needs are destroyed by two people, in files and on the token.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

module=/usr/lib/softhsm/libsofthsm2.so
mkdir -m 700 "$work/tokens"
echo "directories.tokendir = $work/tokens" >"$work/softhsm2.conf"
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm2-util --init-token --free --label assay --so-pin 87654321 --pin 13579246 >/dev/null
(umask 077; echo 13579246 >"$work/pin")
objects() { pkcs11-tool --module $module --token-label assay --login --pin 13579246 -O --type "$1" 2>/dev/null; }
labelled() { objects privkey | grep -q "label: *$1\$"; }
labelled_public() { objects pubkey | grep -q "label: *$1\$"; }
sealed() {
	local all n
	all=$(objects privkey) || return 1
	n=$(grep -c '^Private Key Object' <<<"$all")
	[ "$n" -ge 1 ] && [ "$(grep -c 'sensitive, always sensitive, never extractable, local' <<<"$all")" = "$n" ]
}
files() { (cd "$VAR/authority" && echo *.key); }
ca_of() { openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's|.*CA Issuers - URI:.*/ca/\(.*\)\.cer|\1|p'; }
lot() { # PREFIX: two TrEs; what it came to
	a tresor-pki device new --kind tre --prefix "$1" --count 2 --rows "$work/$1.rows" &&
		j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" --wait >"$work/$1.lot" &&
		a tresor-pki device collect "$(jq -r .number "$work/$1.lot")" && jq -r '"\(.state) \(.issued)"' "$work/$1.lot"
}
retired() { a security-1 ca retire "$1" --reason "to the token" && a decider-1 approve "CA-$1"; }
ca_serial() { issuer_of "$1" | openssl x509 -noout -serial | cut -d= -f2 | tr A-F a-f; }

start_accredited
claim "devices of CAs whose keys are in files" story_lots 4
tre_ca=$(ca_of "$VAR/devices/TRE-1.crt") term_ca=$(ca_of "$VAR/devices/TERM-1.crt")
before=$(files)
cp "$VAR/devices/TRE-1.crt" "$work/before.crt"

# ---- from now on there is a token
stop_instance
sed -i '/^#* *pkcs11_token/d' "$VAR/assay.cnf"
sed -i "0,/^run /s||pkcs11_token = pkcs11:token=assay?module-path=$module\&pin-source=$work/pin\nrun |" "$VAR/assay.cnf"
grep -q '^pkcs11_token = pkcs11' "$VAR/assay.cnf" || not_ok "assay.cnf has a token"
start_instance
claim "lots go on, by the CA whose key is in a file" is "$(lot TREB-)" "issued 2"
claim "the same one" is "$(ca_of "$VAR/devices/TREB-1.crt")" "$tre_ca"
claim "the root has a successor" a security-1 ca succeed 1 --reason "to the token"
claim "by two" a decider-1 approve CA-1
new_root() { j reader ca list --role root --state active | jq -re '.cas[0].ca | select(. > 1)'; }
claim "which is there" until_true 30 new_root
root=$(new_root)
claim "with its key on the token" labelled "root-$root"
claim "the feed tells of it: the authority's own key for that is made there, too" until_true 20 labelled feed
for ca in "$tre_ca" "$term_ca" 2; do claim "CA $ca is retired" retired "$ca"; done
claim "the next lot is issued" is "$(lot TREC-)" "issued 2"
next=$(ca_of "$VAR/devices/TREC-1.crt")
claim "by a CA on the token" labelled "issuer-$next"
claim "under the root on the token" is "$(j reader ca show "$next" | jq .root)" "$root"
access() { j reader ca list --role access --state active | jq -re '.cas[0].ca | select(. > 2)'; }
claim "the access CA has a successor" until_true 20 access
claim "on the token" labelled "access-$(access)"
claim "all of them were made there, and cannot leave it" sealed
claim "no key came into a file" is "$(files)" "$before"
claim "who has a credential renews it" a officer-1 principal renew
claim "by the access CA on the token" is "$(ca_of "$VAR/credentials/officer-1.crt")" "$(access)"
answers "a device of before is permitted" permit - --tre TRE-1 --terminal TERM-1
claim "no device was touched" cmp "$work/before.crt" "$VAR/devices/TRE-1.crt"
a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "the CA in the file signs its CRL" until_true 20 crl_says TRE-2 revoked
claim "OCSP answers for both" eval 'ocsp_says TRE-3 good && until_true 20 ocsp_says TREC-1 good'

# ---- keys that nobody needs
destroy() { a "${2:-security-1}" ca destroy-key "$1" --reason "rolled over"; }
refused CA_KEY_NEEDED "an active CA's key is not destroyed" destroy "$next"
refused CA_KEY_NEEDED "nor that of one with good certificates" destroy "$tre_ca"
refused CA_KEY_NEEDED "nor the old root's, which signs its CRL" destroy 1
refused ROLE_NOT_ALLOWED "no decider proposes it" destroy "$tre_ca" decider-1
refused CA_ABSENT "nor of one that is not there" destroy 77
claim "the old CA is revoked" a security-1 cert revoke "$(ca_serial TRE-1)" --reason cessationOfOperation
claim "then it is proposed" destroy "$tre_ca"
refused ROLE_REQUIRED "a colleague does not approve it" a security-2 approve "CA-$tre_ca"
refused ROLE_REQUIRED "nor who proposed it" a security-1 approve "CA-$tre_ca"
claim "whoever approves is shown what is under it" is \
	"$(j decider-1 approve list | jq -c '.proposals[] | select(.act == "ca_key_destroy") | .reach | [.role, .state, .certificates > 5]')" '["tre","revoked",true]'
file=$VAR/authority/issuer-$tre_ca.key
claim "the key is there until then" test -s "$file"
ln "$file" "$work/same.key"
size=$(stat -c %s "$file")
chmod 400 "$file"
claim "a decider approves" a decider-1 approve "CA-$tre_ca"
gone() { is "$(j reader ca show "$1" | jq -r '.key_destroyed != null')" true; }
claim "it is on record before" until_true 20 gone "$tre_ca"
claim "and where the file cannot be written over, it is tried again" until_true 20 grep -q "could not open.*issuer-$tre_ca.key" "$VAR/log/authority.log"
kill -9 "$(pgrep -P "$RUN_PID" assay-authority)"
chmod 600 "$file"
claim "killed meanwhile, the authority destroys it in the end" until_true 30 test ! -e "$file"
claim "every octet of it was written over" not grep -q "PRIVATE\|BEGIN" "$work/same.key"
claim "of which there were as many" is "$(stat -c %s "$work/same.key")" "$size"
claim "the log says so" until_true 5 grep -q "the key issuer-$tre_ca of CA $tre_ca, .*, is destroyed" "$VAR/log/authority.log"
claim "the body hears of it" grep -q ca.key_destroyed <(j officer-1 notice list)
claim "who ordered it is on record" is "$(j reader proposal list --subject "CA-$tre_ca" | jq -r '[.proposals[] | select(.act == "ca_key_destroy") | .proposed_by, .verdicts[0].by] | join(" ")')" "security-1 decider-1"
refused CA_KEY_DESTROYED "it is destroyed once" destroy "$tre_ca"
claim "no other key is gone" test -s "$VAR/authority/issuer-$term_ca.key" -a -s "$VAR/authority/root.key"

claim "the CA on the token is retired" retired "$next"
claim "and revoked" a security-1 cert revoke "$(ca_serial TREC-1)" --reason cessationOfOperation
claim "and its key's end proposed" destroy "$next"
# Whoever has all of the database turns what two signed against another CA.
owner() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay -qAtX \
	-c "SET search_path = assay; SET session_replication_role = replica; $1"; }
order() { owner "SELECT state, error FROM \"order\" WHERE kind = 'ca_key_destroy' ORDER BY id DESC LIMIT 1"; }
authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
claim "and approved" a decider-1 approve "CA-$next"
owner "UPDATE proposal SET subject_id = $term_ca WHERE subject_number = 'CA-$next' AND act = 'ca_key_destroy'"
kill -CONT "$authority"
claim "of another CA than was signed no key is destroyed" until_true 20 eval 'grep -q "^failed.*is not what security-1 signed" <(order)'
claim "it is there" test -s "$VAR/authority/issuer-$term_ca.key"
claim "it is proposed again" destroy "$next"
# what is revoked until then no later CRL would say
kill -STOP "$authority"
claim "a device of it is revoked" a security-1 cert revoke "$(serial_of TREC-2)" --reason keyCompromise
claim "and its end approved again, at once" a decider-1 approve "CA-$next"
kill -CONT "$authority"
claim "it is on record" until_true 20 gone "$next"
claim "and its last CRL has that device" until_true 10 crl_says TREC-2 revoked
claim "and off the token" until_true 20 not labelled "issuer-$next"
claim "both halves" until_true 5 not labelled_public "issuer-$next"
claim "where the others are" labelled "root-$root"
claim "lots go on, by the next one" is "$(lot TRED-)" "issued 2"
errors() { grep -c "could not load\|is not the key\|issuer .*: no" "$VAR/log/authority.log"; }
stop_instance
start_instance
was=$(errors)
claim "after a restart, too" is "$(lot TREE-)" "issued 2"
sleep 3
claim "and nobody misses a key" is "$(errors)" "$was"
claim "every channel says the same" assay --as reader status check
finish
