-- What a feed says.  Reports are what history was at its time, so they never
-- change; what is beside them under "current" is how things stand.  The rest
-- of an entry says what it is about, and never changes either.

-- One entry of history, as everybody may read it.
CREATE FUNCTION feed_report_json(h history) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('status', h.to_state,
	    'effectiveDate', json_time(h.effective),
	    'recorded', json_time(h.recorded))
	|| CASE h.entity
	    WHEN 'coc' THEN jsonb_build_object('of', 'coc',
		'certificateNumber', h.detail -> 'number',
		'level', h.detail -> 'level',
		'expires', json_time((h.detail ->> 'expires')::timestamptz),
		'ruleSet', (SELECT r.name || ' ' || r.version FROM ruleset r
		    WHERE r.id = (h.detail ->> 'ruleset_id')::bigint),
		'onExpired', h.detail -> 'on_expired',
		'onSuspended', h.detail -> 'on_suspended',
		'onWithdrawn', h.detail -> 'on_withdrawn',
		'graceDays', h.detail -> 'grace_days')
	    WHEN 'measure' THEN jsonb_build_object('of', 'measure',
		'measure', h.detail -> 'number', 'kind', h.detail -> 'kind',
		'lapses', json_time((h.detail ->> 'lapses')::timestamptz))
	    WHEN 'site_scope' THEN jsonb_build_object('expires',
		json_time((h.detail ->> 'expires')::timestamptz))
	    WHEN 'model' THEN jsonb_build_object('of', 'model')
	    ELSE '{}' END);
$$;

-- Whose list a report stands in: a CoC is its model's, a measure stands by
-- itself and, where it is on a model, in that model's list as well.
CREATE FUNCTION feed_told() RETURNS TABLE (list text, id bigint, told bigint,
    history_id bigint, recorded timestamptz, report jsonb)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH told AS MATERIALIZED (
		SELECT h.entity, h.subject_id, h.detail, h.recorded,
		    r.number AS told, h.id, feed_report_json(h) AS report
		FROM feed_report r JOIN history h ON h.id = r.history_id
	)
	SELECT CASE t.entity WHEN 'coc' THEN 'model' ELSE t.entity END,
	    CASE t.entity WHEN 'coc' THEN (t.detail ->> 'model_id')::bigint
	    ELSE t.subject_id END, t.told, t.id, t.recorded, t.report
	FROM told t
	UNION ALL
	SELECT 'model', (t.detail ->> 'scope_id')::bigint, t.told, t.id,
	    t.recorded, t.report
	FROM told t WHERE t.entity = 'measure'
	    AND t.detail ->> 'scope_kind' IN ('model', 'hardware_platform');
$$;

-- Reports in the order in which they were told, and the last one's time.
CREATE FUNCTION feed_lists() RETURNS TABLE (list text, id bigint,
    reports jsonb)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT t.list, t.id, jsonb_build_object(
	    'statusReports', jsonb_agg(t.report ORDER BY t.told, t.history_id),
	    'timeOfLastStatusChange', json_time((array_agg(t.recorded
		ORDER BY t.told DESC, t.history_id DESC))[1]))
	FROM feed_told() AS t GROUP BY t.list, t.id;
$$;

CREATE FUNCTION feed_model_json(m model, p_arc text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('model', m.handle,
	    'kind', m.kind, 'oid', p_arc || '.3.' || m.id, 'name', m.name,
	    'version', m.version, 'organisation', o.handle,
	    'hardwarePlatform', (SELECT handle FROM model
		WHERE id = m.hardware_platform_id),
	    'treKind', m.tre_kind,
	    'current', coalesce((SELECT jsonb_build_object('state', a.state,
		'certificateNumber', a.number, 'level', a.level,
		'since', json_time(a.since),
		'validFrom', json_time(a.valid_from),
		'expires', json_time(a.expires))
		FROM accreditation_now(m.id) AS a), '{"state": "none"}')
		|| jsonb_build_object('leastFirmware', m.least_firmware,
		'tacs', m.tacs, 'contains', (SELECT jsonb_agg(t.handle
		    ORDER BY t.handle) FROM model_contains k
		    JOIN model t ON t.id = k.tre_model_id
		    WHERE k.terminal_model_id = m.id))))
	FROM organisation o WHERE o.id = m.organisation_id;
$$;

CREATE FUNCTION feed_site_json(x site_scope) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('site', s.handle,
	    'scope', x.scope, 'organisation', o.handle, 'name', s.name,
	    'country', s.country, 'current', jsonb_build_object(
		'state', CASE WHEN x.expires <= assay_now() AND x.state IN
		    ('provisional', 'full', 'suspended') THEN 'expired'
		    ELSE x.state END, 'expires', json_time(x.expires))))
	FROM site s JOIN organisation o ON o.id = s.organisation_id
	WHERE s.id = x.site_id;
$$;

CREATE FUNCTION feed_supplier_json(o organisation) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('organisation', o.handle, 'name', o.name,
	    'country', o.country, 'current', jsonb_build_object(
		'state', o.state, 'makes', o.makes));
$$;

CREATE FUNCTION feed_authority_json(i issuer) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('id', i.id,
	    'role', i.role, 'organisation', (SELECT handle FROM organisation
		WHERE id = i.organisation_id),
	    'certificateSha256', encode(sha256(i.cert_der), 'hex'),
	    'keyId', encode(i.key_id, 'hex'),
	    'current', jsonb_build_object('state', i.state)));
$$;

CREATE FUNCTION feed_measure_json(m measure) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('measure', m.number,
	    'kind', m.kind, 'scopeKind', m.scope_kind,
	    'scope', m.scope_number, 'current', jsonb_build_object(
		'state', CASE WHEN m.state = 'in_force'
		    AND m.lapses <= assay_now() THEN 'lapsed'
		    ELSE m.state END, 'lapses', json_time(m.lapses))));
$$;

CREATE FUNCTION feed_content(p_arc text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH l AS MATERIALIZED (SELECT * FROM feed_lists())
	SELECT jsonb_build_object(
	    'entries', (SELECT coalesce(jsonb_agg(feed_model_json(m, p_arc)
		|| l.reports ORDER BY m.id), '[]')
		FROM l JOIN model m ON m.id = l.id AND l.list = 'model'),
	    'sites', (SELECT coalesce(jsonb_agg(feed_site_json(x)
		|| l.reports ORDER BY x.id), '[]')
		FROM l JOIN site_scope x ON x.id = l.id
		AND l.list = 'site_scope'),
	    'suppliers', (SELECT coalesce(jsonb_agg(feed_supplier_json(o)
		|| l.reports ORDER BY o.id), '[]')
		FROM l JOIN organisation o ON o.id = l.id
		AND l.list = 'organisation'),
	    'authorities', (SELECT coalesce(jsonb_agg(feed_authority_json(i)
		|| l.reports ORDER BY i.id), '[]')
		FROM l JOIN issuer i ON i.id = l.id AND l.list = 'issuer'),
	    'measures', (SELECT coalesce(jsonb_agg(feed_measure_json(m)
		|| l.reports ORDER BY m.id), '[]')
		FROM l JOIN measure m ON m.id = l.id
		AND l.list = 'measure'));
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
	SELECT u.id, feed_make.number FROM feed_untold u ORDER BY u.id;
	content := (SELECT jsonb_build_object(
	    'legalHeader', format('Issued by %s. What it says held when it '
		'was issued; it must not be relied on after nextUpdate.', b.name),
	    'issuer', jsonb_build_object('name', b.name, 'country', b.country),
	    'no', feed_make.number, 'issued', json_time(feed_make.issued),
	    'nextUpdate', json_time(feed_make.next_update),
	    'previous', encode(last.sha256, 'hex'))
	    || feed_content(p_arc)
	    FROM organisation b WHERE b.kind = 'body');
END
$$;

GRANT EXECUTE ON FUNCTION feed_make(text) TO assay_authority;
