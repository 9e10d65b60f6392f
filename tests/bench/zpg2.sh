#!/usr/bin/env bash
set -u
settings=(DEVICES=100000 KIND=key)
. "$(dirname "$0")/lib.sh"
devices=$DEVICES
"$bin/tests/devices" "$KIND" "$devices" X- >"$work/rows"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "a site is audited for key injection" story_keys
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
case $KIND in csr) model=tresor-m2 site=tresor-dresden;; key) model=tresor-k1 site=tresor-bautzen;; esac
a tresor-pki lot sign --model "$model" --site "$site" --kind "$KIND" --rows "$work/rows" --out "$work/manifest"
number=$(j tresor-pki lot submit --manifest "$work/manifest" | jq -re .number)
a tresor-pki lot wait "$number" --timeout 86400 >/dev/null
cat >"$work/x.sql" <<'SQL'
SET search_path = assay, public;
SET client_min_messages=error;
CREATE OR REPLACE PROCEDURE public.t(what text, q text) LANGUAGE plpgsql AS $$
DECLARE a float8; b float8; t0 timestamptz;
BEGIN
 a := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8;
 EXECUTE q;
 b := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8;
 RAISE NOTICE '% : % us', what, round(((b-a)/1000/(SELECT count(*) FROM device))::numeric,2);
END $$;
SET client_min_messages=notice;

COPY (SELECT * FROM device ORDER BY id) TO '/tmp/bulk_dev.bin' (FORMAT binary);
COPY (SELECT * FROM certificate WHERE device_id IS NOT NULL ORDER BY index) TO '/tmp/bulk_cert.bin' (FORMAT binary);
CREATE TABLE public.d (LIKE assay.device INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING GENERATED);
CREATE TABLE public.c (LIKE assay.certificate INCLUDING CONSTRAINTS INCLUDING DEFAULTS);
CALL public.t('d no index', $$COPY public.d FROM '/tmp/bulk_dev.bin' (FORMAT binary)$$);
TRUNCATE public.d;
CALL public.t('d no index', $$COPY public.d FROM '/tmp/bulk_dev.bin' (FORMAT binary)$$);
TRUNCATE public.d;
CREATE TRIGGER w AFTER INSERT ON public.d REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION device_belongs();
CALL public.t('d + trigger belongs', $$COPY public.d FROM '/tmp/bulk_dev.bin' (FORMAT binary)$$);
CALL public.t('cert no index', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
TRUNCATE public.c; 
CALL public.t('again cert no index', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
TRUNCATE public.c; 
CREATE TRIGGER w AFTER INSERT ON public.c REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION certificate_belongs();
CALL public.t('+ trigger belongs', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
TRUNCATE public.c;
CREATE TRIGGER w2 AFTER INSERT ON public.c REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION certificate_whole();
CALL public.t('+ trigger whole', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
DROP TRIGGER w ON public.c; DROP TRIGGER w2 ON public.c;
TRUNCATE public.c; CREATE INDEX ON public.c USING hash (spki_sha256) WHERE (profile IN ('tre', 'terminal'));
CALL public.t('hash index', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
DROP INDEX public.c_spki_sha256_idx;
TRUNCATE public.c; ALTER TABLE public.c ADD EXCLUDE USING hash (spki_sha256 WITH =) WHERE (profile IN ('tre', 'terminal'));
CALL public.t('exclude', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
TRUNCATE public.c; 
ALTER TABLE public.c DROP CONSTRAINT c_spki_sha256_excl;
CREATE UNIQUE INDEX ON public.c (spki_sha256) WHERE (profile IN ('tre', 'terminal'));
CALL public.t('unique btree', $$COPY public.c FROM '/tmp/bulk_cert.bin' (FORMAT binary)$$);
SELECT pg_relation_size('public.c_spki_sha256_idx')/(select count(*) from device);
SQL
psql -h "$run" -U "$(id -un)" -d assay -qAtX -f "$work/x.sql" 2>&1 | sed 's/^psql:[^ ]*//'
rm -f /tmp/bulk_*.bin
finish
