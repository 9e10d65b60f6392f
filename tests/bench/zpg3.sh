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

CREATE TABLE public.c2 AS SELECT * FROM certificate WHERE device_id IS NOT NULL ORDER BY index LIMIT 2000;
SET enable_seqscan=on;
ANALYZE public.c2;
CREATE OR REPLACE FUNCTION public.oldw() RETURNS void LANGUAGE plpgsql SET enable_hashjoin=off SET enable_mergejoin=off SET search_path=assay,public AS $f$
DECLARE v_index bigint; BEGIN FOR i IN 1..50 LOOP
	SELECT c.index INTO v_index FROM public.c2 c
	    LEFT JOIN certificate_template t ON t.id = c.template_id
	    LEFT JOIN device d ON d.id = c.device_id
	WHERE c.template_id IS NOT NULL AND c.der_sha256 IS DISTINCT FROM
	    pg_catalog.sha256('\x3082'::bytea
	    || int2send((t.octets + octet_length(c.signature))::int2)
	    || t.pieces[1] || c.serial
	    || t.pieces[2] || asn1_time(c.not_before)
	    || t.pieces[3] || coalesce(asn1_time(c.not_before
		+ t.lasts * interval '1 second'), '')
	    || t.pieces[4] || convert_to(d.device_id, 'UTF8')
	    || t.pieces[5] || c.point
	    || t.pieces[6] || substr(pg_catalog.sha256(c.point), 1, 20)
	    || t.pieces[7] || convert_to(d.device_id, 'UTF8')
	    || t.pieces[8] || coalesce(c.binding, '')
	    || t.pieces[9] || c.signature)
	LIMIT 1;
 IF FOUND THEN RAISE 'x'; END IF; END LOOP; END $f$;
CREATE OR REPLACE FUNCTION public.joinonly() RETURNS void LANGUAGE plpgsql SET enable_hashjoin=off SET enable_mergejoin=off SET search_path=assay,public AS $f$
DECLARE v_index bigint; BEGIN FOR i IN 1..50 LOOP
	SELECT c.index INTO v_index FROM public.c2 c
	    LEFT JOIN certificate_template t ON t.id = c.template_id
	    LEFT JOIN device d ON d.id = c.device_id
	WHERE c.template_id IS NOT NULL AND d.device_id = ''
	LIMIT 1;
 IF FOUND THEN RAISE 'x'; END IF; END LOOP; END $f$;
CREATE OR REPLACE FUNCTION public.neww(tweak int) RETURNS void LANGUAGE plpgsql SET enable_hashjoin=off SET enable_mergejoin=off SET search_path=assay,public AS $f$
DECLARE
	k record;
	t certificate_template;
	p1 bytea; p5 bytea; p6 bytea; p7 bytea; p8 bytea; p9 bytea; dates bytea;
 v_index bigint; BEGIN FOR i IN 1..50 LOOP
	FOR k IN SELECT DISTINCT template_id, not_before FROM public.c2
	    WHERE template_id IS NOT NULL LOOP
		SELECT * INTO t FROM certificate_template
		    WHERE id = k.template_id;
		dates := certificate_dates(t, k.not_before);
		p1 := t.pieces[1];
		p5 := t.pieces[5];
		p6 := t.pieces[6];
		p7 := t.pieces[7];
		p8 := t.pieces[8];
		p9 := t.pieces[9];
 IF tweak = 0 THEN
		SELECT c.index INTO v_index FROM public.c2 c
		    LEFT JOIN device d ON d.id = c.device_id,
		    LATERAL (SELECT convert_to(d.device_id, 'UTF8')) o (id)
		WHERE c.template_id = k.template_id
		    AND c.not_before = k.not_before
		    AND c.der_sha256 IS DISTINCT FROM pg_catalog.sha256(
			certificate_put(c, o.id, t.octets, p1, dates, p5, p6,
			    p7, p8, p9))
		LIMIT 1;
 ELSIF tweak = 1 THEN
		SELECT c.index INTO v_index FROM public.c2 c
		    LEFT JOIN device d ON d.id = c.device_id
		WHERE c.template_id = k.template_id
		    AND c.not_before = k.not_before
		    AND c.der_sha256 IS DISTINCT FROM pg_catalog.sha256('\x3082'::bytea
	    || int2send((t.octets + octet_length(c.signature))::int2)
	    || p1 || c.serial || dates || convert_to(d.device_id, 'UTF8')
	    || p5 || c.point
	    || p6 || substr(pg_catalog.sha256(c.point), 1, 20)
	    || p7 || convert_to(d.device_id, 'UTF8')
	    || p8 || coalesce(c.binding, '')
	    || p9 || c.signature)
		LIMIT 1;
 ELSIF tweak = 2 THEN
		SELECT c.index INTO v_index FROM public.c2 c
		    LEFT JOIN device d ON d.id = c.device_id
		WHERE c.template_id = k.template_id
		    AND c.not_before = k.not_before
		    AND c.der_sha256 = pg_catalog.sha256('\x3082'::bytea
	    || int2send((t.octets + octet_length(c.signature))::int2)
	    || p1 || c.serial || dates || d.device_id::text::bytea
	    || p5 || c.point
	    || p6 
	    || p7 
	    || p8 || coalesce(c.binding, '')
	    || p9 || c.signature)
		LIMIT 1;
 END IF;
  IF FOUND THEN RAISE 'x'; END IF; 
 END LOOP;
END LOOP; END $f$;
CALL public.t('joinonly', $$SELECT public.joinonly()$$);
CALL public.t('old', $$SELECT public.oldw()$$);
CALL public.t('new', $$SELECT public.neww(0)$$);
CALL public.t('new1', $$SELECT public.neww(1)$$);
CALL public.t('new2', $$SELECT public.neww(2)$$);
CALL public.t('joinonly', $$SELECT public.joinonly()$$);
CALL public.t('old', $$SELECT public.oldw()$$);
CALL public.t('new', $$SELECT public.neww(0)$$);
CALL public.t('new1', $$SELECT public.neww(1)$$);
CALL public.t('new2', $$SELECT public.neww(2)$$);
SQL
psql -h "$run" -U "$(id -un)" -d assay -qAtX -f "$work/x.sql" 2>&1 | sed 's/^psql:[^ ]*//'
rm -f /tmp/bulk_*.bin
finish
