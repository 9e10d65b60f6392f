-- CRLs of makers of TPMs.

-- name: ek_crl_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('ek_crls', 'ek_crl', '{number}', ARRAY(
	SELECT c.id FROM ek_crl c
	 WHERE ($1::text IS NULL OR c.state = $1)
	   AND ($2::text IS NULL OR c.id < (SELECT id FROM ek_crl
		WHERE number = $2))
	 ORDER BY c.id DESC LIMIT 101));

-- name: ek_crl_get
-- $1 number
SELECT shown_whole('ek_crl', id) FROM ek_crl WHERE number = $1;

-- name: ek_crl_root
-- $1 number of a root -> its certificate, now
SELECT certificate, floor(extract(epoch FROM assay_now()))::bigint
  FROM reference WHERE number = $1 AND kind = 'ek_root';

-- name: ek_crl_submit_do
-- $1 root, $2 certificates of the issuers (an array), $3 the CRL, $4 SHA-256 of
-- its issuer's key, $5 its number, $6 thisUpdate, $7 nextUpdate; of each entry $8
-- serial number, $9 reason, $10 since when
SELECT ek_crl_submit($1, $2::jsonb, $3::bytea, $4::bytea, $5::bytea,
    $6::timestamptz, $7::timestamptz, $8::bytea[], $9::int[], $10::bigint[]);
