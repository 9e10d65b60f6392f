-- All that was signed about custody, as it came, beside what the record says of it:
-- so that whoever doubts the record verifies it (assay custody verify).  Signatures
-- are not judged here: a database that was tampered with would say that all is well.
--
-- The body alone reads this; those that audit it do so in its role reader.

CREATE INDEX statement_custody ON statement (url, id)
	WHERE url ~~ '/v1/custody/%' OR url ~~ '/v1/disputes%';
CREATE INDEX consent_newest ON consent (used, decision_id);

CREATE FUNCTION statement_json(s statement) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('statement', s.id, 'url', s.url,
	    'body', translate(encode(s.body, 'base64'), E'\n', ''),
	    'jws', s.jws, 'at', json_time(s.recorded), 'by', (SELECT handle
		FROM principal WHERE id = s.principal_id));
$$;

-- The last one to that address about a custody or a dispute, and what it was.
CREATE FUNCTION statement_to(p_act text, p_url text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT statement_json(s) || jsonb_build_object('act', p_act)
	  FROM statement s WHERE s.url = p_url
	   AND (s.url ~~ '/v1/custody/%' OR s.url ~~ '/v1/disputes%')
	 ORDER BY s.id DESC LIMIT 1;
$$;

-- Two people's words behind an act that was carried out at that time.
CREATE FUNCTION proposal_proof(p_act text, p_subject bigint,
    p_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('act', p.act, 'subject', p.subject_number,
	    'proposal', p.id, 'proposed', statement_json(s),
	    'approved', statement_json(t))
	  FROM proposal p
	  JOIN approval a ON a.proposal_id = p.id AND a.verdict = 'approve'
	  JOIN statement s ON s.id = p.statement_id
	  JOIN statement t ON t.id = a.statement_id
	 WHERE p.act = p_act AND p.subject_id = p_subject
	   AND p.state = 'approved' AND a.created = p_at
	 ORDER BY p.id DESC LIMIT 1;
$$;
CREATE INDEX proposal_carried_out ON proposal (act, subject_id, id);

-- What its operator has signed, in the order in which it came: confirmations, with
-- the consent that each had; locks made shorter; that it was given up.
CREATE FUNCTION custody_words(c custody) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(w ORDER BY (w ->> 'statement')::bigint), '[]')
	  FROM (SELECT statement_json(s) || jsonb_build_object(
		'act', 'confirm', 'decision', f.decision_id,
		'reference', f.reference,
		'locked_until', json_time(f.locked_until),
		'consent', x.jti)
	    FROM custody_confirmation f
	    LEFT JOIN statement s ON s.id = f.statement_id
	    LEFT JOIN consent x ON x.decision_id = f.decision_id
	    WHERE f.custody_id = c.id
	  UNION ALL SELECT statement_json(s) || '{"act": "lock"}'
	    FROM statement s WHERE s.url = format('/v1/custody/%s/lock', c.name)
	    AND s.url ~~ '/v1/custody/%'
	  UNION ALL SELECT statement_to('release',
		format('/v1/custody/%s/release', c.name))
	  ) AS v (w) WHERE w IS NOT NULL;
$$;

CREATE FUNCTION dispute_proof(x dispute) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('dispute', x.number, 'state', x.state,
	    'operator', o.handle, 'custodian', k.handle, 'decision',
	    x.decision_id, 'ground', x.ground, 'answer', x.answer,
	    'reason', x.verdict_reason,
	    'opened', (SELECT statement_json(s) FROM statement s
		WHERE s.url = '/v1/disputes' AND s.url ~~ '/v1/disputes%'
		AND s.principal_id = x.opened_by AND s.recorded = x.created
		ORDER BY s.id LIMIT 1),
	    'answered', statement_to('answer',
		format('/v1/disputes/%s/answer', x.number)),
	    'withdrawn', statement_to('withdraw',
		format('/v1/disputes/%s/withdraw', x.number)),
	    'judged', CASE WHEN x.state NOT IN ('open', 'withdrawn') THEN
		coalesce(proposal_proof('dispute_decide', x.id, x.effective),
		    proposal_proof('custody_release', x.custodian_id,
			x.effective)) END)
	  FROM organisation o, organisation k
	 WHERE o.id = x.organisation_id AND k.id = x.custodian_id;
$$;

-- The custody that it took the device over from, and what ended it.
CREATE FUNCTION custody_proof(c custody) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT custody_json(c) || jsonb_build_object(
	    'words', custody_words(c),
	    'from', (SELECT jsonb_build_object('custody', b.name,
		'operator', (SELECT handle FROM organisation
		    WHERE id = b.organisation_id),
		'awarded', (SELECT dispute_proof(x) FROM dispute x
		    WHERE x.custody_id = b.id AND x.state = 'awarded'
		    AND x.effective = c.since))
		FROM custody b WHERE b.device_id = c.device_id AND b.id < c.id
		AND b.state = 'moved' AND b.effective = c.since
		ORDER BY b.id DESC LIMIT 1),
	    'to', (SELECT n.name FROM custody n
		WHERE n.device_id = c.device_id AND n.id > c.id
		AND c.state = 'moved' AND n.since = c.effective LIMIT 1),
	    'ended', CASE c.state WHEN 'released' THEN
		proposal_proof('custody_release', c.organisation_id,
		    c.effective) END,
	    'disputes', coalesce((SELECT jsonb_agg(dispute_proof(x)
		ORDER BY x.id) FROM dispute x WHERE x.custody_id = c.id), '[]'));
$$;
CREATE INDEX dispute_custody ON dispute (custody_id, id);

-- A hundred, newest first, before the one of that name.
CREATE FUNCTION custody_proof_list(p_before uuid) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	ids bigint[];
	until bigint := 9223372036854775807;
BEGIN
	IF p_before IS NOT NULL THEN
		until := coalesce((SELECT id FROM custody
		    WHERE name = p_before), 0);
	END IF;
	ids := ARRAY(SELECT id FROM custody WHERE id < until
	    AND (SELECT actor_is_body()) ORDER BY id DESC LIMIT 101);
	RETURN (SELECT page_json('custody', coalesce(
	    jsonb_agg(custody_proof(c) ORDER BY c.id DESC), '[]'),
	    cardinality(ids) > 100, '{custody}')
	    FROM custody c WHERE c.id = ANY (ids[1:100]));
END
$$;

-- ---- consents that permits have used up

-- Certificates of what a decision was about, by their SHA-256: of the TrE, or of
-- the terminal that was asked about alone and whatever has been in it.
CREATE FUNCTION consent_certificates(x consent, d decision) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(DISTINCT encode(c.der_sha256, 'hex')), '[]')
	  FROM certificate c WHERE c.device_id IN (
	    SELECT device_id FROM custody WHERE id = x.custody_id
	    UNION SELECT device_id FROM certificate
		WHERE der_sha256 = coalesce(d.tre_sha256, d.platform_sha256)
	    UNION SELECT b.tre_id FROM certificate p
		JOIN binding b ON b.terminal_id = p.device_id
		WHERE d.tre_sha256 IS NULL
		AND p.der_sha256 = d.platform_sha256);
$$;

CREATE FUNCTION consent_proof_list(p_before uuid) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	ids uuid[];
	until timestamptz := 'infinity';
BEGIN
	IF p_before IS NOT NULL THEN
		until := coalesce((SELECT used FROM consent
		    WHERE decision_id = p_before), '-infinity');
	END IF;
	ids := ARRAY(SELECT decision_id FROM consent
	    WHERE (used, decision_id) < (until, coalesce(p_before,
		'ffffffff-ffff-ffff-ffff-ffffffffffff'))
	    AND (SELECT actor_is_body())
	    ORDER BY used DESC, decision_id DESC LIMIT 101);
	RETURN (SELECT page_json('consents', coalesce(jsonb_agg(
	    jsonb_build_object('decision', x.decision_id, 'consent', x.jti,
		'operator', o.handle, 'target', t.handle,
		'verdict', d.verdict, 'purpose', d.purpose,
		'certificates', consent_certificates(x, d),
		'used', json_time(x.used), 'jws', x.jws)
	    ORDER BY x.used DESC, x.decision_id DESC), '[]'),
	    cardinality(ids) > 100, '{decision}')
	    FROM consent x JOIN organisation o ON o.id = x.organisation_id
	    LEFT JOIN decision d ON d.id = x.decision_id
	    LEFT JOIN organisation t ON t.id = d.organisation_id
	    WHERE x.decision_id = ANY (ids[1:100]));
END
$$;

-- ---- who signed

-- States with their times, oldest first.
CREATE FUNCTION history_states(p_entity text, p_id bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('state', to_state,
	    'since', json_time(effective)) ORDER BY id), '[]')
	  FROM history WHERE entity = p_entity AND subject_id = p_id;
$$;

-- Whose a certificate is, by its SHA-256, with its issuer's.
CREATE FUNCTION signer_json(p_sha256 bytea) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT jsonb_build_object('signer', encode(p_sha256, 'hex'),
	    'certificate', translate(encode(certificate_der(c), 'base64'), E'\n',
		''),
	    'issuer', translate(encode(i.cert_der, 'base64'), E'\n', ''),
	    'by', p.handle, 'role', p.role, 'organisation', o.handle,
	    'kind', o.kind, 'states', history_states('principal', p.id),
	    'certificate_states', history_states('certificate',
		certificate_subject(c.issuer_id, c.index)))
	  FROM certificate c JOIN issuer i ON i.id = c.issuer_id
	  JOIN principal p ON p.id = principal_of_certificate(p_sha256)
	  JOIN organisation o ON o.id = p.organisation_id
	 WHERE c.der_sha256 = p_sha256 AND c.profile = 'access'
	   AND actor_is_body();
END
$$;

GRANT EXECUTE ON FUNCTION custody_proof_list(uuid), consent_proof_list(uuid),
	signer_json(bytea) TO assay_api;
