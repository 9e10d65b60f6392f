-- Lots, as the authority works them off.

-- name: lot_waiting
-- $1 ids that are left alone for now, $2 those whose turn was the last, $3 ids
-- that are remembered -> of each organisation with work the lot whose turn it
-- is: the next one behind its last one's, and then its oldest again; and which
-- of the remembered ones still have work.  Those whose CA waits for a ceremony
-- have none
(SELECT DISTINCT ON (l.organisation_id) l.id, true
  FROM lot l
  LEFT JOIN lot was ON was.organisation_id = l.organisation_id
       AND was.id = ANY ($2::bigint[])
 WHERE (l.state IN ('received', 'validated', 'approved', 'issuing')
        OR l.state = 'open' AND l.checked < lot_enrolled(l))
   AND l.id <> ALL ($1::bigint[])
   AND NOT lot_waits_for_ca(l)
 ORDER BY l.organisation_id, coalesce(l.id <= was.id, false), l.id)
 UNION ALL
SELECT l.id, false FROM lot l
 WHERE l.id = ANY ($3::bigint[])
   AND (l.state IN ('received', 'validated', 'approved', 'issuing')
        OR l.state = 'open' AND l.checked < lot_enrolled(l))
   AND NOT lot_waits_for_ca(l);

-- name: lot_get
-- $1 id
SELECT l.id, l.number, l.state, l.organisation_id, o.handle, l.model_id,
       m.handle, m.kind, s.handle, l.coc_id, c.number, l.count,
       l.checked, l.issued, l.refused, l.header_jws, l.rows_sha256,
       l.reference, o.name, o.country, m.version,
       coalesce(m.least_firmware, ''), c.level,
       r.name || '-' || r.version,
       coalesce(array_to_string(m.tacs, ','), ''), l.kind = 'open',
       coalesce(floor(extract(epoch FROM l.until))::bigint, 0), l.renewal,
       l.kind, coalesce(d.number, ''), coalesce(d.issuer_id, 0),
       floor(extract(epoch FROM c.valid_from))::bigint,
       floor(extract(epoch FROM l.created))::bigint
  FROM lot l
  LEFT JOIN delegated_ca d ON d.id = l.delegated_ca_id
  JOIN organisation o ON o.id = l.organisation_id
  JOIN model m ON m.id = l.model_id
  JOIN site s ON s.id = l.site_id
  JOIN coc c ON c.id = l.coc_id
  JOIN ruleset r ON r.id = c.ruleset_id
 WHERE l.id = $1::bigint;

-- name: lot_rows
-- $1 lot id, $2 after which row, $3 how many at most; fewer, but one at least,
-- where what they bring is long: it is held in memory
SELECT row, device_id, csr, coalesce(tre_id, ''), coalesce(tac, ''), line,
       state
  FROM (SELECT *, octet_length(csr) + coalesce(octet_length(line), 0) AS mine,
	       sum(octet_length(csr) + coalesce(octet_length(line), 0))
	       OVER (ORDER BY row ROWS UNBOUNDED PRECEDING) AS octets
	  FROM lot_row
	 WHERE lot_id = $1::bigint AND row > $2::int
	 ORDER BY row LIMIT $3::int) r
 WHERE octets - mine < 4194304
 ORDER BY row;

-- name: lot_check_rows
-- $1 lot id, $2 rows, $3 the SHA-256 of each one's public key -> what the
-- register says of each, in the order of the rows, at last whether key and id
-- are known from this very lot, and whether a device asked itself that may not
-- renew any more, which is no clone; and the approved rebinding that a row with
-- a known id stands for, unless the device itself renews.
-- Tables grow faster here than their statistics, and a plan that takes one of
-- them for small walks through it for each row.  So each row is looked up by
-- itself (LATERAL with a LIMIT is never joined otherwise), and a device by its
-- id alone: its kind is hidden from the planner.
-- A TrE's certificate is the one that is not revoked, and of two the older one: the
-- other waits to be confirmed (410_open_lot_confirm.sql).
-- Whether the CA of a TrE stands, which decisions ask as well, is asked once of each CA,
-- not of each row.
WITH bad AS MATERIALIZED (SELECT DISTINCT lot_id, issuer_id FROM lot_status),
asked AS MATERIALIZED (
SELECT r.row,
       kc.issuer_id IS NOT NULL AS key_known,
       d.id IS NOT NULL AND re.id IS NULL AND n.row IS NULL AS id_known,
       t.id IS NOT NULL AS tre_known,
       EXISTS (SELECT FROM model_contains mc
           WHERE mc.terminal_model_id = m.id
           AND mc.tre_model_id = t.model_id) AS allowed,
       b.terminal_id IS NOT NULL
           AND (re.id IS NULL OR b.state <> 'retired')
           AND (rn.row IS NULL OR b.terminal_id IS DISTINCT FROM d.id) AS bound,
       coalesce(tc.state = 'issued'
           AND t.state IN ('accredited', 'in_service')
           AND NOT EXISTS (SELECT FROM bad WHERE bad.lot_id = tc.lot_id
               AND coalesce(bad.issuer_id, tc.issuer_id) = tc.issuer_id),
           false) AS good, tc.issuer_id AS tre_issuer,
       l.kind <> 'open' AND kc.lot_id IS NOT DISTINCT FROM l.id AS key_of_lot,
       l.kind <> 'open' AND re.id IS NULL
           AND l.id IN (d.lot_id, d.latest_lot_id) AS id_of_lot,
       n.row IS NOT NULL AND rn.row IS NULL AS renews_no_more,
       coalesce(re.number, '') AS rebinding
  FROM unnest($2::int[], $3::bytea[]) AS k (row, spki)
  JOIN lot l ON l.id = $1::bigint
  JOIN model m ON m.id = l.model_id
 CROSS JOIN LATERAL (SELECT x.* FROM lot_row x
       WHERE x.lot_id = $1::bigint AND x.row = k.row LIMIT 1) r
  LEFT JOIN LATERAL (SELECT c.issuer_id, c.lot_id FROM certificate c
       WHERE certificate_has_key(c, k.spki)
       LIMIT 1) kc ON true
  LEFT JOIN LATERAL (SELECT x.* FROM device x WHERE x.device_id = r.tre_id
       AND x.kind || '' = 'tre' LIMIT 1) t ON m.kind = 'terminal'
  LEFT JOIN LATERAL (SELECT c.state, c.lot_id, c.issuer_id
       FROM certificate c WHERE c.device_id = t.id
       ORDER BY c.state = 'revoked', c.issued, c.issuer_id, c.index
       LIMIT 1) tc ON true
  LEFT JOIN LATERAL (SELECT b.terminal_id, x.state
       FROM binding b JOIN device x ON x.id = b.terminal_id
       WHERE b.tre_id = t.id AND b.until IS NULL LIMIT 1) b ON true
  LEFT JOIN LATERAL (SELECT x.* FROM device x
       WHERE x.device_id = r.device_id AND x.kind || '' = m.kind
       LIMIT 1) d ON true
  LEFT JOIN LATERAL (SELECT x.id, x.number FROM rebinding x
       WHERE x.terminal_id = d.id AND x.tre_id = t.id
       AND x.state = 'approved' AND x.expires > assay_now()
       LIMIT 1) re ON d.model_id = l.model_id
       AND d.state IN ('accredited', 'in_service')
       AND coalesce(r.tac, '') IN ('', d.tac)
  LEFT JOIN LATERAL (SELECT x.* FROM enrolment x
       WHERE x.lot_id = $1::bigint AND x.row = k.row
       AND x.renews_index IS NOT NULL LIMIT 1) n ON l.kind = 'open'
  LEFT JOIN LATERAL (SELECT n.row FROM certificate c, certificate_status(c) s
       WHERE c.issuer_id = n.renews_issuer AND c.index = n.renews_index
       AND c.device_id = d.id AND s.state = 'issued'
       ) rn ON l.renewal AND d.model_id = l.model_id
       AND d.organisation_id = l.organisation_id
       AND d.state IN ('accredited', 'in_service')
 ORDER BY r.row
), stands AS MATERIALIZED (
SELECT i.id FROM issuer i
 WHERE i.id IN (SELECT tre_issuer FROM asked WHERE good)
   AND issuer_standing(i) IN ('active', 'retired')
)
SELECT row, key_known, id_known, tre_known, allowed, bound,
       good AND tre_issuer IN (SELECT id FROM stands), key_of_lot, id_of_lot,
       renews_no_more, rebinding
  FROM asked ORDER BY row;

-- name: lot_tres_known
-- $1 ids, $2 the SHA-256 of keys -> is any of them in the register?
SELECT lot_tres_known($1::text[], $2::bytea[]);

-- name: lot_check_tres
-- The same of a lot of TrEs that is not open: nothing is in them, none renews
-- and none is rebound, so the half of it says all.
SELECT k.row, kc.issuer_id IS NOT NULL, d.id IS NOT NULL, false, false, false,
       false, kc.lot_id IS NOT DISTINCT FROM $1::bigint,
       $1::bigint IN (d.lot_id, d.latest_lot_id), false, ''
  FROM unnest($2::int[], $3::bytea[]) AS k (row, spki)
 CROSS JOIN LATERAL (SELECT x.device_id FROM lot_row x
       WHERE x.lot_id = $1::bigint AND x.row = k.row LIMIT 1) r
  LEFT JOIN LATERAL (SELECT c.issuer_id, c.lot_id FROM certificate c
       WHERE certificate_has_key(c, k.spki)
       LIMIT 1) kc ON true
  LEFT JOIN LATERAL (SELECT x.id, x.lot_id, x.latest_lot_id FROM device x
       WHERE x.device_id = r.device_id AND x.kind || '' = 'tre'
       LIMIT 1) d ON true
 ORDER BY k.row;

-- name: lot_rows_refuse
-- $1 lot id, $2 JSON: [{"row", "reason", "detail"}, ...]
WITH refused AS (
	UPDATE lot_row r
	   SET state = 'refused', reason = x.reason, detail = x.detail
	  FROM jsonb_to_recordset($2::jsonb)
	       AS x (row int, reason text, detail text)
	 WHERE r.lot_id = $1::bigint AND r.row = x.row AND r.state = 'received'
	   AND r.row > lot_issued_to($1::bigint)
	RETURNING r.row
)
UPDATE lot SET refused = lot.refused + (SELECT count(*) FROM refused)
 WHERE id = $1::bigint;

-- name: lot_set_checked
-- $1 lot id, $2 rows that were looked at, $3 how many of those that are new
-- came as malformed ones.  Whoever waits for a row of an open one hears of it
UPDATE lot SET checked = $2::int, refused = refused + $3::int
 WHERE id = $1::bigint AND state <> 'paused'
RETURNING CASE kind WHEN 'open'
       THEN pg_notify('enrolled', number || ' ' || checked) END;

-- name: lot_set_state
-- $1 lot id, $2 state expected, $3 state wanted, $4 reason or NULL
UPDATE lot
   SET state = $3, reason = $4,
       finished = CASE WHEN $3 IN ('issued', 'rejected')
           THEN assay_now() END
 WHERE id = $1::bigint AND state = $2
RETURNING id;

-- name: lot_stop
-- $1 lot id, $2 why: what isn't issued yet never will be
WITH stopped AS (
	UPDATE lot_row SET state = 'refused', reason = 'LOT_STOPPED',
	       detail = $2
	 WHERE lot_id = $1::bigint AND state = 'received'
	   AND row > lot_issued_to($1::bigint)
	RETURNING row
)
UPDATE lot SET refused = refused + (SELECT count(*) FROM stopped)
 WHERE id = $1::bigint;

-- name: lot_stop_open
-- $1 an open lot's id, $2 why, $3 the footing that this was found on
SELECT lot_stop_open($1::bigint, $2, $3::bigint);

-- name: lot_quota_left
-- $1 lot id -> how many more its CoC allows
SELECT greatest(c.quota - c.used, 0) FROM lot l JOIN coc c ON c.id = l.coc_id
 WHERE l.id = $1::bigint;

-- name: lot_lint_failed
-- $1 lot id, $2 rule, $3 sentence
SELECT lot_lint_failed($1::bigint, $2, $3);

-- name: lint_alarm
-- $1 what was to be certified, $2 rule, $3 sentence
SELECT lint_alarm($1, $2, $3);

-- name: lot_obstacles
-- $1 lot id, $2 certificates wanted now -> a sentence for each reason against
SELECT why FROM (
	SELECT 1 AS n, 'the organisation ' || o.handle || ' is ' || o.state
	       AS why
	  FROM lot l JOIN organisation o ON o.id = l.organisation_id
	 WHERE l.id = $1::bigint AND o.state <> 'active'
	UNION ALL
	SELECT 2, 'the model ' || m.handle || ' is ' || m.state
	  FROM lot l JOIN model m ON m.id = l.model_id
	 WHERE l.id = $1::bigint AND m.state <> 'registered'
	UNION ALL
	SELECT 3, 'the CoC ' || c.number || ' is ' || c.state
	  FROM lot l JOIN coc c ON c.id = l.coc_id
	 WHERE l.id = $1::bigint
	   AND c.state NOT IN ('provisional', 'certified')
	UNION ALL
	SELECT 4, 'the CoC ' || c.number || ' is not in force at this time'
	  FROM lot l JOIN coc c ON c.id = l.coc_id
	 WHERE l.id = $1::bigint
	   AND (c.valid_from > assay_now() OR c.expires <= assay_now())
	UNION ALL
	SELECT 5, 'the CoC ' || c.number || ' is of another model'
	  FROM lot l JOIN coc c ON c.id = l.coc_id
	 WHERE l.id = $1::bigint AND c.model_id <> l.model_id
	UNION ALL
	SELECT 6, 'the quota of the CoC ' || c.number || ' leaves '
	       || c.quota - c.used || ' of ' || c.quota || ', and '
	       || $2::bigint || ' are wanted'
	  FROM lot l JOIN coc c ON c.id = l.coc_id
	 WHERE l.id = $1::bigint AND c.quota - c.used < $2::bigint
	UNION ALL
	SELECT 7, 'the site ' || s.handle || ' is not accredited for ' || w.scope
	  FROM lot l
	  JOIN site s ON s.id = l.site_id
	  JOIN model m ON m.id = l.model_id
	 CROSS JOIN LATERAL (SELECT CASE m.kind WHEN 'tre'
	       THEN 'tre_production' ELSE 'terminal_assembly' END) w (scope)
	 WHERE l.id = $1::bigint
	   AND NOT EXISTS (SELECT FROM site_scope x
	       WHERE x.site_id = s.id AND x.scope = w.scope
	       AND x.state IN ('provisional', 'full')
	       AND x.expires > assay_now())
	UNION ALL
	SELECT 8, 'the measure ' || e.number || ' (' || replace(e.kind, '_', ' ')
	       || ') is in force on the ' || replace(e.scope_kind, '_', ' ')
	       || ' ' || e.scope_number
	  FROM lot l
	  JOIN model m ON m.id = l.model_id
	  LEFT JOIN issuer i ON i.id = lot_issuer(l.id)
	  JOIN measure e ON e.state = 'in_force'
	   AND (e.scope_kind, e.scope_id) IN (('lot', l.id),
	       ('organisation', l.organisation_id), ('site', l.site_id),
	       ('model', l.model_id), ('issuer', i.id),
	       ('hardware_platform', m.hardware_platform_id))
	  JOIN measure_kind k ON k.name = e.kind
	   AND (k.stops_issuance OR e.effect = 'hold')
	 WHERE l.id = $1::bigint
	UNION ALL
	SELECT 8, 'the certificate of the CA ' || i.id || ' is on hold'
	  FROM lot l
	  JOIN model m ON m.id = l.model_id
	  JOIN issuer i ON i.id = lot_issuer(l.id)
	 WHERE l.kind <> 'certificate' AND l.id = $1::bigint AND issuer_standing(i) = 'on_hold'
	UNION ALL
	SELECT 9, CASE WHEN d.state = 'challenged' THEN 'the declaration '
	       || d.number || ' is challenged' ELSE 'no declaration for '
	       || m.handle || ' is in force' END
	  FROM lot l
	  JOIN model m ON m.id = l.model_id
	  LEFT JOIN declaration d ON d.model_id = m.id
	       AND d.state IN ('in_force', 'challenged')
	 WHERE l.id = $1::bigint AND (d.id IS NULL OR d.state = 'challenged'
	       OR declaration_end(d) <= assay_now())
	UNION ALL
	SELECT 9, 'the declaration ' || d.number || ' of ' || h.handle
	       || ' is challenged'
	  FROM lot l
	  JOIN model m ON m.id = l.model_id
	  JOIN model h ON h.id = m.hardware_platform_id
	  JOIN declaration d ON d.model_id = h.id AND d.state = 'challenged'
	 WHERE l.id = $1::bigint
	UNION ALL
	SELECT 11, 'the site ' || s.handle || ' is not accredited for '
	       || 'key_injection, so it vouches for no keys'
	  FROM lot l JOIN site s ON s.id = l.site_id
	 WHERE l.id = $1::bigint AND l.kind = 'key'
	   AND NOT site_has_scope(s.id, 'key_injection')
	UNION ALL
	SELECT 10, 'what the lot belongs to is revoked for good'
	  FROM lot l
	 WHERE l.id = $1::bigint AND lot_is_revoked(l.id, 0)
	UNION ALL
	SELECT 12, o.why FROM delegated_ca_obstacles($1::bigint) AS o (why)
) obstacle ORDER BY n, why;

-- name: lot_issue_rows
-- $1 lot id, $2 after which row, $3 how many, as above -> rows to certify, of a
-- terminal what the register knows of its TrE, and the device that is there
-- already; of one that renews the lot and the site that it came from.  Each looked
-- up by itself, as above
SELECT r.row, r.device_id, r.csr, coalesce(r.tac, ''),
       coalesce(t.id, 0), tc.key, ti.key_id, tc.serial,
       coalesce(hp.handle, ''), coalesce(d.id, 0),
       CASE WHEN n.renews_index IS NOT NULL THEN d.lot_id ELSE 0 END,
       coalesce(s.handle, '')
  FROM (SELECT *, octet_length(csr) AS mine,
	       sum(octet_length(csr)) OVER (ORDER BY row
	       ROWS UNBOUNDED PRECEDING) AS octets
	  FROM lot_row
	 WHERE lot_id = $1::bigint AND state = 'received'
	   AND row > greatest($2::int, (SELECT lot_issued_to($1::bigint)))
	 ORDER BY row LIMIT $3::int) r
  JOIN lot l ON l.id = $1::bigint
  JOIN model m ON m.id = l.model_id
  LEFT JOIN LATERAL (SELECT x.* FROM device x WHERE x.device_id = r.tre_id
       AND x.kind || '' = 'tre' LIMIT 1) t ON m.kind = 'terminal'
  LEFT JOIN LATERAL (SELECT certificate_key(c) AS key, c.serial, c.issuer_id
       FROM certificate c WHERE c.device_id = t.id
       ORDER BY c.state = 'revoked', c.issued, c.issuer_id, c.index
       LIMIT 1) tc ON true
  LEFT JOIN issuer ti ON ti.id = tc.issuer_id
  LEFT JOIN model tm ON tm.id = t.model_id
  LEFT JOIN model hp ON hp.id = tm.hardware_platform_id
  LEFT JOIN LATERAL (SELECT x.* FROM enrolment x
       WHERE x.lot_id = $1::bigint AND x.row = r.row
       LIMIT 1) n ON l.kind = 'open'
  LEFT JOIN LATERAL (SELECT x.* FROM device x
       WHERE x.device_id = r.device_id AND x.kind || '' = m.kind
       LIMIT 1) d ON m.kind = 'terminal' OR n.renews_index IS NOT NULL
  LEFT JOIN lot f ON n.renews_index IS NOT NULL AND f.id = d.lot_id
  LEFT JOIN site s ON s.id = f.site_id
 WHERE r.octets - r.mine < 4194304
 ORDER BY r.row;

-- name: lot_issue_tres
-- The same of a lot of TrEs that is not open: of these the register knows nothing.
SELECT row, device_id, csr, '', 0, NULL, NULL, NULL, '', 0, 0, ''
  FROM (SELECT row, device_id, csr, octet_length(csr) AS mine,
	       sum(octet_length(csr)) OVER (ORDER BY row
	       ROWS UNBOUNDED PRECEDING) AS octets
	  FROM lot_row
	 WHERE lot_id = $1::bigint AND state = 'received'
	   AND row > greatest($2::int, (SELECT lot_issued_to($1::bigint)))
	 ORDER BY row LIMIT $3::int) r
 WHERE octets - mine < 4194304
 ORDER BY row;

-- name: lot_run_add
-- $1 lot id, $2 rows that runs begin with, $3 how long each is, $4 issuer id,
-- $5 the index that each begins with
INSERT INTO lot_run (lot_id, row, count, issuer_id, index)
SELECT $1::bigint, x.row, x.count, $4::bigint, x.index
  FROM unnest($2::int[], $3::int[], $5::bigint[]) AS x (row, count, index)
 ORDER BY x.row;

-- name: lot_rows_issued
-- $1 an open lot's id, $2 rows, $3 issuer id, $4 the index of each
WITH done AS (
	UPDATE lot_row r
	   SET state = 'issued', issuer_id = $3::bigint, index = x.index
	  FROM unnest($2::int[], $4::bigint[]) AS x (row, index)
	 WHERE r.lot_id = $1::bigint AND r.row = x.row AND r.state = 'received'
	RETURNING r.row
)
SELECT count(*) FROM done;

-- name: lot_add_issued
-- $1 lot id, $2 how many more: counted at the lot and against the quota
WITH counted AS (
	UPDATE lot SET issued = issued + $2::int, reason = NULL, stopped_on = NULL
	 WHERE id = $1::bigint AND state IN ('issuing', 'open')
	RETURNING coc_id
)
UPDATE coc SET used = used + $2::bigint
  FROM counted WHERE coc.id = counted.coc_id;

-- name: lot_add_renewed
-- $1 lot id: one more.  The CoC is locked as above; a renewal is no new device,
-- so the quota stays.
WITH counted AS (
	UPDATE lot SET renewed = renewed + 1, reason = NULL, stopped_on = NULL
	 WHERE id = $1::bigint
	RETURNING coc_id
)
UPDATE coc SET used = used FROM counted WHERE coc.id = counted.coc_id;
