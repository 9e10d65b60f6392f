-- What people do about measures in the world of walk_world.sql, after walk_acts.sql.

SET search_path = t, assay, pg_temp;

-- ---- measures, corrections, appeals

CREATE FUNCTION t.do_measure() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	k text := CASE WHEN t.chance(0.94) THEN t.pick('issuance_freeze',
	    'download_freeze', 'hold', 'corrective_action', 'minimum_firmware', 'ban')
	    ELSE t.pick('withdrawal', 'mass_revocation', 'scope_reduction') END;
	sk text := CASE k WHEN 'ban' THEN 'organisation'
	    WHEN 'scope_reduction' THEN 'site' ELSE t.pick('organisation', 'site',
	    'hardware_platform', 'model', 'model', 'lot') END;
	s text := CASE sk WHEN 'organisation' THEN t.pick('acme', 'bolt', 'cleo')
	    WHEN 'site' THEN t.site_one() WHEN 'hardware_platform' THEN 'chip'
	    WHEN 'lot' THEN 'LOT-' || t.pick('TRE-A', 'TER-A', 'TRE-B', 'TER-B')
	    ELSE t.pick('tre', 'tre-c', 'ter') END;
	old text := CASE WHEN t.chance(0.15) THEN t.of(format($q$SELECT number
	    FROM assay.measure WHERE state = 'in_force' AND scope_number = %L$q$, s)) END;
	j jsonb := jsonb_strip_nulls(jsonb_build_object('kind', k, 'scope_kind', sk,
	    'scope', s, 'legal_basis', 'by chance',
	    'emergency', CASE WHEN t.chance(0.45) AND old IS NULL THEN true END,
	    'supersedes', old, 'effect', CASE WHEN t.chance(0.2)
		THEN t.pick('permit_if_issued_before', 'refuse') END,
	    'deadline', CASE k WHEN 'corrective_action' THEN (assay.assay_now()
		+ make_interval(days => 5 + floor(t.d() * 60)::int))::date::text END,
	    'escalates_to', CASE WHEN k = 'corrective_action' AND t.chance(0.5)
		THEN 'issuance_freeze' END,
	    'least_firmware', CASE k WHEN 'minimum_firmware' THEN '2.0' END,
	    'reason', CASE k WHEN 'mass_revocation' THEN 'superseded' END,
	    'scopes', CASE k WHEN 'scope_reduction' THEN jsonb_build_array(t.scope(s)) END));
BEGIN
	RETURN NEXT t.try(t.who('security-1', 'security-2', 'decider-1', 'decider-2'),
	    '/v1/measures', j, format('assay.measure_propose(%L)', j), 'measure',
	    j || jsonb_build_object('number', t.next('MEA')));
END
$$;
CREATE FUNCTION t.do_lift() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	m text := t.of($q$SELECT number FROM assay.measure WHERE state = 'in_force'$q$);
BEGIN
	IF t.chance(0.75) THEN
		RETURN NEXT t.try(t.who('security-1', 'security-2', 'decider-3'), format(
		    '/v1/measures/%s/lift', m), '{"reason": "by chance"}', format(
		    'assay.measure_propose_lift(%L, %L)', m, 'by chance'));
	ELSE
		RETURN NEXT t.try(t.who('security-1', 'security-2', 'decider-3'), format(
		    '/v1/measures/%s/confirm', m), '{}', format(
		    'assay.measure_confirm(%L, NULL)', m), 'confirm',
		    jsonb_build_object('m', m));
	END IF;
END
$$;
CREATE FUNCTION t.do_arisen() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	m assay.measure;
	j jsonb;
BEGIN
	SELECT * INTO m FROM assay.measure WHERE number = t.of($q$SELECT number
	    FROM assay.measure WHERE state = 'proposed' AND cause IS NOT NULL$q$);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	j := jsonb_strip_nulls(jsonb_build_object('kind', m.kind, 'scope_kind',
	    m.scope_kind, 'scope', m.scope_number, 'legal_basis', m.legal_basis,
	    'firmware_from', m.firmware_from, 'firmware_to', m.firmware_to,
	    'deadline', CASE m.kind WHEN 'corrective_action' THEN
	    (assay.assay_now() + interval '20 days')::date::text END));
	IF t.chance(0.7) THEN
		RETURN NEXT t.try(t.who('security-1', 'decider-2'), format(
		    '/v1/measures/%s/adopt', m.number), j, format(
		    'assay.measure_adopt(%L, %L)', m.number, j));
	ELSE
		RETURN NEXT t.try(t.who('security-1', 'decider-2'), format(
		    '/v1/measures/%s/dismiss', m.number), '{"reason": "by chance"}',
		    format('assay.measure_propose_dismiss(%L, %L)', m.number, 'by chance'));
	END IF;
END
$$;
CREATE FUNCTION t.do_answer() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	m text := t.of($q$SELECT number FROM assay.measure WHERE state IN ('in_force', 'escalated')$q$);
	c text := t.of($q$SELECT number FROM assay.correction WHERE state = 'reported'$q$);
	a text := t.of($q$SELECT number FROM assay.appeal WHERE state = 'filed'$q$);
	v text := t.pick('upheld', 'upheld', 'dismissed');
BEGIN
	CASE floor(t.d() * 4)::int
	WHEN 0 THEN
		m := t.of($q$SELECT number FROM assay.measure WHERE kind = 'corrective_action'
		    AND state IN ('in_force', 'escalated')$q$);
		RETURN NEXT t.try(t.who('acme-1', 'bolt-1', 'cleo-1'), NULL, NULL, format(
		    'assay.correction_report(%L, %L, %L)', m, 'done', '{}'));
	WHEN 1 THEN
		RETURN NEXT t.try(t.who('officer-1', 'officer-2'), format(
		    '/v1/corrections/%s/confirm', c), jsonb_build_object('measure', (SELECT
		    x.number FROM assay.measure x JOIN assay.correction y ON y.measure_id = x.id
		    WHERE y.number = c), 'reason', 'by chance'), CASE WHEN t.chance(0.8)
		    THEN format('assay.correction_confirm(%L, %L)', c, 'by chance')
		    ELSE format('assay.correction_reject(%L, %L)', c, 'by chance') END);
	WHEN 2 THEN
		RETURN NEXT t.try(t.who('acme-1', 'bolt-1', 'officer-1'), format(
		    '/v1/measures/%s/appeal', m), '{"ground": "it is wrong"}', format(
		    'assay.appeal_file(%L, %L, %L)', m, 'it is wrong', '{}'));
	ELSE
		RETURN NEXT t.try(t.who('decider-1', 'decider-3', 'decider-4'), format(
		    '/v1/appeals/%s/decide', a), jsonb_build_object('measure', (SELECT
		    x.number FROM assay.measure x JOIN assay.appeal y ON y.measure_id = x.id
		    WHERE y.number = a), 'verdict', v, 'reason', 'by chance'), format(
		    'assay.appeal_propose_decide(%L, %L, %L)', a, v, 'by chance'));
	END CASE;
END
$$;
