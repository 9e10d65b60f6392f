-- Who sees which rows, a table a line; policy/tenancy.md says it in words, and a
-- test holds both together.  The words in braces are in 105_tenancy.sql.
--
-- A table that comes later has its line beside its noun:
--	CALL tenancy('finding', '{body} OR ...');
-- and in policy/tenancy.md; and if functions tell of it by its id (shown(),
-- history_json()), a function owner_of_NOUN(id).

CALL tenancy('organisation',
	'{body} OR id = ANY {seen} OR {known} AND kind = ''body''');
CALL tenancy('principal', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('statement', '{body} OR principal_id = {me}');
CALL tenancy('evidence', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('site', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('site_scope', '{body} OR site_id IN {sites}');
CALL tenancy('audit', '{body} OR site_id IN {sites}');
CALL tenancy('finding', '{body} OR audit_id IN'
	' (SELECT id FROM audit WHERE site_id IN {sites})');
CALL tenancy('finding_response',
	'{body} OR finding_id IN (SELECT id FROM finding)');
CALL tenancy('finding_plan',
	'{body} OR finding_id IN (SELECT id FROM finding)');

CALL tenancy('ruleset', 'true');
CALL tenancy('tre_kind', 'true');
CALL tenancy('model', '{body} OR organisation_id = ANY {seen}'
	' OR {known} AND state <> ''draft''');
CALL tenancy('model_contains',
	'{body} OR terminal_model_id IN (SELECT id FROM model)');
CALL tenancy('declaration', '{body} OR model_id IN {models}');
CALL tenancy('coc', '{body} OR model_id IN {models}'
	' OR {known} AND state NOT IN (''proposed'', ''refused'')');
CALL tenancy('scheme', 'true');
CALL tenancy('external_certificate',
	'{body} OR model_id IN {models} OR site_id IN {sites}');
CALL tenancy('coc_component', '{body} OR coc_id IN (SELECT id FROM coc)');
CALL tenancy('measure', '{body}'
	' OR {known} AND state NOT IN (''proposed'', ''rejected'')'
	' OR subject_own(''measure'', id)');
CALL tenancy('measure_kind', 'true');
CALL tenancy('appeal', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('correction', '{body} OR subject_own(''correction'', id)');

CALL tenancy('act', 'true');
CALL tenancy('proposal', '{body}');
CALL tenancy('approval', '{body}');
CALL tenancy('order', '{body}');
CALL tenancy('history', '{body} OR subject_own(entity, subject_id)');
CALL tenancy('transition', 'true');
CALL tenancy('migration', 'true');

CALL tenancy('lot', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('device', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('binding', '{body}'
	' OR EXISTS (SELECT FROM device d WHERE d.id = tre_id)'
	' OR EXISTS (SELECT FROM device d WHERE d.id = terminal_id)');
CALL tenancy('rebinding', '{body}'
	' OR EXISTS (SELECT FROM device d WHERE d.id = terminal_id)');
CALL tenancy('certificate', '{body} OR issuer_id IN (SELECT id FROM issuer'
	' WHERE organisation_id = ANY {seen}) OR {known}'
	' AND profile NOT IN (''tre'', ''terminal'', ''access'')');
CALL tenancy('issuer', 'true');
CALL tenancy('delegated_key', 'true');
CALL tenancy('delegated_certificate', 'true');
CALL tenancy('crl', 'true');
CALL tenancy('publication', 'true');
CALL tenancy('publication_part', 'true');
CALL tenancy('status_head', 'true');
CALL tenancy('status_event', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('decision', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('decision_looked_at', '{body} OR organisation_id = ANY {seen}');

-- Rows of a lot come in by COPY, which row-level security does not allow; the
-- api reads none of them by itself (lot_results()), and a trigger guards what
-- it adds (400).

-- ---- whose a thing is

CREATE FUNCTION owner_of_organisation(p_id bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp AS 'SELECT p_id';

-- From a column of its own, or through the table that it hangs on.
CREATE PROCEDURE owner_is(p_noun text, p_query text)
	LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('CREATE FUNCTION %I(p_id bigint) RETURNS bigint '
	    'LANGUAGE plpgsql STABLE SECURITY DEFINER '
	    'SET search_path = assay, pg_temp AS %L', 'owner_of_' || p_noun,
	    format('BEGIN RETURN (%s); END', p_query));
END
$$;
CALL owner_is('principal',
	'SELECT organisation_id FROM principal WHERE id = p_id');
CALL owner_is('evidence',
	'SELECT organisation_id FROM evidence WHERE id = p_id');
CALL owner_is('site', 'SELECT organisation_id FROM site WHERE id = p_id');
CALL owner_is('site_scope', 'SELECT s.organisation_id FROM site_scope x'
	' JOIN site s ON s.id = x.site_id WHERE x.id = p_id');
CALL owner_is('audit', 'SELECT s.organisation_id FROM audit a'
	' JOIN site s ON s.id = a.site_id WHERE a.id = p_id');
CALL owner_is('finding', 'SELECT finding_organisation(f) FROM finding f'
	' WHERE f.id = p_id');
CALL owner_is('model', 'SELECT organisation_id FROM model WHERE id = p_id');
CALL owner_is('declaration', 'SELECT m.organisation_id FROM declaration d'
	' JOIN model m ON m.id = d.model_id WHERE d.id = p_id');
CALL owner_is('coc', 'SELECT m.organisation_id FROM coc c'
	' JOIN model m ON m.id = c.model_id WHERE c.id = p_id');
CALL owner_is('measure',
	'SELECT measure_organisation(m) FROM measure m WHERE m.id = p_id');
CALL owner_is('appeal', 'SELECT organisation_id FROM appeal WHERE id = p_id');
CALL owner_is('correction', 'SELECT measure_organisation(m) FROM correction c'
	' JOIN measure m ON m.id = c.measure_id WHERE c.id = p_id');
CALL owner_is('external_certificate', 'SELECT external_certificate_organisation(x)'
	' FROM external_certificate x WHERE x.id = p_id');
CALL owner_is('lot', 'SELECT organisation_id FROM lot WHERE id = p_id');
CALL owner_is('device', 'SELECT organisation_id FROM device WHERE id = p_id');
CALL owner_is('rebinding', 'SELECT d.organisation_id FROM rebinding r'
	' JOIN device d ON d.id = r.terminal_id WHERE r.id = p_id');
CALL owner_is('subscription',
	'SELECT organisation_id FROM subscription WHERE id = p_id');
CALL owner_is('certificate', 'SELECT i.organisation_id FROM issuer i'
	' WHERE i.id = p_id >> 48');

-- ---- what is everybody's who may act at all: its NOUN_json() hides the rest

CREATE FUNCTION public_organisation(o organisation) RETURNS bool
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT o.kind = 'body' $$;
CREATE FUNCTION public_model(m model) RETURNS bool
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT m.state <> 'draft' $$;
CREATE FUNCTION public_coc(c coc) RETURNS bool
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT c.state NOT IN ('proposed', 'refused') $$;
CREATE FUNCTION public_measure(m measure) RETURNS bool
	LANGUAGE sql IMMUTABLE
	AS $$ SELECT m.state NOT IN ('proposed', 'rejected') $$;
