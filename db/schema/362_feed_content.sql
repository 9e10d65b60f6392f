-- What a feed says.  Reports are what history was at its time, so they never
-- change; what is beside them under "current" is how things stand.  The rest
-- of an entry says what it is about, and never changes either.

-- Entries of history that were told, as everybody may read them.
CREATE VIEW feed_told AS
	SELECT h.entity, h.subject_id, h.detail, h.recorded, r.number AS told,
	    h.id, jsonb_strip_nulls(jsonb_build_object('status', h.to_state,
	    'effectiveDate', json_time(h.effective),
	    'recorded', json_time(h.recorded))
	|| CASE h.entity
	    WHEN 'coc' THEN jsonb_build_object('of', 'coc',
		'certificateNumber', h.detail -> 'number',
		'level', h.detail -> 'level',
		'expires', json_time((h.detail ->> 'expires')::timestamptz),
		'ruleSet', s.name || ' ' || s.version,
		'onExpired', h.detail -> 'on_expired',
		'onSuspended', h.detail -> 'on_suspended',
		'onWithdrawn', h.detail -> 'on_withdrawn',
		'graceDays', h.detail -> 'grace_days')
	    WHEN 'measure' THEN jsonb_build_object('of', 'measure',
		'measure', h.detail -> 'number', 'kind', h.detail -> 'kind',
		'effect', h.detail -> 'effect',
		'lapses', json_time((h.detail ->> 'lapses')::timestamptz),
		'deadline',
		json_time((h.detail ->> 'deadline')::timestamptz),
		'escalatesTo', h.detail -> 'escalates_to',
		'leastFirmware', h.detail -> 'least_firmware',
		'firmwareFrom', h.detail -> 'firmware_from',
		'firmwareTo', h.detail -> 'firmware_to')
	    WHEN 'site_scope' THEN jsonb_build_object('expires',
		json_time((h.detail ->> 'expires')::timestamptz))
	    WHEN 'model' THEN jsonb_build_object('of', 'model')
	    ELSE '{}' END) AS report
	FROM feed_report r JOIN history h ON h.id = r.history_id
	LEFT JOIN ruleset s ON h.entity = 'coc'
	    AND s.id = (h.detail ->> 'ruleset_id')::bigint;

-- Each subject's reports, in the order in which they were told.  A CoC is its
-- model's; a measure stands by itself and, where it is on a model, in that
-- model's list as well.
CREATE VIEW feed_list AS
	SELECT x.list, x.id, jsonb_build_object(
	    'statusReports', jsonb_agg(t.report ORDER BY t.told, t.id),
	    'timeOfLastStatusChange', json_time((array_agg(t.recorded
		ORDER BY t.told DESC, t.id DESC))[1])) AS reports
	FROM feed_told t, LATERAL (
	    SELECT CASE t.entity WHEN 'coc' THEN 'model' ELSE t.entity END,
		CASE t.entity WHEN 'coc' THEN (t.detail ->> 'model_id')::bigint
		ELSE t.subject_id END
	    UNION ALL
	    SELECT 'model', (t.detail ->> 'scope_id')::bigint
	    WHERE t.entity = 'measure' AND t.detail ->> 'scope_kind'
		IN ('model', 'hardware_platform')) AS x (list, id)
	GROUP BY x.list, x.id;

-- What a model is, and how it stands.
CREATE VIEW feed_model AS
	SELECT m.id, jsonb_strip_nulls(jsonb_build_object('model', m.handle,
	    'kind', m.kind, 'name', m.name, 'version', m.version,
	    'organisation', o.handle, 'hardwarePlatform', p.handle,
	    'treKind', m.tre_kind,
	    'current', coalesce(c.current, '{"state": "none"}')
		|| jsonb_build_object('leastFirmware', m.least_firmware,
		'tacs', m.tacs, 'contains', k.contains))) AS about
	FROM model m JOIN organisation o ON o.id = m.organisation_id
	LEFT JOIN model p ON p.id = m.hardware_platform_id
	LEFT JOIN (SELECT x.terminal_model_id AS id,
	    jsonb_agg(t.handle ORDER BY t.handle) AS contains
	    FROM model_contains x JOIN model t ON t.id = x.tre_model_id
	    GROUP BY x.terminal_model_id) AS k ON k.id = m.id
	-- the CoC that speaks for it: as in accreditation_now()
	LEFT JOIN (SELECT DISTINCT ON (a.model_id) a.model_id,
	    jsonb_build_object('state', CASE WHEN over.it THEN 'expired'
		ELSE a.state END, 'certificateNumber', a.number,
		'level', a.level, 'since', json_time(CASE WHEN over.it
		    THEN a.expires ELSE a.effective END),
		'validFrom', json_time(a.valid_from),
		'expires', json_time(a.expires)) AS current
	    FROM (SELECT assay_now() AS t OFFSET 0) AS clock, coc a,
		LATERAL (SELECT a.expires <= clock.t AND a.state IN
		    ('provisional', 'certified', 'suspended') AS it) AS over
	    WHERE a.state NOT IN ('proposed', 'refused', 'superseded')
	    ORDER BY a.model_id, a.valid_from DESC, a.id DESC) AS c
	    ON c.model_id = m.id;

-- What each subject of a list is.
CREATE VIEW feed_subject (list, id, about) AS
	SELECT 'model', m.id, m.about FROM feed_model m
	UNION ALL
	SELECT 'site_scope', x.id, jsonb_strip_nulls(jsonb_build_object(
	    'site', s.handle, 'scope', x.scope, 'organisation', o.handle,
	    'name', s.name, 'country', s.country, 'current', jsonb_build_object(
		'state', CASE WHEN x.expires <= assay_now() AND x.state IN
		    ('provisional', 'full', 'suspended') THEN 'expired'
		    ELSE x.state END, 'expires', json_time(x.expires))))
	FROM site_scope x JOIN site s ON s.id = x.site_id
	JOIN organisation o ON o.id = s.organisation_id
	UNION ALL
	SELECT 'organisation', o.id, jsonb_build_object(
	    'organisation', o.handle, 'name', o.name, 'country', o.country,
	    'current', jsonb_build_object('state', o.state,
		'makes', o.makes))
	FROM organisation o
	UNION ALL
	SELECT 'issuer', i.id, jsonb_strip_nulls(jsonb_build_object('id', i.id,
	    'role', i.role, 'organisation', o.handle,
	    'certificateSha256', encode(sha256(i.cert_der), 'hex'),
	    'keyId', encode(i.key_id, 'hex'),
	    'delegated', CASE WHEN i.delegated THEN true END,
	    'current', jsonb_build_object('state', i.state)))
	FROM issuer i LEFT JOIN organisation o ON o.id = i.organisation_id
	UNION ALL
	SELECT 'measure', m.id, jsonb_strip_nulls(jsonb_build_object(
	    'measure', m.number, 'kind', m.kind,
	    'scopeKind', m.scope_kind, 'scope', m.scope_number, 'current', jsonb_build_object(
		'state', CASE WHEN m.state = 'in_force'
		    AND m.lapses <= assay_now() THEN 'lapsed'
		    ELSE m.state END, 'lapses', json_time(m.lapses))))
	FROM measure m;

CREATE FUNCTION feed_content(p_arc text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH told AS MATERIALIZED (
		SELECT list, id, about || reports || CASE list
		    WHEN 'model' THEN jsonb_build_object('oid',
			p_arc || '.3.' || id) ELSE '{}' END AS subject
		FROM feed_list JOIN feed_subject USING (list, id)
	)
	SELECT jsonb_object_agg(v.name, coalesce((SELECT
	    jsonb_agg(t.subject ORDER BY t.id) FROM told t
	    WHERE t.list = v.list), '[]'))
	FROM (VALUES ('entries', 'model'), ('sites', 'site_scope'),
	    ('suppliers', 'organisation'), ('authorities', 'issuer'),
	    ('measures', 'measure')) AS v (name, list);
$$;

-- Numbers that were told and are lost (380).
CREATE FUNCTION feed_restored() RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN coalesce((SELECT jsonb_build_object('restored', jsonb_agg(
	    jsonb_build_object('number', r.number, 'after', r.feed)
	    ORDER BY r.id)) FROM restore r WHERE r.feed IS NOT NULL
	    HAVING count(*) > 0), '{}');
END
$$;

-- The next number, with all that is known now; to be signed and stored in the
-- same transaction, which must read from one snapshot.
CREATE FUNCTION feed_make(p_arc text, OUT number bigint, OUT issued timestamptz,
    OUT next_update timestamptz, OUT content jsonb)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	last feed := (SELECT f FROM feed f ORDER BY f.number DESC LIMIT 1);
BEGIN
	IF current_setting('transaction_isolation') <> 'repeatable read' THEN
		RAISE EXCEPTION 'a feed is made from one snapshot'
		    USING ERRCODE = 'AY004', DETAIL = 'FEED_SNAPSHOT';
	END IF;
	number := coalesce(last.number, 0) + 1;
	issued := date_trunc('second', assay_now());
	next_update := issued + feed_validity();
	INSERT INTO feed_report (history_id, number)
	SELECT u.id, feed_make.number FROM feed_untold() AS u (id);
	content := (SELECT jsonb_build_object(
	    'legalHeader', format('Issued by %s. What it says held when it '
		'was issued; it must not be relied on after nextUpdate.', b.name),
	    'issuer', jsonb_build_object('name', b.name, 'country', b.country),
	    'no', feed_make.number, 'issued', json_time(feed_make.issued),
	    'nextUpdate', json_time(feed_make.next_update),
	    'previous', encode(last.sha256, 'hex'))
	    || feed_restored() || feed_content(p_arc)
	    FROM organisation b WHERE b.kind = 'body');
END
$$;

GRANT EXECUTE ON FUNCTION feed_make(text) TO assay_authority;
