#!/usr/bin/env bash
# Settings of the first start: the name of the body; and with a passphrase
# configured, every CA key is encrypted on disk, and the instance works, stops
# and starts with it; without the file it cannot.
. "$(dirname "$0")/lib.sh"
WHOLE=yes
. "$(dirname "$0")/story.sh"

(umask 077; echo "correct horse battery staple" >"$work/passphrase")
start_instance --passphrase-file "$work/passphrase" \
	--body-name "Aufsicht für Geräte" --body-country DE
claim "the root bears the body's name" test "$(openssl x509 -in "$VAR/credentials/root.crt" \
	-noout -subject -nameopt utf8,sep_comma_plus)" = "subject=C=DE,O=Aufsicht für Geräte,CN=Root CA"
claim "suppliers and models are accredited" story_accredited
claim "lots are issued, by CAs made meanwhile" story_lots 1
for key in "$VAR"/authority/*.key; do
	case $key in */serial.key | */seen.key) continue ;; esac # these sign nothing
	claim "$(basename "$key") is encrypted" grep -q "BEGIN ENCRYPTED PRIVATE KEY" "$key"
done
claim "four CA keys there are, the feed's, the serial numbers' and that of what was seen" \
	test "$(ls "$VAR"/authority/*.key | wc -l)" = 7
claim "nobody but the owner reads them" \
	test -z "$(find "$VAR/authority" -name '*.key' -perm /077)"
claim "the passphrase is in no log and no setting" \
	not grep -rq "battery staple" "$VAR" --include=*.log --include=*.cnf --include=*.conf
stop_instance && ok "it stops" || not_ok "it stops"
start_instance
claim "it starts again with the passphrase, and issues" \
	story_organisation another "Another Operator" operator
claim "a new credential is made" \
	story_principal another-op another operator
stop_instance && ok "it stops" || not_ok "it stops"

mv "$work/passphrase" "$work/elsewhere"
timeout 60 "$bin/assay" run --var "$VAR" --port "$PORT" --public-port "$PUBLIC_PORT" \
	>"$work/run.out" 2>&1 </dev/null
claim "without the passphrase's file it does not become ready" not grep -q '^assay: ready' "$work/run.out"

# ---- by a descriptor, which gives it once

cd "$work" || exit 1
ulimit -c "$(ulimit -Hc)"
exec 9< <(echo "staple battery horse correct")
VAR=$work/other PORT= PUBLIC_PORT= WHOLE=
start_instance --passphrase-file fd:9
exec 9<&-
claim "with a passphrase from a descriptor keys are encrypted, too" \
	grep -q "BEGIN ENCRYPTED PRIVATE KEY" "$VAR/authority/access.key"
ready() { [ "$(grep -c ' note: ready$' "$VAR/log/authority.log")" = "$1" ]; }
claim "the authority is at work" until_true 10 ready 1
kill -SEGV "$(pgrep -P "$RUN_PID" -f assay-authority)"
claim "when it falls, it is started again and reads it again" until_true 10 ready 2
claim "it leaves no core, which would have the keys in clear" is "$(find "$work" -name 'core*' -type f)" ""
holders() { find $(pgrep -P "$RUN_PID" | sed 's|.*|/proc/&/fd|') -lname '*memfd:secret*' 2>/dev/null; }
claim "none of what is started has it afterwards" is "$(holders)" ""
stop_instance && ok "it stops" || not_ok "it stops"
timeout 60 "$bin/assay" run --var "$VAR" >"$work/run.out" 2>&1 </dev/null
claim "without the descriptor it says so" grep -q 'fd:9: ' "$work/run.out"
timeout 60 "$bin/assay" run --var "$VAR" >"$work/run.out" 2>&1 </dev/null 9</dev/null
claim "nor is an empty one taken" grep -q 'fd:9: nothing is on it' "$work/run.out"
finish
