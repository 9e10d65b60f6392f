#!/usr/bin/env bash
# The authority's keys on a PKCS#11 token: made there, never to leave it; the
# PIN is nowhere but in its file; the token goes away and comes back in the
# middle of a lot, and nothing is lost.
. "$(dirname "$0")/lib.sh"
WHOLE=yes
. "$(dirname "$0")/story.sh"

softhsm=/usr/lib/softhsm/libsofthsm2.so
# before it, one that counts, and fails when it shall (tests/lib/token.c)
module=$bin/tests/token.so
mkdir "$work/counts"
export ASSAY_TEST_TOKEN=$work/counts
count() { stat -c %s "$work/counts/$1" 2>/dev/null || echo 0; }
mkdir -m 700 "$work/tokens"
echo "directories.tokendir = $work/tokens" >"$work/softhsm2.conf"
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm2-util --init-token --free --label assay --so-pin 87654321 --pin 13579246 >/dev/null
(umask 077; echo 13579246 >"$work/pin")
uri="pkcs11:token=assay?module-path=$module&pin-source=$work/pin"

objects() { pkcs11-tool --module $softhsm --token-label assay --login --pin 13579246 -O --type "$1"; }
# sealed: every private key is sensitive, was always, and was never extractable.
sealed() {
	local all n
	all=$(objects privkey) || return 1
	n=$(grep -c '^Private Key Object' <<<"$all")
	[ "$n" -ge 1 ] && [ "$(grep -c 'sensitive, always sensitive, never extractable, local' <<<"$all")" = "$n" ]
}
labelled() { objects privkey | grep -q "label: *$1\$"; }
# lot PREFIX COUNT: submitted, not waited for; its number.
lot() {
	a tresor-pki device new --kind tre --prefix "$1" --count "$2" --rows "$work/$1.rows" >&2 &&
		j tresor-pki lot submit --model tresor-m2 --site tresor-dresden \
			--rows "$work/$1.rows" | jq -re .number
}
issued() { [ "$(j tresor-pki lot show "$1" | jq -r '"\(.state) \(.issued)"')" = "issued $2" ]; }
lot_done() { local n; n=$(lot "$1" "$2") && until_true 60 issued "$n" "$2"; }

# cannot_start WORDS URI: on an instance that is not there yet.
cannot_start() {
	"$bin/assay" run --var "$work/not" --port "$(free_port)" --public-port "$(free_port)" \
		--pkcs11-token "$2" >"$work/not.out" 2>&1 </dev/null && return 1
	cat "$work/not.out" "$work"/not/log/authority-init.log 2>/dev/null >"$work/not.all"
	rm -rf "$work/not"
	grep -q "$1" "$work/not.all" || { tail -20 "$work/not.all"; return 1; }
}
(umask 077; echo 24681357 >"$work/wrong")
claim "no instance without its token" cannot_start "no token of the configured URI is there" \
	"pkcs11:token=other?module-path=$module&pin-source=$work/pin"
claim "none without its PIN" cannot_start "could not open $work/none" \
	"pkcs11:token=assay?module-path=$module&pin-source=$work/none"
claim "none with a wrong PIN" cannot_start "could not log in" \
	"pkcs11:token=assay?module-path=$module&pin-source=$work/wrong"
claim "which the token was asked for once" test "$(count logins)" = 1

start_instance --pkcs11-token "$uri"
claim "suppliers and models are accredited" story_accredited
claim "lots are issued, by CAs made meanwhile" story_lots 3
for key in root access feed issuer-3 issuer-4; do
	claim "the token has the key $key" labelled "$key"
done
claim "all of them were made there, and cannot leave it" sealed
claim "no file has a key that signs" test "$(cd "$VAR/authority" && echo *.key)" = "seen.key serial.key"
claim "certificates of the token's CAs hold for openssl" openssl verify \
	-CAfile "$VAR/credentials/root.crt" -untrusted "$VAR/credentials/officer-1.crt" "$VAR/credentials/officer-1.crt"
claim "the PIN is in no log and no setting" not grep -rq 13579246 "$VAR" --include=*.log --include=*.cnf --include=*.conf
not_in_processes() {
	local p
	for p in $(pgrep -g 0 2>/dev/null; pgrep -P "$RUN_PID"); do
		! grep -qa 13579246 "/proc/$p/cmdline" "/proc/$p/environ" || return 1
	done
}
claim "nor in arguments or environment of any process" not_in_processes

# A new supplier needs a new CA: while the token is away there is none, but
# nothing is refused; when it is back, all goes on by itself.
mv "$work/tokens" "$work/away"
mkdir -m 700 "$work/tokens"
claim "while the token is away, a credential is asked for" \
	story_organisation another "Another Operator" operator
(story_principal another-op another operator >"$work/principal.out" 2>&1; echo $? >"$work/principal.rc") &
asked=$!
busy() { grep -q "no token of the configured URI is there\|the token says" "$VAR"/log/authority.log; }
claim "the authority says that the token is away" until_true 30 busy
claim "and nobody has got a certificate" test ! -e "$work/principal.rc"
rmdir "$work/tokens"
mv "$work/away" "$work/tokens"
wait "$asked"
claim "the token is back: the credential is made, as it was asked for" \
	until_true 60 assay whoami --as another-op
claim "lots go on" lot_done BACK- 5

# In the middle of a lot: the token signs 300 of its certificates, then fails,
# and nobody knows the PIN any more.
tre_certificates() {
	psql -h "$(awk -F' *= *' '$1 == "run" { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay -qAtX \
		-c "SELECT count(*), count(DISTINCT serial), count(DISTINCT assay.certificate_key(c)), count(DISTINCT device_id)
		FROM assay.certificate c WHERE profile = 'tre'"
}
has_failed() { [ "$(count failed)" -ge 1 ]; }
before=$(tre_certificates | cut -d'|' -f1)
logins=$(count logins)
cp -p "$work/pin" "$work/right"
(umask 077; echo 24681357 >"$work/pin")
echo $(($(count signed) + 300)) >"$work/counts/fail-at"
number=$(lot MANY- 900)
claim "the token fails in the middle of a lot" until_true 60 has_failed
waits() { [ "$(j tresor-pki lot show "$1" | jq -r '"\(.state) \(.issued) \(.refused)"')" = "issuing 0 0" ]; }
claim "the lot waits: nothing of it is refused, or issued" waits "$number"
sleep 5
claim "meanwhile the wrong PIN was shown to the token once" test "$(count logins)" -le $((logins + 1))
rm "$work/counts/fail-at"
cp -p "$work/right" "$work/pin"
claim "the token is back, and its PIN: the lot is issued" until_true 90 issued "$number" 900
n=$((before + 900))
claim "every row once: no serial, key or device twice" test "$(tre_certificates)" = "$n|$n|$n|$n"
stop_instance && ok "it stops" || not_ok "it stops"
start_instance
claim "lots go on, again" lot_done AGAIN- 5
stop_instance

# What a URI must not be.
wrong() { # what, uri, words
	sed -i "s|^pkcs11_token = .*|pkcs11_token = $2|" "$VAR/assay.cnf"
	claim "$1" sh -c "\"$bin/assay-authority\" -c \"$VAR/assay.cnf\" 2>&1 | grep -q '$3'"
}
wrong "a PIN in the URI is refused" "pkcs11:token=assay?module-path=$module\&pin-value=13579246" "must not hold the PIN"
wrong "a URI without a module is refused" "pkcs11:token=assay?pin-source=$work/pin" "must have module-path"
wrong "what is no URI is refused" "token=assay" "URI scheme must be"
finish
