#!/usr/bin/env bash
# Bells: what is written to the authority's is nothing but a ring, what is written to
# an api process's is no certificate, and where there is none the database carries
# both ways.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1" 2>&1; }
authority() { pgrep -f -P "$RUN_PID" assay-authority | head -1; }
# The api process that devices have: the last one.
last=$(find "$run" -name 'api-*.bell' | sed 's/.*api-\([0-9]*\).*/\1/' | sort -n | tail -1)
enroller() { cat "$VAR/api/kore-$last.pid"; }

lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 50 | jq -r .number)
in_state() { is "$(record "SELECT state FROM lot WHERE number = '$lot'")" "$1"; }
claim "a lot is opened" until_true 10 in_state open
enrol() { # NAME: the code
	[ -e "$work/$1.csr" ] || openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
		-subj "/CN=$1" -outform DER 2>/dev/null | base64 >"$work/$1.csr"
	api_as tresor-pki -o "$work/out" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary "@$work/$1.csr" "$URL/.well-known/est/$lot/simpleenroll"
}
# Of what kind is the certificate that was answered, and whose?
subject() { base64 -d "$work/out" | openssl pkcs7 -inform DER -print_certs 2>/dev/null | openssl x509 -noout -subject | grep -o 'TRE-B[0-9]*'; }
bell_of() { record "SELECT coalesce(bell::text, 'none') FROM enrolment WHERE device_id = '$1'"; }

claim "who asks here waits by a bell" is "$(enrol TRE-B1) $(subject) $(bell_of TRE-B1)" "200 TRE-B1 $last"
modes() { stat -c '%a %F' "$run"/authority.bell "$run"/api-*.bell | sort -u; }
claim "bells are named pipes of the instance's own user" is "$(modes)" "600 fifo"

# ---- what is written to them
orders() { record "SELECT (SELECT count(*) FROM lot_row), (SELECT count(*) FROM certificate)"; }
before=$(orders) pid=$(authority)
for n in 1 2 3; do
	{ echo "INSERT INTO lot_row"; head -c 60000 /dev/urandom; } >"$run/authority.bell"
	sleep 0.2
done
claim "nothing comes of what is written to the authority's" is "$(orders) $(authority)" "$before $pid"
claim "and it goes on" is "$(enrol TRE-B2) $(subject)" "200 TRE-B2"
head -c 3000 /dev/urandom >"$run/api-$last.bell"
claim "what is no certificate is none" is "$(enrol TRE-B3) $(subject)" "200 TRE-B3"
# As if the authority had made something, of another row: length, lot, row, key, octets.
perl -e '$rest = pack("a24 l", $ARGV[0], 4) . "k" x 32 . "forged"; print pack("L", length $rest), $rest' "$lot" \
	>"$run/api-$last.bell"
claim "nor is one that nobody asked for" is "$(enrol TRE-B4) $(subject)" "200 TRE-B4"

# ---- without them
rm "$run/authority.bell"
kill -TERM "$(enroller)"
without() { is "$(enrol "$1") $(subject) $(bell_of "$1")" "200 $1 none"; }
claim "an api process that finds none has the authority called, and is told" until_true 20 without TRE-B5
claim "for each" without TRE-B6
kill -TERM "$(authority)"
again() { [ -p "$run/authority.bell" ]; }
claim "the authority that comes next makes another" until_true 20 again
claim "which is rung" until_true 20 eval '[ "$(enrol TRE-B7) $(subject) $(bell_of TRE-B7)" = "200 TRE-B7 '"$last"'" ]'
rm "$run/api-$last.bell"
kill -TERM "$(authority)"
claim "who is not found by a bell hears from the database" until_true 20 eval '[ "$(enrol TRE-B8) $(subject)" = "200 TRE-B8" ]'
claim "everybody has one certificate" is "$(record "SELECT count(*), count(DISTINCT d.device_id) FROM device d JOIN certificate c ON c.device_id = d.id
	WHERE d.device_id LIKE 'TRE-B%'")" "8|8"
known() { "$bin/assay-follower" -c "$VAR/assay.cnf" show $(record "SELECT issuer_id, index FROM certificate c JOIN device d ON d.id = c.device_id
	WHERE d.device_id = 'TRE-B8'" | tr '|' ' ') | grep -q 'state good'; }
claim "and the status of the last is known" until_true 5 known
finish
