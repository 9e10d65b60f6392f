#!/usr/bin/env bash
# Nothing that the clock does keeps CRLs and feed waiting: neither when it has
# something to do each second, nor when somebody holds a lock in its way.  And a
# clock that leaps does nothing before somebody could look, but CRLs go on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. tests/lib/receipt.sh
. tests/lib/feed.sh
start_accredited
. "$top/tests/lib/account.sh"
claim "two lots are issued" story_lots 4

says() { curl -fsS "$PUBLIC_URL/feed/latest.jws" -o "$work/latest" && feed_payload "$work/latest" | jq -e "$1" >/dev/null; }
tells() { # what the feed tells of a model's last measure
	says "[.entries[] | select(.model == \"$1\") | .statusReports[].status] | last == \"$2\""
}
crl=$(leaf_of "$(tre_id 1)" | openssl x509 -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
listed() { curl -fsS "$crl" | openssl crl -inform DER -noout -text | grep -qi "Serial Number: $(serial_of "$(tre_id "$1")")"; }
impose() { # MODEL
	j security-1 measure impose --kind hold --scope-kind model --scope "$1" --legal-basis "a report" --emergency |
		jq -e .number
}
revoke() { a security-1 cert revoke "$(serial_of "$(tre_id "$1")")" --reason keyCompromise; }
so_far=$(wc -l <"$VAR/log/authority.log") # it has waited for the witnesses of a database started anew
failed() { sed -n "1,${so_far}d; s/.*could not //p" "$VAR/log/authority.log"; }

# ---- each second something is due
owner <<'SQL'
CREATE FUNCTION assay.clock_always(t timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1';
INSERT INTO assay.clock_rule (ord, name, what) VALUES (9999, 'always', 'something is due each second');
SQL
sleep 2
claim "a certificate is revoked" revoke 1
claim "a model is put on hold" impose karren-t1
claim "the CRL has it" within 60 listed 1
claim "the feed tells of it" within 60 tells karren-t1 in_force
claim "the authority has not failed in anything" is "$(failed)" ""
owner <<<"DELETE FROM assay.clock_rule WHERE name = 'always'"

# ---- a clock that goes forty days ahead
wall() { # SECONDS: PostgreSQL's clock leaps
	owner <<-SQL >/dev/null
		BEGIN;
		CREATE OR REPLACE FUNCTION assay.clock_wall() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
			SET search_path = assay, pg_temp
			AS 'SELECT floor(extract(epoch FROM clock_timestamp()))::bigint + $1';
		DELETE FROM assay.test_clock;
		INSERT INTO assay.test_clock (now) SELECT now() + interval '$1 s' WHERE $1 <> 0;
		COMMIT;
	SQL
}
ticks() { [ "$(owner <<<"SELECT count(*) FROM public.ticked")" "$@" ]; }
owner <<'SQL' >/dev/null
CREATE TABLE public.ticked (n int);
CREATE FUNCTION assay.clock_noted(t timestamptz) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
	'BEGIN INSERT INTO public.ticked VALUES (1); RETURN 0; END';
INSERT INTO assay.clock_rule (ord, name, what) VALUES (9998, 'noted', 'it ticks');
GRANT INSERT ON public.ticked TO assay_owner;
SQL
claim "the clock ticks" until_true 10 ticks -gt 0
wall 3456000
claim "that it has leapt is noticed" until_true 10 grep -q "ALARM.*clock has gone 345[56].* s in no time" "$VAR/log/authority.log"
owner <<<"DELETE FROM public.ticked" >/dev/null
sleep 4
claim "nothing ends by it" ticks = 0
claim "the body hears of it" eval "j officer-1 notice list --topic alarm.clock | jq -e '.notices[0] | .subject == \"time\" and .detail.seconds > 3455000'"
claim "once" is "$(j officer-1 notice list --topic alarm.clock | jq '.notices | length')" 1
# nothing is permitted, issued, renewed; what takes trust away goes on
refused CLOCK_LEAPT "no decision is given" assay --as mobilfunk-hlr decide --tre "$(tre_id 3)" --terminal "$(term_id 3)"
made() { owner <<<"SELECT count(*) FROM assay.certificate"; }
update() { curl -fsS "$crl" | openssl crl -inform DER -noout -lastupdate | cut -d= -f2; }
before=$(made)
claim "a certificate is revoked" revoke 4
claim "the CRL has it" within 60 listed 4
claim "and is of today" eval 'off=$(($(date +%s) - $(date -d "$(update)" +%s))); [ $off -gt -60 ] && [ $off -lt 120 ]'
refused CLOCK_LEAPT "nor anything signed of what was" assay --as reader history "$(tre_id 3)" --out "$work/standing.json"
claim "nothing was certified meanwhile" is "$(made)" "$before"
wall 0
claim "gone back, it ticks again" until_true 10 ticks -gt 0
# an authority that starts finds the clock behind what it has seen
authority() { pgrep -P "$RUN_PID" -f assay-authority; }
doubted() { [ "$(owner <<<"SELECT leapt FROM assay.witness WHERE name = 'authority'")" "$@" ]; }
old=$(authority)
kill -STOP "$old"
wall -3456000
kill -9 "$old"
claim "an authority that starts believes no clock that has gone back meanwhile" until_true 20 doubted -lt -3450000
refused CLOCK_LEAPT "no decision is given" assay --as mobilfunk-hlr decide --tre "$(tre_id 3)" --terminal "$(term_id 3)"
wall 0
claim "but when it is right again" until_true 10 doubted = 0
wall -3456000
claim "when it goes back once more" until_true 10 doubted -lt -3450000
kill -9 "$(authority)"
claim "whoever starts the authority anew has looked: it is believed" until_true 20 doubted = 0
sleep 2
claim "and stays so" doubted = 0
wall 0
claim "and when it is set right, that is a leap again" until_true 10 doubted -gt 3450000
kill -9 "$(authority)"
claim "which is believed when it is started" until_true 20 doubted = 0
# a CRL that was in the making when it went back is of before: another is made at once
claim "and who asks gets a decision" until_true 10 eval '[ "$(j mobilfunk-hlr decide --tre "$(tre_id 3)" --terminal "$(term_id 3)" | jq -r ".reasons[0]")" = MEASURE_HOLD ]'
owner <<<"DELETE FROM assay.clock_rule WHERE name = 'noted'" >/dev/null

# ---- what nobody asks for any more
owner <<'SQL'
INSERT INTO assay.challenge (value, organisation_id, created, expires, consumed)
	SELECT assay.challenge_begins(t) || substr(pg_catalog.sha256(int4send(n)), 7), 1, t, t + interval '300 s', t
	FROM generate_series(1, 12000) n, LATERAL (SELECT now() - interval '1 day' + n * interval '1 s') x (t);
INSERT INTO assay.challenge (value, organisation_id, expires)
	VALUES (assay.challenge_begins(now()) || substr(pg_catalog.sha256('x'), 7), 1, now() + interval '300 s');
SQL
challenges() { owner <<<"SELECT count(*) FROM assay.challenge WHERE organisation_id = 1"; }
claim "challenges of yesterday are forgotten, today's are not" within 20 eval '[ "$(challenges)" = 1 ]'

# ---- a table of the clock's that nobody can read
coproc HOLDER { psql -h "$run" -U "$(id -un)" -d assay -qAtX 2>&1; }
echo "BEGIN; LOCK TABLE assay.subscription_secret, assay.rebinding, assay.principal_renewal, assay.declaration_challenge," \
	"assay.attestation_key, assay.external_certificate IN ACCESS EXCLUSIVE MODE; \\echo held" >&"${HOLDER[1]}"
read -r -t 20 line <&"${HOLDER[0]}"
claim "somebody holds six tables that the clock reads" is "$line" held
claim "another is revoked meanwhile" revoke 2
claim "and another model put on hold" impose tresor-m2
claim "the CRL has it" within 60 listed 2
claim "the feed tells of it" within 60 tells tresor-m2 in_force
holder=$HOLDER_PID
echo "ROLLBACK; \\q" >&"${HOLDER[1]}"
wait "$holder"
claim "and goes on afterwards" eval 'revoke 3 && within 60 listed 3'
finish
