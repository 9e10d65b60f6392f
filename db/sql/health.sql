-- Is the record there, and does it take writes?

-- name: health
SELECT jsonb_build_object('status', 'ok', 'database', 'ok',
       'writable', NOT pg_is_in_recovery(), 'vouched', database_stands(),
       'time', to_char(assay_now() AT TIME ZONE 'UTC',
           'YYYY-MM-DD"T"HH24:MI:SS"Z"'));

-- name: ready
SELECT 1;
