-- What the follower asks: two numbers, and what is behind them.

-- name: status_head_get
-- -> last event, newest publication, the event's hash, which database this is, is
-- it a replica, does it stand, has it lost anything; of a replica, until when it has
-- heard of its primary (a second less, for it hears on while it is asked), 0: never
SELECT last, coalesce((SELECT max(id) FROM publication), 0), hash,
       database_identity(), pg_is_in_recovery(), database_stands(),
       database_is_lost(),
       CASE WHEN pg_is_in_recovery() THEN greatest(0, coalesce(floor(extract(
	   epoch FROM pg_last_xact_replay_timestamp()))::bigint, 0) - 1)
	   ELSE 0 END
  FROM status_head;

-- name: status_event_has
-- $1 event, $2 hash -> one row if the log has it
SELECT id FROM status_event WHERE id = $1 AND hash = $2::bytea;

-- name: status_event_after
-- $1 after this event: where status_event_copy begins, which takes no argument
SELECT set_config('assay.status_after', $1, false);

-- name: status_event_copy
-- -> events, oldest first.  What is nothing comes as NULL, which costs nothing to
-- send, as does a count of 1: of most events all cohorts are none
COPY (SELECT id, kind, coalesce(since, at), issuer_id, first, nullif(count, 1),
       reason, invalidity, nullif(lot_id, 0), nullif(model_id, 0),
       nullif(site_id, 0), nullif(organisation_id, 0),
       nullif(hardware_platform_id, 0), cohort_kind, cohort_id, measure_id
  FROM status_event
 WHERE id > current_setting('assay.status_after')::bigint
 ORDER BY id
 LIMIT 1000000) TO STDOUT (FORMAT binary);

-- name: publication_each
-- $1 after this id -> the newest of each path
SELECT DISTINCT ON (path) id, path
  FROM (SELECT id, path FROM publication WHERE id > $1
        UNION ALL
        SELECT id, also FROM publication WHERE id > $1 AND also IS NOT NULL) p
 ORDER BY path, id DESC;

-- name: publication_get
-- $1 id -> its octets, when they were made, how many parts more there are
SELECT content, floor(extract(epoch FROM created))::bigint,
       (SELECT count(*) FROM publication_part m WHERE m.publication_id = p.id)
  FROM publication p
 WHERE id = $1;

-- name: publication_part_of
-- $1 id: whose parts publication_part_copy gives, which takes no argument
SELECT set_config('assay.publication', $1, false);

-- name: publication_part_copy
-- -> a large one's octets behind its first, in order
COPY (SELECT content FROM publication_part
 WHERE publication_id = current_setting('assay.publication')::bigint
 ORDER BY part) TO STDOUT (FORMAT binary);

-- name: status_check_do
-- $1 how many, $2 after ISSUER/INDEX, $3 only which, or NULL -> what the register
-- says
SELECT status_check($1::int, $2, $3);
