-- Who sees what: the words that the rules of 900_tenancy.sql are made of.
--
-- assay_api reads tables under row-level security: a policy a table says which
-- rows the acting principal sees.  Without one it sees none, but for what is
-- public.  The owner's functions are not held by policies; so each of them that
-- the api may run either takes no more than a name and asks here whether it may
-- be told, or gives only what is everybody's.

-- The acting principal, as long as it may act: set_config() alone does no more
-- than actor_begin() would.  In PL/pgSQL, which keeps plans: policies ask this
-- in every statement.
CREATE FUNCTION actor_active() RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT p.id FROM principal p
	    JOIN organisation o ON o.id = p.organisation_id
	    WHERE p.id = actor_id() AND p.state = 'active'
	      AND o.state = 'active');
END
$$;

-- The kind of its organisation.
CREATE FUNCTION actor_kind() RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT o.kind FROM principal p
	    JOIN organisation o ON o.id = p.organisation_id
	    WHERE p.id = actor_active());
END
$$;

CREATE FUNCTION actor_is_body() RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN coalesce(actor_kind() = ''body'', false); END';

-- Whose things the actor sees, beside the body, who sees all: its own
-- organisation's and, as an auditor, those of whom a colleague or it itself
-- audits or has audited.
CREATE FUNCTION actor_organisations() RETURNS bigint[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who record;
BEGIN
	SELECT p.organisation_id AS own, p.role INTO who FROM principal p
	 WHERE p.id = actor_active();
	IF NOT FOUND THEN
		RETURN '{}';
	ELSIF who.role <> 'auditor' THEN
		RETURN ARRAY[who.own];
	END IF;
	RETURN ARRAY(SELECT who.own UNION SELECT s.organisation_id
	    FROM principal x
	    JOIN audit a ON x.id IN (a.auditor_1, a.auditor_2)
	    JOIN site s ON s.id = a.site_id
	    WHERE x.organisation_id = who.own);
END
$$;
CREATE INDEX audit_auditor_1 ON audit (auditor_1);
CREATE INDEX audit_auditor_2 ON audit (auditor_2);

-- Does the acting principal see what is this organisation's?
CREATE FUNCTION actor_sees(p_organisation bigint) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who record;
BEGIN
	SELECT o.kind, o.id AS own, p.role INTO who FROM principal p
	  JOIN organisation o ON o.id = p.organisation_id
	 WHERE p.id = actor_id() AND p.state = 'active' AND o.state = 'active';
	RETURN coalesce(who.kind = 'body' OR who.own = p_organisation OR
	    who.role = 'auditor' AND
	    p_organisation = ANY (actor_organisations()), false);
END
$$;

GRANT EXECUTE ON FUNCTION actor_active(), actor_is_body(),
	actor_organisations() TO assay_api;

-- ---- policies

-- A table's policy, in these words: {body} the body acts; {known} anybody acts;
-- {me} the acting principal; {seen} whose things it sees; {sites}, {models}
-- what is theirs.  The rule as written is the policy's comment, and stands in
-- policy/tenancy.md.
CREATE PROCEDURE tenancy(p_table text, p_rule text)
	LANGUAGE plpgsql
AS $$
DECLARE
	word record;
	expression text := p_rule;
BEGIN
	FOR word IN SELECT * FROM (VALUES
	    (1, '{sites}', '(SELECT id FROM site WHERE organisation_id = ANY {seen})'),
	    (2, '{models}', '(SELECT id FROM model WHERE organisation_id = ANY {seen})'),
	    (3, '{seen}', '((SELECT actor_organisations())::bigint[])'),
	    (4, '{body}', '(SELECT actor_is_body())'),
	    (5, '{known}', '((SELECT actor_active()) IS NOT NULL)'),
	    (6, '{me}', '(SELECT actor_active())')) AS w (n, name, means)
	    ORDER BY n
	LOOP
		expression := replace(expression, word.name, word.means);
	END LOOP;
	EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
	EXECUTE format('CREATE POLICY tenancy ON %I FOR SELECT TO assay_api '
	    'USING (%s)', p_table, expression);
	EXECUTE format('COMMENT ON POLICY tenancy ON %I IS %L', p_table,
	    p_rule);
END
$$;

-- ---- what is told of one thing

-- Whose it is; NULL where that is the body's matter.  For a noun, that is what
-- its function owner_of_NOUN(id) says; without one, only the body is told.
CREATE FUNCTION subject_owner(p_noun text, p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	owner bigint;
BEGIN
	IF to_regprocedure(format('assay.%I(bigint)', 'owner_of_' || p_noun))
	    IS NOT NULL THEN
		EXECUTE format('SELECT assay.%I($1)', 'owner_of_' || p_noun)
		    INTO owner USING p_id;
	END IF;
	RETURN owner;
END
$$;

-- Is it the actor's own, or that of somebody whom it sees?
CREATE FUNCTION subject_own(p_noun text, p_id bigint) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN actor_is_body() OR actor_sees(subject_owner(p_noun, p_id));
END
$$;

-- Things by their ids, in that order, as NOUN_json(NOUN) shows each, or another
-- function of that form; those that the actor may not see are left out.  A noun
-- that is not only its owner's has a function public_NOUN(NOUN): is this one for
-- whoever may act?  Its NOUN_json then hides what others aren't told.
CREATE FUNCTION shown(p_noun text, p_ids bigint[], p_form text DEFAULT '_json')
	RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	may text := '$2';
	all_of_them jsonb;
BEGIN
	IF to_regprocedure(format('assay.%I(assay.%I)', 'public_' || p_noun,
	    p_noun)) IS NOT NULL THEN
		may := may || format(' OR $4 AND %I(x)', 'public_' || p_noun);
	END IF;
	IF to_regprocedure(format('assay.%I(bigint)', 'owner_of_' || p_noun))
	    IS NOT NULL THEN
		may := may || format(' OR %I(x.id) = ANY ($3)',
		    'owner_of_' || p_noun);
	END IF;
	EXECUTE format('SELECT coalesce(jsonb_agg(%I(x) ORDER BY i.n), ''[]'') '
	    'FROM unnest($1) WITH ORDINALITY AS i (id, n) '
	    'JOIN assay.%I x ON x.id = i.id WHERE %s',
	    p_noun || p_form, p_noun, may)
	INTO all_of_them
	USING p_ids, actor_is_body(), actor_organisations(),
	    actor_active() IS NOT NULL;
	RETURN all_of_them;
END
$$;

-- One of them, or NULL.
CREATE FUNCTION shown(p_noun text, p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN shown(p_noun, ARRAY[p_id]) -> 0; END';
CREATE FUNCTION shown_whole(p_noun text, p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN shown(p_noun, ARRAY[p_id], ''_whole_json'') -> 0; END';

-- A list's answer: a hundred at most, and "next", what to give as ?before= where
-- there are more: the last one's name, from these members of it.
CREATE FUNCTION page_json(p_plural text, p_items jsonb, p_more bool,
    p_name text[]) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN jsonb_build_object(p_plural, p_items, 'next',
	    CASE WHEN p_more THEN array_to_string(
		ARRAY(SELECT p_items -> -1 ->> k FROM unnest(p_name)
		    WITH ORDINALITY AS t (k, n) ORDER BY n), '/') END);
END
$$;

-- The same of ids, a hundred and one at most: the last one only tells that there
-- are more.
CREATE FUNCTION list_json(p_plural text, p_noun text, p_name text[],
    p_ids bigint[]) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN page_json(p_plural, shown(p_noun, p_ids[1:100]),
	    cardinality(p_ids) > 100, p_name);
END
$$;

GRANT EXECUTE ON FUNCTION subject_own(text, bigint),
	shown(text, bigint), shown_whole(text, bigint),
	list_json(text, text, text[], bigint[]) TO assay_api;
