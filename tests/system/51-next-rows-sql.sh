#!/usr/bin/env bash
# What the authority takes of a lot next is what it reads, however many rows are
# left: by the settings of its role, of a lot that is new to the planner's
# statistics, as each lot is while it is issued.  By a bitmap it would fetch and
# sort all that are left, for each part of it.  The follower reads a long log likewise.
set -u
. tests/lib/pg.sh
pg_start || exit 1

rows=20000 next=500
grep -E '^ALTER ROLE assay_(api|authority|follower) SET' db/bootstrap.sql | sql assay_test || exit 1
# two lots: the one before has statistics, its successor has none
fill() { # LOT
	sql assay_test <<-SQL || exit 1
		SET session_replication_role = replica;
		INSERT INTO lot (id, number, organisation_id, model_id, site_id, coc_id, reference, count, header_jws,
			rows_sha256, submitted_by)
		OVERRIDING SYSTEM VALUE SELECT $1, 'LOT-$1', 1, 1, 1, 1, 'x', $rows, 'x', pg_catalog.sha256('lot $1'), 1;
		INSERT INTO lot_row (lot_id, row, device_id, csr)
		SELECT $1, i, 'TRE-' || i, convert_to(repeat('x', 300), 'UTF8') FROM generate_series(1, $rows) i;
	SQL
}
sql assay_test <<-'SQL' || exit 1
	ALTER TABLE lot_row SET (autovacuum_enabled = off);
	SET session_replication_role = replica;
	INSERT INTO model (id, handle, organisation_id, kind, name, version, tacs) OVERRIDING SYSTEM VALUE
	VALUES (1, 'model', 1, 'terminal', 'm', '1', '{35123456}');
SQL

# reads STATEMENT ARGUMENTS: how many rows it reads of lot_row, and whether it sorts them
reads() {
	local statement
	statement=$(statements db/sql/lot_work.sql | grep "^PREPARE $1 AS ")
	sql assay_authority <<<"$statement
		EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE $1($2);" |
		jq -r '[.. | objects | select(."Relation Name" == "lot_row" or (."Node Type" // "" | startswith("Bitmap")))
			| (."Actual Rows" + (."Rows Removed by Filter" // 0)) * ."Actual Loops"] | add'
}
says() { # SENTENCE STATEMENT ARGUMENTS
	local n
	n=$(reads "$2" "$3")
	if [ "$n" -ge $next ] && [ "$n" -le $((next + 1)) ]; then echo "ok - $1"
	else echo "not ok - $1"; echo "# rows read: $n, not $next"; bad=1; fi
}
all() { # LOT WHEN
	says "$2: the first that are checked" lot_rows "$1, 0, $next"
	says "$2: the next" lot_rows "$1, 1000, $next"
	says "$2: the last" lot_rows "$1, $((rows - next)), $next"
	says "$2: what is issued first" lot_issue_tres "$1, 0, $next"
	says "$2: what is issued next" lot_issue_tres "$1, 1000, $next"
	says "$2: of terminals, too" lot_issue_rows "$1, 1000, $next"
}
fill 1
all 1 "of a table without statistics"
sql assay_test <<<"ANALYZE lot_row;"
all 1 "of a lot that they know"
fill 2
all 2 "of a lot that came after them"

# ---- the status log, of which nobody has counted anything
sql assay_test <<-'SQL' || exit 1
	ALTER TABLE status_event SET (autovacuum_enabled = off);
	SET session_replication_role = replica;
	INSERT INTO status_event (id, at, kind, issuer_id, first, count)
	SELECT i, now(), 'issued', 1, i, 1 FROM generate_series(1, 100000) i;
SQL
plan() {
	sed -n '/^-- name: status_event_copy/,/TO STDOUT/{ s/^COPY (//; s/) TO STDOUT.*//; /^--/d; p; }' db/sql/status.sql >"$pg/log.sql"
	sql assay_follower <<<"SET assay.status_after = '0'; EXPLAIN (FORMAT JSON) $(cat "$pg/log.sql");" |
		jq -r '[.. | ."Node Type"? // empty] | join(" ")'
}
said=$(plan)
if [ "$said" = "Limit Index Scan" ]; then echo "ok - the follower reads the log along its index"
else echo "not ok - the follower reads the log along its index"; echo "# $said"; bad=1; fi

# ---- a CA's standing, when what is counted are good ones only
sql assay_test <<-'SQL' || exit 1
	ALTER TABLE certificate SET (autovacuum_enabled = off);
	SET session_replication_role = replica;
	INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id, algorithm, not_before, not_after)
	VALUES (1, 'root', 'x', '', 'x', substr(pg_catalog.sha256('x'), 1, 20), 'P-256', now(), now() + interval '1 year');
SQL
standing="EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT issuer_standing(i) FROM issuer i;"
pages=$(sql assay_test <<-SQL | jq -s '.[-1][0].Plan | ."Shared Hit Blocks" + ."Shared Read Blocks"'
	SET session_replication_role = replica;
	SET plan_cache_mode = force_generic_plan;
	INSERT INTO certificate (issuer_id, index, device_id, not_before, profile, state, serial, der_sha256, spki_sha256, der)
	SELECT 1, i, i, now(), 'tre', 'issued', int8send(1000000 + i), pg_catalog.sha256(int8send(i)),
	    pg_catalog.sha256(int8send(-i)), 'x' FROM generate_series(1, 20000) i;
	ANALYZE certificate;
	UPDATE certificate SET state = 'revoked';
	SELECT issuer_standing(i) FROM issuer i \g /dev/null
	$standing
SQL
)
if [ "$pages" -lt 50 ]; then echo "ok - a CA's standing is one look ($pages pages)"
else echo "not ok - a CA's standing is one look"; echo "# $pages pages"; bad=1; fi

# ---- CRLs of delegated CAs, however many one supplier hands over
sql assay_test <<-'SQL' || exit 1
	ALTER TABLE delegated_crl SET (autovacuum_enabled = off);
	SET session_replication_role = replica;
	INSERT INTO delegated_ca (id, number, organisation_id, role, site_id, csr, spki_sha256, requested_by, statement_id)
	OVERRIDING SYSTEM VALUE SELECT i, 'DCA-' || i, 1, 'tre', 1, 'x', pg_catalog.sha256(int8send(i)), 1, 1 FROM generate_series(1, 2) i;
	INSERT INTO delegated_crl (delegated_ca_id, der, sha256, submitted_by, state)
	SELECT 1, 'x', pg_catalog.sha256(int8send(i)), 1, CASE WHEN i % 25 = 0 THEN 'received' ELSE 'refused' END FROM generate_series(1, 5000) i;
SQL
reads_few() { # SENTENCE MOST ROLE QUERY: so many pages at most
	local n
	n=$(sql "$3" <<<"$4 \\g /dev/null
		EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) $4;" | jq '.[0].Plan | ."Shared Hit Blocks" + ."Shared Read Blocks"')
	if [ "$n" -le "$2" ]; then echo "ok - $1 ($n pages)"
	else echo "not ok - $1"; echo "# $n pages"; bad=1; fi
}
reads_few "whose CRL is next is a look at each that waits" 2000 assay_authority "SELECT id FROM delegated_crl_next()"
reads_few "how many came of a CA is not asked of all others'" 50 assay_test "SELECT delegated_crl_fits(d, 'x') FROM delegated_ca d WHERE id = 2"

# ---- what a device has begun by CMP in an hour, however much it has before
sql assay_test <<-'SQL' || exit 1
	SET session_replication_role = replica;
	INSERT INTO enrolment_count (lot_id) VALUES (1);
	INSERT INTO cmp_transaction (lot_id, transaction, signer, request, created)
	SELECT 1, pg_catalog.sha256(int8send(i)), pg_catalog.sha256(CASE WHEN i % 20 = 0 THEN 'signer' ELSE int8send(-i) END),
	    'x', assay_now() - interval '2 hours' FROM generate_series(1, 60000) i;
	VACUUM ANALYZE cmp_transaction;
SQL
reads_few "how many it has begun is read off an index" 200 assay_api "SELECT cmp_transaction_begin('LOT-1', gen_random_uuid()::text::bytea, pg_catalog.sha256('signer'), 'x', true)"

exit $bad
