-- The migrator's own book-keeping.

-- name: migration_same
-- $1 file name, $2 its octets -> whether they are what was applied
SELECT sha256 = sha256($2::bytea) FROM migration WHERE name = $1;

-- name: migration_unknown
-- $1 file names, parted by / -> one that was applied and is not among them
SELECT name FROM migration WHERE name <> ALL (string_to_array($1, '/'))
ORDER BY name LIMIT 1;

-- name: migration_applied
-- $1 file name, $2 its octets
INSERT INTO migration (name, sha256) VALUES ($1, sha256($2::bytea));

-- name: transition_forget_do
DELETE FROM transition;

-- name: transition_add
-- $1 entity, $2 from ('' for nothing), $3 to
INSERT INTO transition (entity, from_state, to_state) VALUES ($1, $2, $3);
