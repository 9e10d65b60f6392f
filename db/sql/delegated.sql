-- Keys that the authority certifies for some days at a time.

-- name: delegated_due
-- -> the first: key id, kind, name, public key, issuer, a server's hosts
SELECT d.key_id, k.kind, k.name, k.spki_der, d.issuer_id,
       array_to_string(k.hosts, ' ')
  FROM delegated_due() d
  JOIN delegated_key k ON k.id = d.key_id
 ORDER BY d.issuer_id, d.key_id
 LIMIT 1;

-- name: delegated_latest
-- $1 name -> its certificate
SELECT d.der
  FROM delegated_certificate d
  JOIN delegated_key k ON k.id = d.key_id
 WHERE k.name = $1
 ORDER BY d.not_after DESC, d.id DESC
 LIMIT 1;

-- name: delegated_links
-- $1 issuer -> its root's key certified by the root before, that one's by the one
-- before it, and so on, as long as these live
WITH RECURSIVE link AS (
	SELECT l.old_id, l.new_with_old, 1 AS n
	  FROM root_link l JOIN issuer i ON i.root_id = l.new_id
	 WHERE i.id = $1
	UNION ALL
	SELECT l.old_id, l.new_with_old, n + 1
	  FROM root_link l JOIN link ON l.new_id = link.old_id)
SELECT link.new_with_old
  FROM link JOIN issuer o ON o.id = link.old_id
 WHERE coalesce(o.not_after > assay_now(), true)
 ORDER BY n;

-- name: delegated_insert
-- $1 key, $2 issuer, $3 DER, $4 not before, $5 not after
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before,
       not_after)
VALUES ($1, $2, $3, $4, $5);
