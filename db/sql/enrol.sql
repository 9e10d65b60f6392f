-- Requests that come one at a time, into open lots.

-- Each of these is a transaction by itself, and may be tried again (_redo): the same
-- request is the same row.

-- name: enrol_by_supplier_redo
-- $1 principal, $2 lot, $3 device, $4 SHA-256 of the key, $5 request, $6 TrE,
-- $7 TAC, $8 proof, $9 the bell of who waits, or NULL -> lot, row, is it a new one
SELECT e ->> 'lot', (e ->> 'row')::int, (e ->> 'new')::bool
  FROM enrol_by_supplier($1::bigint, $2, $3, $4::bytea, $5::bytea, $6, $7,
       $8::bytea, $9::int) e;

-- name: enrol_by_secret_redo
-- $1 lot, $2 device, $3 SHA-256 of DEVICE:SECRET, $4 SHA-256 of the key,
-- $5 request, $6 TrE, $7 TAC, $8 proof, $9 bell
SELECT e ->> 'lot', (e ->> 'row')::int, (e ->> 'new')::bool
  FROM enrol_by_secret($1, $2, $3::bytea, $4::bytea, $5::bytea, $6, $7,
       $8::bytea, $9::int) e;

-- name: enrol_by_device_redo
-- $1 lot, $2 SHA-256 of the certificate, $3 SHA-256 of the key, $4 request,
-- $5 proof, $6 bell, $7 will it confirm that it has the new one
SELECT e ->> 'lot', (e ->> 'row')::int, (e ->> 'new')::bool
  FROM enrol_by_device($1, $2::bytea, $3::bytea, $4::bytea, $5::bytea,
       $6::int, $7::bool) e;

-- name: enrol_result
-- $1 lot, $2 row, $3 SHA-256 of its key
SELECT state, coalesce(reason, ''), coalesce(detail, ''), certificate, issuer
  FROM enrol_result($1, $2::int, $3::bytea);

-- name: enrol_together_do
-- $1 SHA-256 of the supplier's certificate, $2 lot, $3 devices, $4 SHA-256 of
-- their keys, $5 requests, $6 TrEs, $7 TACs, $8 bell -> the first one's row
SELECT enrol_together($1::bytea, $2, $3::text[], $4::bytea[], $5::bytea[],
       $6::text[], $7::text[], $8::int);

-- name: enrol_results
-- $1 lot, $2 rows, $3 SHA-256 of their keys -> those that something came of
SELECT row, state, coalesce(reason, ''), coalesce(detail, ''), certificate
  FROM enrol_results($1, $2::int[], $3::bytea[]);

-- name: enrol_call_do
SELECT enrol_call();

-- name: enrol_keep_do
SELECT enrol_keep();

-- name: enrol_cas
-- $1 lot
SELECT kind, certificate FROM enrol_cas($1);

-- name: enrol_renewed_do
-- $1 lot id, $2 row
SELECT enrol_renewed($1::bigint, $2::int);

-- name: enrol_by_factory_redo
-- $1 lot, $2 device, $3 SHA-256 of the factory's certificate, $4 SHA-256 of the
-- key, $5 request, $6 TrE, $7 TAC, $8 proof, $9 bell
SELECT e ->> 'lot', (e ->> 'row')::int, (e ->> 'new')::bool
  FROM enrol_by_factory($1, $2, $3::bytea, $4::bytea, $5::bytea, $6, $7,
       $8::bytea, $9::int) e;

-- ---- by the authority

-- name: enrol_waiting
-- Rows that wait in open lots, each lot's in their order.  Each is looked up by
-- itself, as in lot_work.sql.
-- $1 of a lot at most, $2 of all at most
-- -> lot, row, device, request, TrE, TAC, state, proof, does it renew, the time,
-- the footing, the bell of who waits, or -1
SELECT l.id, r.row, r.device_id, r.csr, coalesce(r.tre_id, ''),
       coalesce(r.tac, ''), r.state, n.proof, n.renews_index IS NOT NULL,
       floor(extract(epoch FROM assay_now()))::bigint,
       (SELECT n FROM footing), coalesce(n.bell, -1)
  FROM lot l
  JOIN enrolment_count c ON c.lot_id = l.id AND l.checked < c.n
 CROSS JOIN LATERAL (SELECT x.* FROM lot_row x
       WHERE x.lot_id = l.id AND x.row > l.checked
       ORDER BY x.row LIMIT $1::int) r
 CROSS JOIN LATERAL (SELECT x.* FROM enrolment x
       WHERE x.lot_id = l.id AND x.row = r.row LIMIT 1) n
 WHERE l.state = 'open'
 ORDER BY l.id, r.row LIMIT $2::int;

-- name: enrol_footing
-- -> what rights to issue stand on now, the time (seconds)
SELECT n, floor(extract(epoch FROM assay_now()))::bigint FROM footing;

-- name: footing_keep_do
-- -> what rights to issue stand on now, which nobody moves until the end of this
-- transaction
SELECT footing_keep();

-- name: enrol_until
-- $1 lot id -> until when (seconds) it may be issued if nobody does anything
SELECT floor(extract(epoch FROM least(lot_stands_until($1::bigint),
       assay_now() + interval '1 day')))::bigint;

-- name: enrol_begin_do
-- $1 lot id, $2 range, $3 its first free index, $4 their last row, $5 devices,
-- $6 TACs or '' -> their ids; enrol_issue_do commits it
SELECT u FROM unnest(enrol_begin($1::bigint, $2::bigint, $3::bigint, $4::int,
       $5::text[], $6::text[])) u;

-- name: enrol_issue_do
-- $1 lot id, $2 range, $3 its first free index, $4 footing, $5 proven when,
-- $6 good until, $7 their last row, $8 ids of devices, $9 serial numbers,
-- $10 certificates, $11 their SHA-256, $12 their keys', $13 ids of TrEs in
-- terminals, $14 not before, $15 does anybody wait without a bell
SELECT enrol_issue($1::bigint, $2::bigint, $3::bigint, $4::bigint,
       $5::timestamptz, $6::timestamptz, $7::int, $8::bigint[], $9::bytea[],
       $10::bytea[], $11::bytea[], $12::bytea[], $13::bigint[],
       $14::timestamptz, $15::bool);

-- name: enrol_whole_do
-- Both of them: $1 to $7 as in enrol_issue_do, $8 devices, $9 TACs or '', $10 serial
-- numbers and so on
SELECT enrol_issue($1::bigint, $2::bigint, $3::bigint, $4::bigint,
       $5::timestamptz, $6::timestamptz, $7::int,
       enrol_begin($1::bigint, $2::bigint, $3::bigint, $7::int, $8::text[],
           $9::text[]), $10::bytea[], $11::bytea[], $12::bytea[],
       $13::bytea[], $14::bigint[], $15::timestamptz, $16::bool);

-- name: enrol_awake_do
-- From now on nobody calls: who asks is looked for without.
SELECT pg_advisory_lock(1634952556, 1);

-- name: enrol_asleep_do
-- From now on whoever asks calls; and who asked before, without a call, has
-- committed.
SELECT pg_advisory_unlock(1634952556, 1), pg_advisory_lock(1634952556, 2),
       pg_advisory_unlock(1634952556, 2);

-- name: enrol_answered_do
-- $1 lot, $2 row up to which: a bell was not heard
SELECT pg_notify('enrolled', $1 || ' ' || $2);

-- name: enrol_told_do
-- Whoever follows the status log looks at it.
SELECT pg_notify('status', 'issued');

-- name: enrol_over
-- $1 ids of lots -> those that are no longer open, or stopped
SELECT id FROM lot WHERE id = ANY ($1::bigint[])
   AND (state <> 'open' OR stopped_on = (SELECT n FROM footing));
