#!/usr/bin/env bash
# Four eyes, as the database has them: whatever takes two people, tried with
# every way of being one, by the api's role alone.  Every row of the table act
# is tried; one that this test knows no subject for fails.
set -u
. tests/lib/pg.sh
pg_start || exit 1
for f in matrix_cast matrix_accreditation matrix four_eyes; do
	sql assay_test <"tests/lib/$f.sql" >"$pg/out" || { tail -5 "$pg/out"; exit 1; }
done

# try "sentence" CODE|- ACT WHO "sql": the act is proposed, WHO acts as the api's
# role, and all is undone.  $p is the proposal.  What comes before "--" in the
# sql is done first, by the owner.
try() {
	local said=$1 code=$2 act=$3 who=$4 sql=$5 first=
	case $sql in *--*) first=${sql%%--*} sql=${sql#*--} ;; esac
	sql="BEGIN; SET LOCAL search_path = assay, t, pg_temp;
		SET LOCAL session_replication_role = replica;
		SELECT t.propose('$act') AS p \\gset
		$first;
		SET LOCAL session_replication_role = origin;
		SET LOCAL ROLE assay_api; CALL t.as($who);
		$sql; ROLLBACK"
	if [ "$code" = - ]; then claim assay_test "$said" <<<"$sql"
	else refused assay_test "$code" "$said" <<<"$sql"; fi
}
acts=$(sql assay_test <<<"SELECT name FROM assay.act ORDER BY name")
claim assay_test "every act has something to be done to" <<<"SELECT t.so(NOT EXISTS (
	SELECT FROM assay.act WHERE name NOT IN (SELECT act FROM t.act_on)))"
claim assay_test "and somebody who may propose, and another who may approve" <<<"SELECT t.so(
	bool_and(t.proposer(name) <> t.approver(name))) FROM assay.act"

for act in $acts; do
	second="t.approver('$act')" first="t.proposer('$act')"
	want=$(sql assay_test <<<"SELECT coalesce(otherwise, '-') FROM t.act_on WHERE act = '$act'")
	same=$(sql assay_test <<<"SELECT proposer_roles[1] = ANY (approver_roles) FROM assay.act WHERE name = '$act'")
	if [ "$same" = t ]; then
		try "$act: whoever proposed it does not approve it" FOUR_EYES $act "$first" "SELECT t.judge(:p, 'approve')"
		try "$act: nor rejects it" FOUR_EYES $act "$first" "SELECT t.judge(:p, 'reject')"
	else
		try "$act: whoever proposed it does not approve it" ROLE_REQUIRED $act "$first" "SELECT t.judge(:p, 'approve')"
	fi
	for role in $(sql assay_test <<<"SELECT r FROM assay.act, unnest('{officer,decider,auditor,supplier,operator,security,reader}'::text[]) r
			WHERE name = '$act' AND NOT r = ANY (approver_roles)"); do
		try "$act: a second person who is $role does not" ROLE_REQUIRED $act "'$role'" "SELECT t.judge(:p, 'approve')"
	done
	for role in $(sql assay_test <<<"SELECT r FROM assay.act, unnest('{officer,decider,auditor,supplier,operator,security,reader}'::text[]) r
			WHERE name = '$act' AND NOT r = ANY (proposer_roles)"); do
		try "$act: one who is $role does not propose it" 42501 $act "'$role'" \
			"SELECT t.sign('/', '{}'); SELECT proposal_open('$act', 1, 'x', '{}')"
	done
	try "$act: approving is signed" STATEMENT_REQUIRED $act "$second" "SELECT t.say(:p, 'approve')"
	try "$act: with what is said" STATEMENT_DIFFERS $act "$second" \
		"SELECT t.sign('/v1/proposals/' || :p || '/approve', t.terms(:p, 'reject')); SELECT t.say(:p, 'approve')"
	try "$act: for that address" STATEMENT_DIFFERS $act "$second" \
		"SELECT t.sign('/v1/proposals/0/approve', t.terms(:p, 'approve')); SELECT t.say(:p, 'approve')"
	try "$act: about those terms" TERMS_CHANGED $act "$second" \
		"SELECT t.sign('/', '{}'); SELECT proposal_judge(id, subject_number, act, t.sha('other'), 'approve', NULL) FROM t.proposed(:p)"
	try "$act: about that subject" TERMS_CHANGED $act "$second" \
		"SELECT t.sign('/', '{}'); SELECT proposal_judge(id, 'another', act, terms_sha256, 'approve', NULL) FROM t.proposed(:p)"
	try "$act: with the statement of this very transaction" STATEMENT_REQUIRED $act "$second" \
		"INSERT INTO statement (principal_id, url, body, jws, jws_sha256) SELECT t.who(t.approver('$act')),
			'/v1/proposals/' || :p || '/approve', convert_to(t.terms(:p, 'approve')::text, 'UTF8'), '', t.sha('old');
		-- SELECT t.say(:p, 'approve')"
	try "$act: with nobody else's statement" STATEMENT_REQUIRED $act "$second" \
		"SELECT t.sign('/v1/proposals/' || :p || '/approve', t.terms(:p, 'approve'));
		SELECT set_config('assay.actor', t.who(t.approver('$act') || '')::text, true);
		SELECT set_config('assay.statement', '1', true); SELECT t.say(:p, 'approve')"
	try "$act: a rejection says why" REASON_REQUIRED $act "$second" \
		"SELECT t.sign('/', '{}'); SELECT proposal_judge(id, subject_number, act, terms_sha256, 'reject', '') FROM t.proposed(:p)"
	for gone in "UPDATE principal SET state = 'locked' WHERE handle = $first" \
		"UPDATE principal SET state = 'removed' WHERE handle = $first"; do
		try "$act: not when its proposer is ${gone:28:6}" PROPOSER_NOT_ACTIVE $act "$second" "$gone -- SELECT t.judge(:p, 'approve')"
	done
	try "$act: but then it can be rejected" - $act "$second" \
		"UPDATE principal SET state = 'locked' WHERE handle = $first -- SELECT t.judge(:p, 'reject')"
	try "$act: another one approves it" "$want" $act "$second" "SELECT t.judge(:p, 'approve');
		SELECT t.so(state = 'approved' AND t.state_of('$act') IS NOT NULL) FROM t.proposed(:p)"
	[ "$want" = - ] && try "$act: once" PROPOSAL_CLOSED $act "$second" "SELECT t.judge(:p, 'approve'); SELECT t.judge(:p, 'approve')"
	try "$act: another one rejects it, once" PROPOSAL_CLOSED $act "$second" "SELECT t.judge(:p, 'reject'); SELECT t.judge(:p, 'approve')"
	try "$act: a second proposal waits for the first" 23505 $act "$first" "SELECT t.propose('$act') -- SELECT 1"
	try "$act: nobody else withdraws it" NOT_ITS_PROPOSER $act "$second" "SELECT t.withdraw(:p)"
	try "$act: its proposer withdraws it, and then nobody approves it" - $act "$first" "SELECT t.withdraw(:p);
		SELECT t.so(state = 'withdrawn') FROM t.proposed(:p)"
	try "$act: withdrawing is signed" STATEMENT_REQUIRED $act "$first" "SELECT proposal_withdraw(:p, 'as tested')"
	try "$act: what is withdrawn is not approved" PROPOSAL_CLOSED $act "$first" \
		"SELECT t.withdraw(:p); CALL t.as($second); SELECT t.judge(:p, 'approve')"
	try "$act: none of it is written by hand" 42501 $act "$second" "UPDATE proposal SET state = 'approved' WHERE id = :p"
	try "$act: nor called past the proposal" 42501 $act "$second" "SELECT act_$act(t.proposed(:p))"
done

# ---- what moved meanwhile: where the act itself is done, not ordered
for moved in "organisation_activate organisation terminated" "organisation_reinstate organisation terminated" \
	"principal_create principal removed" "principal_unlock principal removed" "audit_decide audit closed" \
	"coc_certify coc refused" "coc_suspend coc withdrawn" "coc_withdraw coc expired" \
	"measure_impose measure rejected" "incident_dismiss incident confirmed"; do
	read -r act tbl state <<<"$moved"
	try "$act: not when what it is about is $state by now" AY004 $act "t.approver('$act')" \
		"UPDATE $tbl SET state = '$state' WHERE id = (SELECT subject_id FROM proposal WHERE id = :p)
		-- SELECT t.judge(:p, 'approve')"
done

# ---- what a proposal that ends otherwise does to its subject
for ended in "principal_create principal removed" "coc_certify coc refused" "measure_impose measure rejected" \
	"device_rebind rebinding rejected" "coc_withdraw coc certified" "organisation_activate organisation applicant"; do
	read -r act tbl state <<<"$ended"
	so="SELECT t.so(t.state_of('$act') = '$state', t.state_of('$act'))"
	try "$act withdrawn: $tbl is $state" - $act "t.proposer('$act')" "SELECT t.withdraw(:p); RESET ROLE; $so"
	try "$act rejected: $tbl is $state" - $act "t.approver('$act')" "SELECT t.judge(:p, 'reject'); RESET ROLE; $so"
	try "$act lapsed: $tbl is $state" - $act "t.approver('$act')" "RESET ROLE;
		INSERT INTO test_clock (now) SELECT created + interval '30 days' FROM proposal WHERE id = :p;
		SELECT t.so(clock_proposal(assay_now()) >= 1); $so"
done

# ---- by the clock, to the second
p="(SELECT created FROM proposal WHERE id = :p)"
try "a second before 30 days it is open" - measure_lift "'decider'" "RESET ROLE;
	INSERT INTO test_clock (now) VALUES ($p + interval '30 days - 1 second');
	SELECT clock_proposal(assay_now()); SELECT t.so(state = 'open') FROM proposal WHERE id = :p"
try "at 30 days it has lapsed, once, and the body knows" - measure_lift "'decider'" "RESET ROLE;
	INSERT INTO test_clock (now) VALUES ($p + interval '30 days');
	SELECT t.so(clock_proposal(assay_now()) >= 1), t.so(clock_proposal(assay_now()) = 0);
	SELECT t.so(state = 'lapsed') FROM proposal WHERE id = :p;
	SELECT t.so(count(*) = 1) FROM notice n JOIN proposal q ON n.subject = q.subject_number
		AND n.topic = 'proposal.lapsed' AND n.once = q.id::text WHERE q.id = :p"
try "what has lapsed is not approved" PROPOSAL_CLOSED measure_lift "'decider'" "RESET ROLE;
	INSERT INTO test_clock (now) VALUES ($p + interval '30 days'); SELECT clock_proposal(assay_now());
	SET LOCAL ROLE assay_api; SELECT t.judge(:p, 'approve')"

# ---- duties that are apart without a proposal
mine() { # sentence CODE WHO sql, as the api's role
	try "$1" "$2" measure_lift "'$3'" "$4"
}
mine "a supplier does not accept evidence" ROLE_REQUIRED supplier \
	"SELECT evidence_judge(t.sha('submitted'), 'accepted', NULL, NULL)"
mine "nobody accepts evidence of their own" FOUR_EYES officer "UPDATE evidence SET submitted_by = t.who('officer')
	WHERE sha256 = t.sha('submitted') -- SELECT evidence_judge(t.sha('submitted'), 'accepted', NULL, NULL)"
mine "nor is it written so" 42501 officer "UPDATE evidence SET state = 'accepted'"
mine "one auditor does not report and confirm" FOUR_EYES auditor-2 "SELECT audit_confirm('AUD-in-progress', 'compliant', t.sha('paper'), now())"
mine "an auditor who is decider by now does not decide" AUDITOR_DECIDES auditor \
	"UPDATE principal SET role = 'decider' WHERE handle = 'auditor'
	-- SELECT t.sign('/v1/audits/AUD-reported/decide', '{\"result\": \"compliant\"}'); SELECT audit_decide('AUD-reported', 'compliant')"
try "nor approves the decision" AUDITOR_DECIDES audit_decide "'auditor'" \
	"UPDATE principal SET role = 'decider' WHERE handle = 'auditor' -- SELECT t.judge(:p, 'approve')"
mine "a supplier has no auditors, so that none audits itself" ROLE_MISMATCH officer \
	"SELECT t.sign('/v1/principals', '{}'); SELECT principal_new('x1', 'acme', 'auditor', 'csr')"
mine "an auditing body no deciders" ROLE_MISMATCH officer \
	"SELECT t.sign('/v1/principals', '{}'); SELECT principal_new('x1', 'lookers', 'decider', 'csr')"
mine "one officer makes nobody who can act" - officer "SELECT t.sign('/v1/principals', jsonb_build_object(
	'handle', 'x1', 'organisation', 'acme', 'role', 'supplier', 'csr', encode('csr', 'base64')));
	SELECT t.so(principal_new('x1', 'acme', 'supplier', 'csr') ->> 'state' = 'proposed');
	SELECT t.so(NOT EXISTS (SELECT FROM \"order\"))"
mine "whoever entered a model does not register it" FOUR_EYES officer \
	"SELECT model_create('x1', 'hardware_platform', 'acme', 'X', '1', NULL, NULL, NULL, NULL, NULL);
	SELECT model_register('x1')"
mine "another officer does" - officer \
	"SELECT model_create('x1', 'hardware_platform', 'acme', 'X', '1', NULL, NULL, NULL, NULL, NULL);
	CALL t.as('officer-2'); SELECT model_register('x1')"
mine "whoever imposed an emergency measure does not confirm it" FOUR_EYES security-2 \
	"SELECT t.sign('/v1/measures/MEA-in-force/confirm', '{\"reason\": \"x\"}'); SELECT measure_confirm('MEA-in-force', 'x')"
mine "two principals with one key are no two people" 23505 officer \
	"INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	SELECT 2, n, 'access', '\\x01', n::text::bytea, t.sha(n::text), t.sha('one key'), now() FROM generate_series(1, 2) n -- SELECT 1"

exit $bad
