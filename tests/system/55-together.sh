#!/usr/bin/env bash
# Questions that wait at the same time are judged together, and challenges are given
# together: each has its own answer, and one that is amiss harms no other.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 40
claim "a second operator" story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator >/dev/null
story_principal mobilfunk-2 mobilfunk operator >/dev/null
is() { [ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }; }

# ---- whom a process has not met shows its certificate again, and nobody else notices

twelve() { # WHO [OPTION...]: twelve challenges over one connection: status, and connections made for it
	local who=$1 urls=() n
	for n in $(seq 12); do urls+=(-o /dev/null "$URL/v1/challenges"); done
	api_as "$who" -w '%{http_code} %{num_connects}\n' -H 'Content-Type: application/json' -d '{}' "${@:2}" "${urls[@]}" | sort | uniq -c | xargs
}
shown() { grep -c '"POST /v1/challenges" 201 .* 401 : 201$' "$VAR/log/access.log"; }
claim "twelve challenges over one connection" is "$(twelve mobilfunk-hlr)" "11 201 0 1 201 1"
claim "for which some processes asked for the certificate" until_true 5 test "$(sleep 1.2; shown)" -gt 0
for n in 1 2 3 4; do twelve mobilfunk-hlr; done >/dev/null
before=$(sleep 1.2; shown)
claim "all of them know it at last" is "$(twelve mobilfunk-hlr) $(sleep 1.2; shown)" "11 201 0 1 201 1 $before"
print=$(openssl x509 -in "$VAR/credentials/mobilfunk-hlr.crt" -noout -fingerprint -sha1 | cut -d= -f2 | tr -d : | tr A-F a-f)
forged=(-H "X-Client-Known-By: $print" -H "X-Client-Verify: SUCCESS" -H "X-Client-Ask-At: @nowhere")
claim "nobody becomes it by what it is known by" is "$(twelve tresor-pki "${forged[@]}")" "11 403 0 1 403 1"
claim "nor without a certificate" is "$(api "${forged[@]}" -H 'Content-Type: application/json' -d '{}' "$URL/v1/challenges" | jq -r '.type | split("/")[-1]')" UNAUTHENTICATED
claim "one of another role is told so, over and over" is "$(twelve tresor-pki)" "11 403 0 1 403 1"

# ask WHO PATH CONNECTIONS ANSWERS <bodies
ask() {
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/$1.crt" "$VAR/credentials/$1.key" \
		"$2" application/json "$3" "$4"
}
challenges() { yes '{}' | head -n "$2" | ask "$1" /v1/challenges 8 "$work/challenges" >/dev/null; }
# questions WHO OPERATOR N: signed just now
questions() { challenges "$1" "$3" && "$bin/tests/decide" "$VAR" "$2" 40 <"$work/challenges"; }
# What was answered: request, verdict and reason, or the code of a problem.
told() {
	jq -r 'if .receipt then (.receipt | split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson
		| "\(.decision.request_id) \(.decision.verdict) \(.decision.reasons[0] // "-")")
		else "- \(.type | split("/")[-1])" end' "$1"
}
count() { told "$work/answers" | grep -c -- "$1"; }

# ---- each its own

questions mobilfunk-hlr mobilfunk 64 >"$work/good"
claim "64 over 32 connections are answered" ask mobilfunk-hlr /v1/decisions 32 "$work/answers" <"$work/good"
claim "all with a permit" is "$(count ' permit -')" 64
claim "each about what it asked" is "$(told "$work/answers" | cut -d' ' -f1 | sort)" "$(jq -r .request_id "$work/good" | sort)"
claim "each on the record, as it was told" is "$(jq -r '[.decision, .verdict, .receipt] | join(" ")' "$work/answers" | sort)" \
	"$(sql "SELECT concat_ws(' ', id, verdict, receipt) FROM decision" | sort)"
claim "several in one transaction" test "$(sql "SELECT count(DISTINCT created) FROM decision")" -lt 60
claim "each has used its challenge up" is "$(sql "SELECT count(*) FROM challenge WHERE consumed IS NOT NULL")" 64
claim "an answer is to the octet what is shown again" is "$(head -n 1 "$work/answers")" \
	"$(jq -c . "$work/good" | grep "$(told "$work/answers" | head -n 1 | cut -d' ' -f1)" |
		api_as mobilfunk-hlr -H 'Content-Type: application/json' -d @- "$URL/v1/decisions")"
claim "each receipt holds" sh -c "jq -c '{receipt}' '$work/answers' | head -n 3 | while read -r r; do
	echo \"\$r\" | curl -s --fail --cacert '$VAR/credentials/root.crt' --cert '$VAR/credentials/mobilfunk-hlr.crt' \
		--key '$VAR/credentials/mobilfunk-hlr.key' -H 'Content-Type: application/json' -d @- '$URL/v1/receipts/verify' >/dev/null || exit 1
done"

# ---- and some that are amiss among them

questions mobilfunk-hlr mobilfunk 60 >"$work/all"
part() { sed -n "$1p" "$work/all"; } # FIRST,LAST
uuids() { while read -r line; do jq -c --arg u "$(cat /proc/sys/kernel/random/uuid)" '.request_id = $u' <<<"$line"; done; }
challenges fernfunk-hlr 5 && "$bin/tests/decide" "$VAR" mobilfunk 40 <"$work/challenges" >"$work/others"
{
	part 1,20					# good
	part 21,30 && part 21,30 | uuids		# a challenge twice
	part 31,35 && part 31,35			# the very same twice
	part 36,40 && part 36,40 | jq -c '.max_status_age = 3600' # a request's id for two
	part 41,45 | jq -c '.evidence.tre_signature = .evidence.platform_signature'
	part 46,50 | jq -c '.tre_chain = []'
	part 51,55 | jq -c '.nobody = 1'
	cat "$work/others"				# another operator's challenges
} | shuf --random-source="$work/all" >"$work/mixed"
ask mobilfunk-hlr /v1/decisions 32 "$work/answers" <"$work/mixed" >/dev/null 2>&1
permitted() { told "$work/answers" | grep ' permit -' | grep -cFf <(part "$1" | jq -r .request_id); }
claim "those that are good are permitted" is "$(permitted 1,20)" 20
claim "a challenge that two have is good for one of them" is "$(count CHALLENGE_REPLAYED)" 10
claim "the same twice has the same answer" is "$(jq -r 'select(.receipt) | .decision' "$work/answers" | sort | uniq -d | wc -l)" 5
claim "a request's id is for one" is "$(count REQUEST_ID_REUSED)" 5
claim "whose key did not sign is refused" is "$(count POSSESSION_TRE)" 5
claim "so is one without a certificate" is "$(count NO_CERTIFICATE)" 5
claim "one that has no form is no question" is "$(count REQUEST_MALFORMED)" 5
claim "and a challenge is its operator's" is "$(count CHALLENGE_UNKNOWN)" 5
claim "nobody else is permitted anything" is "$(count ' permit -')" 45
claim "no challenge has two permits" is "$(sql "SELECT count(*) FROM challenge WHERE consumed IS NOT NULL")" \
	"$(sql "SELECT 64 + 20 + 10 + 5 + 5 + 5 + 5")"

# ---- whoever may no more is not answered for what it was before

questions mobilfunk-2 mobilfunk 24 >"$work/late"
claim "another of its people asks" ask mobilfunk-2 /v1/decisions 8 "$work/answers" < <(head -n 8 "$work/late")
claim "is locked" a officer-1 principal lock mobilfunk-2 --reason tested
ask mobilfunk-2 /v1/decisions 8 "$work/answers" < <(sed -n 9,16p "$work/late") >/dev/null 2>&1
claim "and asks no more" is "$(count PRINCIPAL_NOT_ACTIVE)" 8
claim "a device is revoked" a security-1 cert revoke "$(openssl x509 -in "$VAR/devices/TRE-1.crt" -noout -serial |
	cut -d= -f2 | tr A-F a-f)" --reason keyCompromise
questions mobilfunk-hlr mobilfunk 40 >"$work/late"
claim "the next ones are answered" ask mobilfunk-hlr /v1/decisions 32 "$work/answers" <"$work/late"
claim "and know of it" is "$(told "$work/answers" | cut -d' ' -f2- | sort | uniq -c | xargs)" "39 permit - 1 refuse CERTIFICATE_REVOKED"

# ---- challenges that are asked for at the same time

# Nothing of a caller's is in the way of another's: several callers, each over connections of its own.
pem() { cat "$VAR/credentials/$1.crt" "$VAR/credentials/$1.key"; }
# mixed N WHO...: challenges for each of them in turn, so many over so many connections, each with its own
mixed() {
	local n
	{
		awk '/BEGIN/ { n++ } n == 2' "$VAR/credentials/$2.crt" # the issuer
		for ((n = 0; n < $1; n++)); do pem "${@:2 + n % ($# - 1):1}"; done
	} >"$work/pem"
	yes '{}' | head -n "$1" | "$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$work/pem" - \
		/v1/challenges application/json "$1" "$work/answers" >/dev/null 2>&1
}
codes() { jq -r 'if .challenge then "given" else (.type | split("/")[-1]) end' "$work/answers" | sort | uniq -c | xargs; }
values() { jq -r 'select(.challenge) | .challenge' "$work/answers" | sort; }
of() { # HANDLE: those on record of the ones that were given just now
	sql "SELECT replace(encode(value, 'base64'), E'\n', '') FROM challenge c JOIN organisation o ON o.id = c.organisation_id
	    WHERE o.handle = '$1'" | sort | comm -12 - <(values) | wc -l
}
given() { sql "SELECT count(*) FROM challenge"; }
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
mkfifo "$work/commands"
psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 <"$work/commands" >"$work/session" 2>&1 &
exec 9>"$work/commands"
says() { echo "$1" >&9; }
locks() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE granted = $1 AND relation = 'challenge'::regclass AND mode = '$2'")" -ge 1 ]; }
hold() { says "SET search_path = assay; BEGIN; LOCK TABLE challenge IN SHARE MODE;" && until_true 10 locks true ShareLock; }

before=$(given)
claim "somebody holds the table of challenges" hold
mixed 48 mobilfunk-hlr fernfunk-hlr mobilfunk-2 tresor-pki &
asking=$!
claim "those that are asked for meanwhile wait" until_true 10 locks false RowExclusiveLock
sleep 0.2 # of the five that they have
# one that is stopped in the middle of a wait, as a machine that is moved does it to all
workers() { for f in "$VAR"/api/kore-*.pid; do pgrep -P "$(cat "$f")"; done; }
all=$(workers)
for pid in $all; do kill -STOP "$pid"; done
sleep 0.2
for pid in $all; do kill -CONT "$pid"; done
says "ROLLBACK;"
wait $asking
claim "then each operator is given one, who is locked and a supplier are told why not" is "$(codes)" \
	"12 PRINCIPAL_NOT_ACTIVE 12 ROLE_NOT_ALLOWED 24 given"
claim "and no process ended because it had been stopped" is "$(workers)" "$all"
claim "each one of its own" is "$(values | uniq | wc -l) $(($(given) - before))" "24 24"
claim "that is its operator's" is "$(of mobilfunk) $(of fernfunk)" "12 12"
claim "several by one statement" test "$(sql "SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM challenge ORDER BY created DESC LIMIT 24) c")" -lt 16
before=$(given)
claim "the table is held again" hold
mixed 24 mobilfunk-hlr fernfunk-hlr
claim "for longer than anybody waits: each is told to ask again" is "$(codes)" "24 BUSY"
claim "and nothing was given" is "$(values | wc -l) $(($(given) - before))" "0 0"
mixed 24 mobilfunk-hlr fernfunk-hlr &
asking=$!
while kill -0 $asking 2>/dev/null; do # each session that waits for it, until there is an answer
	sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'challenge'::regclass" >/dev/null
	sleep 0.1
done
claim "whose sessions are ended are told so, each" is "$(jq -r .status "$work/answers" | sort | uniq -c | xargs)" "24 503"
claim "and nothing was given to them" is "$(values | wc -l) $(($(given) - before))" "0 0"
says "ROLLBACK;"
exec 9>&-
claim "when it is over they are given" mixed 24 mobilfunk-hlr fernfunk-hlr
claim "to each" is "$(codes) $(($(given) - before))" "24 given 24"

# ---- the database has these rules by itself

sql "CREATE TABLE one AS SELECT d.*, (SELECT pg_catalog.sha256(cert_der) FROM principal WHERE handle = 'mobilfunk-hlr') AS who
	FROM decision d WHERE verdict = 'permit' LIMIT 1; GRANT SELECT ON one TO assay_api;
	INSERT INTO challenge (value, organisation_id, expires, consumed) SELECT pg_catalog.sha256(v::text::bytea),
	(SELECT id FROM organisation WHERE handle = CASE v WHEN 4 THEN 'fernfunk' ELSE 'mobilfunk' END),
	assay_now() + interval '1 s' * CASE v WHEN 5 THEN 0 ELSE 60 END, CASE v WHEN 6 THEN assay_now() END
	FROM generate_series(1, 7) v"
# added CHALLENGES [WHO]: which of them are recorded
added() {
	sql "SET ROLE assay_api; SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT unnest(decision_add_together(
	    array_agg(${2:-o.who}), array_agg(pg_catalog.sha256(v::text::bytea)), array_agg(gen_random_uuid()), array_agg(gen_random_uuid()),
	    array_agg(o.request_sha256::bytea), array_agg(o.purpose), array_agg(o.mode), array_agg(o.verdict),
	    array_agg('{}'::text), array_agg('{}'::text), array_agg(o.tre_sha256::bytea), array_agg(o.platform_sha256::bytea),
	    max(o.event_id), array_agg(o.receipt), max(o.signer_id), array_agg(1::bigint), ARRAY['{}'],
	    array_agg(0::bigint), array_agg(0::bigint))) FROM one o, unnest(ARRAY[$1]) WITH ORDINALITY x (v, i)) y (n)" 2>&1
}
claim "what is good is recorded" is "$(added 1,2)" "1 2"
claim "once" is "$(added 1,2)" ""
claim "a challenge that two have, for the first" is "$(added 3,3)" "1"
claim "no other operator's" is "$(added 4)" ""
claim "none that is over" is "$(added 5)" ""
claim "none that was used" is "$(added 6)" ""
claim "nobody's" is "$(added 7 "pg_catalog.sha256('x')")" ""
claim "of who is locked nothing" is "$(added 7 "(SELECT pg_catalog.sha256(cert_der) FROM principal WHERE handle = 'mobilfunk-2')")" ""
claim "and by somebody else it still can" is "$(added 7)" "1"
sql "CREATE TABLE asks AS SELECT n, pg_catalog.sha256(cert_der) AS who FROM principal RIGHT JOIN unnest(
	ARRAY['mobilfunk-hlr', 'mobilfunk-2', 'tresor-pki', 'nobody', 'fernfunk-hlr']) WITH ORDINALITY x (h, n) ON handle = h;
	UPDATE asks SET who = '' WHERE who IS NULL; GRANT SELECT ON asks TO assay_api"
sql "SET ROLE assay_api; SELECT n, encode(value, 'hex') FROM challenge_add_together(ARRAY(SELECT who FROM asks ORDER BY n),
	ARRAY(SELECT pg_catalog.sha256(n::text::bytea) FROM asks ORDER BY n))" >"$work/given"
claim "a challenge is given to who may ask, whoever asks with it" is "$(cut -d'|' -f1 "$work/given" | xargs)" "1 5"
claim "to each its own, for 300 seconds" is "$(cut -d'|' -f2 "$work/given" | while read -r v; do
	sql "SELECT concat(o.handle, extract(epoch FROM expires - c.created)::int) FROM challenge c JOIN organisation o ON o.id = c.organisation_id
	    WHERE value = decode('$v', 'hex')"; done | xargs)" "mobilfunk300 fernfunk300"
of_nobody() { # COLUMN
	sql "INSERT INTO decision SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'request_id',
	    gen_random_uuid(), '$1', 0))).* FROM decision d LIMIT 1" 2>&1 | grep -q "nobody's, or signed by none"
}
for column in organisation_id principal_id signer_id; do
	claim "none refers to what is not there: $column" of_nobody $column
done
stop_instance
finish
