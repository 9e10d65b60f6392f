-- Devices, and which TrE sits in which terminal.

-- name: device_ids_do
-- $1 how many -> as many fresh ids
SELECT nextval('device_id_seq') FROM generate_series(1, $1::bigint);

-- name: device_copy
COPY device (id, kind, device_id, model_id, lot_id, tac)
  FROM STDIN (FORMAT binary);

-- name: binding_copy
COPY binding (tre_id, terminal_id) FROM STDIN (FORMAT binary);

-- name: device_one
-- $1 tre or terminal, $2 device id -> JSON
SELECT device_one($1, $2);

-- name: device_serve_do
-- $1 ids, an array: what has got its first permit
SELECT device_serve($1::bigint[]);

-- name: device_quarantine_do
-- $1 kind, $2 device id, $3 reason -> JSON
SELECT device_quarantine($1, $2, $3);

-- name: device_release_do
-- $1 kind, $2 device id, $3 reason -> JSON of the proposal
SELECT device_release_propose($1, $2, $3);

-- name: device_retire_do
-- $1 kind, $2 device id, $3 reason -> JSON
SELECT device_retire($1, $2, $3);
