# A register that is full, without years of work.  Before: owner, which runs SQL as the
# database's owner, and issuer, whose certificates they are.

# register_many COUNT MODEL: so many certificates more of the CA $issuer, of lots of
# a million, are put into the register as what CRLs and the index are made of: the
# issued ranges and the log.
register_many() {
	owner <<SQL
SET search_path = assay;
SET session_replication_role = replica;
CREATE TEMP TABLE one AS SELECT l.* FROM lot l JOIN model m ON m.id = l.model_id
	WHERE m.handle = '$2' ORDER BY l.id LIMIT 1;
CREATE TEMP TABLE made AS
	SELECT n, (SELECT max(id) FROM lot) + n AS id,
		(SELECT count(*) FROM lot WHERE number LIKE 'LOT-MASS-%') + n AS name, least(1000000, $1 - (n - 1) * 1000000) AS size
	FROM generate_series(1, ceil($1 / 1e6)::int) n;
INSERT INTO lot OVERRIDING SYSTEM VALUE
	SELECT (jsonb_populate_record(one, jsonb_build_object('id', made.id, 'number', 'LOT-MASS-' || made.name,
	    'rows_sha256', '\x' || encode(sha256(made.name::text::bytea), 'hex'), 'count', made.size))).* FROM one, made;
CREATE TEMP TABLE range AS
	SELECT i.next_index + (n - 1) * 1000000::bigint + k AS first, least(8192, size - k) AS count, made.id
	FROM made, issuer i, generate_series(0, made.size - 1, 8192) k WHERE i.id = $issuer;
INSERT INTO index_range (issuer_id, first, count, lot_id, state) SELECT $issuer, first, count, id, 'issued' FROM range;
INSERT INTO status_event (id, at, kind, issuer_id, first, count, lot_id, model_id, site_id, organisation_id,
	hardware_platform_id)
	SELECT (SELECT last FROM status_head) + row_number() OVER (ORDER BY first), assay_now(), 'issued', $issuer, first,
	range.count, range.id, one.model_id, one.site_id, one.organisation_id,
	(SELECT hardware_platform_id FROM model WHERE id = one.model_id) FROM range, one;
UPDATE status_head SET last = last + (SELECT count(*) FROM range);
-- The chain goes on behind them: whoever has seen the last knows it again.
UPDATE status_event e SET hash = h.hash FROM status_head h WHERE e.id = h.last;
UPDATE issuer SET next_index = next_index + $1 WHERE id = $issuer;
ANALYZE;
NOTIFY status;
SQL
}
