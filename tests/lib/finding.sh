# Audits, findings and evidence as people sign them, after pg.sh and registry.sh.

sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
-- what is signed, said and done at once
CREATE FUNCTION t.found(a text, severity text, said text DEFAULT 'a gap',
    sc text DEFAULT 'tre_production', rule text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.finding_new(a, sc, severity, rule, said) $$;
CREATE FUNCTION t.sha(content text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(content, 'UTF8')) $$;
CREATE FUNCTION t.answer(f text, content text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.finding_respond(f, 'understood', CASE WHEN content IS NULL
	    THEN '{}' ELSE ARRAY[t.sha(content)] END) $$;
CREATE FUNCTION t.plan(f text, verdict text, said text DEFAULT 'good')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/findings/' || f || '/' || CASE verdict
	    WHEN 'accepted' THEN 'accept-plan' ELSE 'reject-plan' END,
	    jsonb_build_object('reason', said)::text);
	SELECT assay.finding_judge_plan(f, verdict, said) $$;
CREATE FUNCTION t.mended(f text, content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/findings/' || f || '/close', jsonb_build_object(
	    'evidence', ARRAY[encode(t.sha(content), 'hex')])::text);
	SELECT assay.finding_close(f, ARRAY[t.sha(content)]) $$;
CREATE FUNCTION t.repudiate(content text, why text DEFAULT 'forged')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/evidence/' || encode(t.sha(content), 'hex') ||
	    '/repudiate', jsonb_build_object('reason', why)::text);
	SELECT assay.evidence_repudiate(t.sha(content), why) $$;
CREATE FUNCTION t.supersede(content text, by_this text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/evidence/' || encode(t.sha(content), 'hex') ||
	    '/supersede', jsonb_build_object('by',
	    encode(t.sha(by_this), 'hex'))::text);
	SELECT assay.evidence_supersede(t.sha(content), t.sha(by_this)) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL

tick() { sql assay_authority <<<"SELECT clock_tick()" >/dev/null; }
# finding NUMBER SENTENCE CONDITION, scope SITE SENTENCE CONDITION
finding() { so "$2" "(SELECT $3 FROM finding WHERE number = '$1')"; }
scope() { so "$2" "(SELECT $3 FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = '$1' AND scope = 'tre_production')"; }
told() { so "$1" "EXISTS (SELECT FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = '$2' AND topic = '$3' AND subject = '$4' $5)"; }
# plan SITE TYPE: an audit of its TrE production, begun; its number is n
number=0 year=2027
begun() {
	number=$((number + 1)); n=AUD-$year-$(printf %06d $number)
	may officer-1 "a $2 audit of $1 is planned" <<<"SELECT audit_plan('$1', '$2', '{tre_production}', '{auditor-1,auditor-2}', '$year-01-01');"
	may auditor-1 "and begun" <<<"SELECT audit_start('$n');"
}
report() { # result ended report
	may auditor-1 "$n is reported $1" <<<"SELECT t.report('$n', '$1', '$2', '$3');"
	may auditor-2 "and confirmed" <<<"SELECT t.confirm_report('$n');"
}
decided() { # result
	may decider-1 "a decider proposes" <<<"SELECT t.decide('$n', '$1');"
	may decider-2 "another approves" <<<"SELECT t.judge('$n', 'approve');"
}
file() { # who content: submitted, and accepted by an officer
	may "$1" "$1 submits $2" <<<"SELECT t.file('$2');"
	may officer-1 "an officer accepts it" <<<"SELECT t.accept('$2');"
}
