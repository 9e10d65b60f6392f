/*
 * transcript.json, read strictly.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "ceremony/confirmation.h"
#include "ceremony/transcript_inside.h"
#include "key/jws.h"
#include "policy/canon.h"
#include "registry/fields.h"
#include "x509/crl_read.h"

#define JWS_MOST     8192
#define DER_MOST     (4 << 20)
#define RECORDS_MOST (REQUESTS_CERTIFICATES_MAX + 40)
#define WHERE_MOST   512
#define FILE_MOST    63

static int
malformed(void)
{
	return err_set_code(ERR_INPUT, "TRANSCRIPT_MALFORMED",
	    "the transcript is malformed: %s", err_text());
}

const char *
said_text(const json_t *record, const char *name)
{
	const char *s = json_string_value(json_object_get(record, name));

	return s != NULL ? s : "";
}

/* A whole file as text; lines and tabs are part of it. */
static void
read_file(struct fields *f, const char *name, struct buf *out)
{
	json_t *v = fields_any(f, name);

	if (v == NULL)
		return;
	if (!json_is_string(v))
		fields_refuse(f, name, "must be a text");
	else
		buf_put(out, json_string_value(v), json_string_length(v));
}

static void
read_der(struct fields *f, const char *name, struct buf *out)
{
	if (!fields_is_null(f, name))
		fields_base64(f, name, 1, DER_MOST, out);
}

static int
read_custodians(json_t *list, struct ceremony_inputs *in)
{
	struct fields f;
	char where[40];
	json_t *o, *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		(void)snprintf(where, sizeof(where), "custodians[%zu]", i);
		o = json_pack("{s:O}", "key", v);
		fields_of(&f, o, where);
		fields_base64(&f, "key", 1, KEY_SPKI_MAX, &in->custodians[i]);
		json_decref(o);
		if (f.failed)
			return -1;
	}
	return 0;
}

static int
read_inputs(json_t *o, struct ceremony_inputs *in)
{
	struct fields f;
	json_t *custodians;

	fields_of(&f, o, "inputs");
	read_file(&f, "script", &in->script);
	read_file(&f, "requests", &in->requests);
	read_file(&f, "profiles", &in->profiles);
	read_der(&f, "root", &in->root);
	read_der(&f, "previous_root", &in->previous_root);
	read_der(&f, "previous_crl", &in->previous_crl);
	read_der(&f, "root_key", &in->root_key);
	custodians = fields_array(&f, "custodians", 0, SCRIPT_CUSTODIANS_MAX);
	return fields_end(&f) == -1 ? -1 : read_custodians(custodians, in);
}

static int
read_root(json_t *o, struct said *s)
{
	const char *algorithm;
	struct fields f;

	fields_of(&f, o, "root");
	algorithm = fields_text(&f, "algorithm", 1, 15);
	fields_hex(&f, "spki_sha256", s->root_spki, sizeof(s->root_spki));
	if (algorithm != NULL &&
	    key_by_name(span_str(algorithm), &s->algorithm) == -1)
		fields_refuse(&f, "algorithm", "is none");
	return fields_end(&f);
}

/*
 * Of each kind what it has to tell, and nothing else: people read them, and
 * whoever holds the root's key at a ceremony could put in what looks like one.
 */
static int
read_record(json_t *o, size_t i)
{
	uint8_t digest[HASH_SIZE];
	const char *what;
	char where[40];
	struct fields f;

	(void)snprintf(where, sizeof(where), "records[%zu]", i);
	fields_of(&f, o, where);
	(void)fields_int(&f, "n", 1, RECORDS_MOST);
	(void)fields_time(&f, "at");
	what = fields_word(&f, "what",
	    RECORD_BEGUN "|" RECORD_CONFIRMED "|" RECORD_KEY "|" RECORD_MADE
			 "|" RECORD_KEPT "|" RECORD_ENDED);
	if (what == NULL)
		return fields_end(&f);
	if (strcmp(what, RECORD_CONFIRMED) == 0)
		(void)fields_handle(&f, "name");
	else if (strcmp(what, RECORD_KEY) == 0) {
		(void)fields_word(&f, "key", "root|previous root");
		(void)fields_text(&f, "where", 1, WHERE_MOST);
		(void)fields_text(&f, "algorithm", 1, 15);
		fields_hex(&f, "spki_sha256", digest, sizeof(digest));
	} else if (strcmp(what, RECORD_MADE) == 0 ||
	    strcmp(what, RECORD_KEPT) == 0)
		(void)fields_text(&f, "file", 0, FILE_MOST);
	if (strcmp(what, RECORD_CONFIRMED) == 0 ||
	    strcmp(what, RECORD_MADE) == 0 || strcmp(what, RECORD_KEPT) == 0)
		fields_hex(&f, "sha256", digest, sizeof(digest));
	return fields_end(&f);
}

static int
read_records(const json_t *records)
{
	size_t i, n = json_array_size(records);

	for (i = 0; i < n; i++)
		if (read_record(json_array_get(records, i), i) == -1)
			return -1;
	return 0;
}

/* Each record where its number says, none before the one above it. */
static int
check_order(const struct said *s)
{
	size_t n = json_array_size(s->records), i;
	int64_t before = 0, at = 0;
	json_t *r;

	json_array_foreach(s->records, i, r)
	{
		if (json_integer_value(json_object_get(r, "n")) !=
		    (json_int_t)i + 1)
			return transcript_denied("TRANSCRIPT_ORDER",
			    "record %zu of the transcript does not stand in "
			    "its place",
			    i + 1);
		if (clock_parse(span_str(said_text(r, "at")), &at) == -1 ||
		    at < before)
			return transcript_denied("TRANSCRIPT_ORDER",
			    "record %zu of the transcript is older than the "
			    "one before it",
			    i + 1);
		before = at;
	}
	if (n < 2 ||
	    strcmp(said_text(json_array_get(s->records, 0), "what"),
		RECORD_BEGUN) != 0 ||
	    strcmp(said_text(json_array_get(s->records, n - 1), "what"),
		RECORD_ENDED) != 0)
		return transcript_denied("TRANSCRIPT_ORDER",
		    "the transcript does not go from begin to end");
	return 0;
}

static int
read_transcript(struct said *s, struct ceremony_inputs *in)
{
	json_t *root, *inputs, *confirmations;
	struct fields f;

	fields_of(&f, s->transcript, "transcript");
	(void)fields_word(&f, "assay", "ca-transcript/1");
	s->title = fields_text(&f, "title", 1, 200);
	s->program = fields_text(&f, "program", 64, 64);
	fields_hex(&f, "digest", s->digest, sizeof(s->digest));
	root = fields_object(&f, "root");
	inputs = fields_object(&f, "inputs");
	confirmations = fields_texts(
	    &f, "confirmations", 0, SCRIPT_CUSTODIANS_MAX, JWS_MOST);
	s->records = fields_array(&f, "records", 1, RECORDS_MOST);
	if (fields_end(&f) == -1 || read_root(root, s) == -1 ||
	    read_inputs(inputs, in) == -1 || read_records(s->records) == -1)
		return malformed();
	s->n = json_array_size(confirmations);
	for (size_t i = 0; i < s->n; i++)
		buf_puts(&s->confirmations[i],
		    json_string_value(json_array_get(confirmations, i)));
	return check_order(s);
}

int
said_parse(struct span text, struct said *s, struct ceremony_inputs *in)
{
	struct fields f;

	memset(s, 0, sizeof(*s));
	fields_open(&f, text);
	s->file = f.root;
	s->transcript = fields_object(&f, "transcript");
	s->signature = fields_text(&f, "signature", 1, JWS_MOST);
	if (fields_end(&f) == -1)
		return malformed();
	return read_transcript(s, in);
}

void
said_free(struct said *s)
{
	json_decref(s->file);
	for (size_t i = 0; i < SCRIPT_CUSTODIANS_MAX; i++)
		buf_free(&s->confirmations[i]);
	memset(s, 0, sizeof(*s));
}

int
said_verify(const struct said *s, const struct key *root)
{
	struct buf canonical = BUF_EMPTY;
	struct jws j;
	int rc = -1;

	if (jws_split(span_str(s->signature), CONFIRMATION_MAX, &j) == 0) {
		if (jws_check_header(&j, TRANSCRIPT_TYP, "") == 0 &&
		    canon_write(&canonical, s->transcript) == 0)
			rc =
			    jws_verify_detached(&j, root, buf_span(&canonical));
		jws_free(&j);
	}
	buf_free(&canonical);
	return rc == 0
	    ? 0
	    : transcript_denied("TRANSCRIPT_SIGNATURE",
		  "the transcript was altered, or not signed with the root's "
		  "key");
}

/* ---- as a memory */

/* Its own, or that of the ceremony in which it had a successor. */
static int
check_is_of(const struct said *s, const struct ceremony_inputs *in,
    const struct key *root)
{
	uint8_t spki[HASH_SIZE];
	struct cert previous;

	hash_sha256(key_spki(root), spki);
	if (memcmp(spki, s->root_spki, sizeof(spki)) == 0)
		return said_verify(s, root);
	if (in->previous_root.n > 0 &&
	    cert_parse(buf_span(&in->previous_root), &previous) == 0 &&
	    span_equal(previous.spki, key_spki(root)))
		return 0;
	return transcript_denied(
	    "TRANSCRIPT_ROOT", "the transcript is of another root's ceremony");
}

/*
 * The number of the last CRL that it tells of: the one that this root signed at
 * it, or, where it had its successor, the one that was shown there.
 */
static uint64_t
last_crl(const struct said *s, const struct ceremony_inputs *in,
    const struct requests *r, const struct key *root)
{
	uint8_t spki[HASH_SIZE];
	struct crl crl;

	hash_sha256(key_spki(root), spki);
	if (memcmp(spki, s->root_spki, sizeof(spki)) == 0)
		return r->has_crl ? r->crl_number : 0;
	return in->previous_crl.n > 0 &&
		crl_parse(buf_span(&in->previous_crl), &crl) == 0
	    ? crl.number
	    : 0;
}

int
ceremony_last(
    struct span transcript, const struct key *root, struct ceremony_last *last)
{
	struct ceremony_inputs in;
	struct requests r;
	struct said s;
	int rc;

	memset(&in, 0, sizeof(in));
	memset(&r, 0, sizeof(r));
	rc = said_parse(transcript, &s, &in);
	if (rc == 0)
		rc = check_is_of(&s, &in, root);
	if (rc == 0)
		rc = requests_parse(buf_span(&in.requests), &r);
	if (rc == 0) {
		memcpy(last->digest, s.digest, sizeof(last->digest));
		last->number = r.number;
		last->crl = last_crl(&s, &in, &r, root);
	}
	requests_free(&r);
	said_free(&s);
	ceremony_inputs_free(&in);
	return rc;
}
