-- Disputes about who should have a device.

-- name: dispute_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT dispute_list($1, $2);

-- name: dispute_get
-- $1 number
SELECT * FROM dispute_one($1);

-- name: dispute_begin_do
-- $1 decision that gives the cause, $2 ground -> JSON
SELECT dispute_begin($1::uuid, $2);

-- name: dispute_answer_do
-- $1 number, $2 answer -> JSON
SELECT dispute_answer($1, $2);

-- name: dispute_withdraw_do
-- $1 number -> JSON
SELECT dispute_withdraw($1);

-- name: dispute_propose_do
-- $1 number, $2 verdict, $3 operator or NULL, $4 reason -> JSON of the proposal
SELECT dispute_propose($1, $2, $3, $4);
