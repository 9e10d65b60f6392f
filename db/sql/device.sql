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
