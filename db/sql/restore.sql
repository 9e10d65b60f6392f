-- Restores: what witnesses say, what people read and decide.

-- name: witness_say_do
-- $1 who, $2 last event seen, $3 its hash, $4 marks (JSON), $5 last feed, $6 its
-- SHA-256, $7 last kit, $8 its SHA-256, $9 notices -> stands, waits, lost,
-- resolved
SELECT witness_say($1, $2::bigint, $3::bytea, $4::jsonb, $5::bigint, $6::bytea,
       $7::bigint, $8::bytea, $9::bigint);

-- name: restore_claim_add_do
-- $1 who, $2 claims (JSON)
SELECT restore_claim_add($1, $2::jsonb);

-- name: restore_claim_listed_do
-- $1 what published CRLs list (JSON)
SELECT restore_claim_listed($1::jsonb);

-- name: restore_head
-- What the authority keeps: -> last event, its hash, last feed, its SHA-256,
-- last kit, its SHA-256, notices
SELECT h.last, h.hash, coalesce(f.number, 0), coalesce(f.sha256, ''),
       coalesce(k.number, 0), coalesce(k.sha256, ''),
       coalesce((SELECT max(last) FROM notice_head), 0)
  FROM status_head h
  LEFT JOIN (SELECT number, sha256 FROM feed ORDER BY number DESC LIMIT 1) f
       ON true
  LEFT JOIN (SELECT number, sha256 FROM kit ORDER BY number DESC LIMIT 1) k
       ON true;

-- name: restore_issuers
-- -> each issuer's first free index
SELECT id, next_index FROM issuer;

-- name: restore_lost
SELECT restore_lost();

-- name: restore_stands
SELECT database_stands();

-- name: restore_order
-- -> the order to resolve one: order, proposal, restore's number, who may propose
-- and who approve, since when it is lost (microseconds)
SELECT o.id, p.id, p.subject_number, array_to_string(a.proposer_roles, ' '),
       array_to_string(a.approver_roles, ' '),
       floor(extract(epoch FROM r.created) * 1000000)::bigint
  FROM "order" o JOIN proposal p ON p.id = o.subject_id
  JOIN act a ON a.name = p.act
  JOIN restore r ON r.id = p.subject_id AND r.state = 'lost'
 WHERE o.kind = 'restore_resolve' AND o.state = 'queued'
 ORDER BY o.id LIMIT 1;

-- name: restore_resolve_do
-- $1 proposal
SELECT restore_resolve($1::bigint);

-- name: restore_propose_resolve_do
-- $1 number, $2 the event that was seen last, $3 how many claims, $4 reason, $5 who is
-- not believed (JSON array), or NULL
SELECT restore_propose_resolve($1, $2::bigint, $3::bigint, $4,
       (SELECT array_agg(d) FROM jsonb_array_elements_text($5::jsonb) d));

-- name: restore_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('restores', 'restore', '{number}', ARRAY(
	SELECT r.id FROM restore r
	 WHERE ($1::text IS NULL OR r.state = $1)
	   AND ($2::text IS NULL OR r.id < (SELECT id FROM restore
		WHERE number = $2))
	 ORDER BY r.id DESC LIMIT 101));

-- name: restore_get
-- $1 number
SELECT shown_whole('restore', id) FROM restore WHERE number = $1;
