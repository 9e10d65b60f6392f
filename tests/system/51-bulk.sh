#!/usr/bin/env bash
# Large lots: of bare keys where the site may, each in its turn, found out where
# something occurs twice, in bounded memory.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited

run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
devices() { "$bin/tests/devices" "$@"; }
result() { j "${3:-tresor-pki}" lot results "$1" | jq -r --argjson n "$2" '.[] | select(.row==$n) | .reason // .state'; }
ended() { jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$1"; }

# ---- who may send bare keys: a site audited for that, and nobody else

devices key 3 KEY- >"$work/keys"
keys() { j tresor-pki lot submit --model "$1" --site "$2" --kind key --rows "$3" --wait; }
refused KEY_INJECTION_NOT_ACCREDITED "a site without that scope sends no bare keys" \
	keys tresor-m2 tresor-dresden "$work/keys"
refused MANIFEST_KIND "there is no other kind" a tresor-pki lot submit --model tresor-m2 \
	--site tresor-dresden --kind other --rows "$work/keys"

claim "a second site is audited for making and for key injection, a model certified for it" story_keys
lot=$(keys tresor-k1 tresor-bautzen "$work/keys")
number=$(jq -r .number <<<"$lot")
claim "its bare keys are certified" is "$(ended "$lot")" "issued 3 0"
claim "the lot says its kind" is "$(j reader lot show "$number" | jq -r .kind)" key
first_key() { head -n 1 "$work/keys" | jq -r .key | base64 -d | openssl pkey -pubin -inform DER -pubout; }
issued_key() { a tresor-pki lot certificates "$number" | openssl x509 -noout -pubkey; }
claim "a certificate is for the very key that was sent" is "$(issued_key)" "$(first_key)"
claim "the same manifest again is the same lot" is "$(keys tresor-k1 tresor-bautzen "$work/keys" | jq -r .number)" "$number"

# ---- each wrong row

row() { jq -nc --arg id "$1" --arg key "$2" '{id:$id,key:$key}'; }
devices key 9 BAD- >"$work/made"
key_of() { jq -r --arg id "BAD--$1" 'select(.id==$id) | .key' "$work/made"; }
hex() { base64 -d | od -An -v -tx1 | tr -d ' \n'; }
unhex() { printf "$(sed 's/../\\x&/g')" | base64 -w0; }
openssl ecparam -name secp384r1 -genkey -noout 2>/dev/null | openssl ec -pubout -outform DER 2>/dev/null | base64 -w0 >"$work/p384"
openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null | base64 -w0 >"$work/rsa"
openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -conv_form compressed -outform DER 2>/dev/null |
	base64 -w0 >"$work/compressed"
test_key=$(key_of 1 | hex | cut -c1-54)
# RFC 9500 section 2.3, the P-256 key in print
test_key+=42258548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5
{
	row BAD--1 "$(key_of 1)"
	row BAD--2 "$(key_of 2 | hex | sed 's/..$/00/; s/^\(.\{60\}\)../\1ff/' | unhex)" # off the curve
	row BAD--3 "$(cat "$work/p384")"
	row BAD--4 "$(cat "$work/rsa")"
	row BAD--5 "$(cat "$work/compressed")"
	row BAD--6 "$(openssl base64 -A <<<'no key at all')"
	row BAD--7 "$({ key_of 7 | base64 -d; printf '\0'; } | base64 -w0)"
	row BAD--8 "$(key_of 1)" # twice in the lot
	row BAD--9 "$(head -n 1 "$work/keys" | jq -r .key)" # registered
	devices csr 1 BAD-CSR-
	devices csr 1 BAD-BOTH- | jq -c --arg k "$(key_of 9)" '. + {key:$k}'
	jq -nc '{id:"BAD-NONE"}'
	row BAD--13 "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFEkyXJ0Nc1KzYbVbe8y/q8pdEcIhlZnHdqhA54eS4sXQ=="
} >"$work/bad"
lot=$(keys tresor-k1 tresor-bautzen "$work/bad")
number=$(jq -r .number <<<"$lot")
claim "a lot with bad keys is issued as far as it is good" is "$(ended "$lot")" "issued 1 12"
for want in 1:issued 2:KEY_NOT_ALLOWED 3:KEY_NOT_ALLOWED 4:KEY_NOT_ALLOWED 5:KEY_NOT_ALLOWED 6:KEY_MALFORMED \
	7:KEY_MALFORMED 8:KEY_REPEATED 9:KEY_REGISTERED 10:ROW_MALFORMED 11:ROW_MALFORMED 12:ROW_MALFORMED; do
	claim "row ${want%%:*} is told ${want#*:}" is "$(result "$number" "${want%%:*}")" "${want#*:}"
done
claim "row 13, a key in print, is refused" test "$(result "$number" 13)" != issued
devices key 1 MIX- >"$work/mixed"
lot=$(j tresor-pki lot submit --model tresor-k1 --site tresor-bautzen --rows "$work/mixed" --wait)
claim "a bare key in a lot of requests is refused" is "$(ended "$lot")" "issued 0 1"

# ---- the kind is signed, and judged again by the authority

devices key 1 THIEF- >"$work/thief"
a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$work/thief" --kind key --out "$work/manifest"
jws=$(head -n 1 "$work/manifest" | jq -r .header)
digest=$(tail -n +2 "$work/manifest" | sha256sum | cut -d' ' -f1)
stolen() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 2>&1; }
id=$(owner <<<"SELECT id FROM assay.principal WHERE handle = 'tresor-pki'")
begin_lot() { # model site kind
	echo "BEGIN; SELECT assay.actor_begin($id);
	SELECT assay.lot_begin('$1', '$2', 1, '', '$jws', '\\x$digest', '$3');
	INSERT INTO assay.lot_row (lot_id, row, device_id, csr, state)
	SELECT max(id), 1, 'THIEF--1', decode('$(jq -r .key "$work/thief")', 'base64'), 'received' FROM assay.lot;
	COMMIT;"
}
claim "with the api's role nobody begins one for a site that may not" \
	grep -q 'not accredited for' <<<"$(begin_lot tresor-m2 tresor-dresden key | stolen)"
a tresor-pki lot sign --model tresor-k1 --site tresor-bautzen --rows "$work/thief" --kind csr --out "$work/manifest"
jws=$(head -n 1 "$work/manifest" | jq -r .header)
claim "a header that says csr is sent in as key" stolen < <(begin_lot tresor-k1 tresor-bautzen key)
last_lot() { owner <<<"SELECT state || ' ' || issued || ' ' || coalesce(reason, '') FROM assay.lot ORDER BY id DESC LIMIT 1"; }
is_over() { [[ $(last_lot) =~ ^(rejected|issued) ]]; }
claim "it comes to its end" until_true 20 is_over
claim "the authority finds that it was signed as the other kind" is "$(last_lot)" \
	"rejected 0 the lot is not what its header says"

kill -STOP "$(authority)"
devices key 2 STOP- >"$work/stop"
number=$(j tresor-pki lot submit --model tresor-k1 --site tresor-bautzen --kind key --rows "$work/stop" | jq -r .number)
owner <<<"UPDATE assay.site_scope SET expires = assay.assay_now() WHERE scope = 'key_injection'"
kill -CONT "$(authority)"
lot=$(j tresor-pki lot wait "$number")
claim "a site whose key injection has ended meanwhile gets none" is \
	"$(jq -r '"\(.state) \(.issued) \(.reason | contains("key_injection"))"' <<<"$lot")" "rejected 0 true"
# The clock may have ended the element in the meantime.
owner <<<"ALTER TABLE assay.site_scope DISABLE TRIGGER ALL;
	UPDATE assay.site_scope SET state = 'full', expires = assay.assay_now() + interval '1 year'
	WHERE scope = 'key_injection';
	ALTER TABLE assay.site_scope ENABLE TRIGGER ALL;
	ALTER TABLE assay.statement DISABLE TRIGGER ALL;
	UPDATE assay.statement SET jws = 'forged' || jws WHERE id = (SELECT a.statement_id FROM assay.approval a
	JOIN assay.proposal p ON p.id = a.proposal_id WHERE p.act = 'audit_decide' ORDER BY p.id DESC LIMIT 1);
	ALTER TABLE assay.statement ENABLE TRIGGER ALL"
lot=$(keys tresor-k1 tresor-bautzen "$work/stop")
claim "where two people did not sign the audit's decision, the authority issues none" is \
	"$(jq -r '"\(.state) \(.issued) \(.reason | contains("not signed by two"))"' <<<"$lot")" "rejected 0 true"

# ---- what occurs twice far apart in a lot

devices csr 9000 FAR- >"$work/far"
{
	cat "$work/far"
	sed -n 1p "$work/far"
	sed -n 2p "$work/far" | jq -c '.id = "FAR-OTHER"'
	jq -c --argjson n 3 '.id = "FAR--3"' < <(devices csr 1 FAR-X-)
} >"$work/twice"
lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/twice" --wait)
number=$(jq -r .number <<<"$lot")
claim "a lot with repeated rows far apart is issued but for those" is "$(ended "$lot")" "issued 9000 3"
for want in 1:issued 2:issued 3:issued 9001:KEY_REPEATED 9002:KEY_REPEATED 9003:ID_REPEATED; do
	claim "row ${want%%:*} is told ${want#*:}" is "$(result "$number" "${want%%:*}")" "${want#*:}"
done
clones() { owner <<<"SELECT string_agg(row || ' ' || what, ', ' ORDER BY row) FROM assay.clone_sighting s
	JOIN assay.lot l ON l.id = s.lot_id WHERE l.number = '$number'"; }
claim "the key under another id and the id with another key are cases of clones" is "$(clones)" "9002 key, 9003 id"

# ---- each in its turn: counted in the states that follow each other, not in time

devices csr 30000 BIG- >"$work/big"
devices csr 10 SMALL- >"$work/small"
kill -STOP "$(authority)"
big=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/big" | jq -r .number)
small=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/small" | jq -r .number)
a tresor-pki device new --kind tre --id TRE-1 --rows "$work/one" >/dev/null
: >"$work/term"
a karren-pki device new --kind terminal --id TERM-1 --tre FAR--1 --rows "$work/term"
others=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term" | jq -r .number)
kill -CONT "$(authority)"
lot=$(j tresor-pki lot wait "$big")
claim "a big lot is issued" is "$(ended "$lot")" "issued 30000 0"
step() { owner <<<"SELECT min(h.id) FROM assay.history h JOIN assay.lot l ON l.id = h.subject_id
	WHERE h.entity = 'lot' AND h.to_state = '$2' AND l.number = '$1'"; }
claim "the same supplier's small one behind it was issued before the big one was" \
	test "$(step "$small" issued)" -lt "$(step "$big" issued)"
claim "another supplier's before that, too" test "$(step "$others" issued)" -lt "$(step "$big" issued)"
claim "another supplier's had a turn each time: before the big one came to be issued" \
	test "$(step "$others" validated)" -lt "$(step "$big" validated)"

# ---- a row costs the same in a large register, before there are statistics

read_rows() { owner <<<"SELECT sum(coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0)
	+ (SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid))::bigint
	FROM pg_stat_user_tables t WHERE t.relname IN ('device', 'certificate', 'binding')"; }
echo "# $(read_rows) rows of the register were read"
claim "for each row of a lot some few rows of the register are read, not all" \
	test "$(read_rows)" -lt $((100 * 39000))

# ---- results come out as they went in: neither side holds them all

workers() { pgrep -P "$RUN_PID" -x kore | while read -r p; do pgrep -P "$p"; done; }
# The most that one of them had in memory since it was asked to begin anew, KiB.
anew() { for p in $(workers); do echo 5 >"/proc/$p/clear_refs"; done; }
now_most() { for p in $(workers); do awk '/^VmRSS/ { print $2 }' "/proc/$p/status"; done | sort -n | tail -n 1; }
since_most() { for p in $(workers); do awk '/^VmHWM/ { print $2 }' "/proc/$p/status"; done | sort -n | tail -n 1; }
# All that it has for itself, in KiB: a third of what the answer has.
within() { (ulimit -d 12288 && exec "$bin/assay" --var "$VAR" --as tresor-pki lot results "$big" "$@"); }
saved() { (ulimit -d 12288 && exec "$bin/assay" --var "$VAR" --as tresor-pki lot certificates "$big" --out "$work/pem"); }
rows() { within "$@" >"$work/results"; }
anew
before=$(now_most)
claim "a program with 12 MiB reads what came of 30,000 rows" rows --json
claim "all of them, in their order" is "$(jq -r '.[] | "\(.row) \(.state)"' "$work/results" | sha256sum)" \
	"$(seq 30000 | sed 's/$/ issued/' | sha256sum)"
claim "as a table, too" rows
claim "with one line above" is "$(wc -l <"$work/results")" 30001
claim "of none it says so" is "$(within --refused)" none
claim "and takes all certificates" saved
claim "of which there are 30,000" is "$(grep -c BEGIN "$work/pem")" 30000
echo "# the api's processes had $(since_most) KiB at most, and $before before; the answers $(du -k "$work/pem" | cut -f1) KiB"
claim "no process of the api held them, nor a fourth of them" test $(($(since_most) - before)) -lt 8192

# ---- memory

peak() { awk '/^VmHWM/ { print $2 }' "/proc/$(authority)/status"; }
echo "# assay-authority had $(peak) KiB at most"
claim "the authority stays under 128 MiB" test "$(peak)" -lt $((128 * 1024))
finish
