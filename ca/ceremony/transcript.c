/*
 * transcript.json, written.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/transcript.h"
#include "key/jws.h"
#include "policy/canon.h"

#define PROGRAM_MAX (256 << 20)

void
ceremony_record(json_t *records, const char *what, json_t *more)
{
	char at[CLOCK_TEXT_MAX];
	json_t *o = json_pack("{s:I, s:s, s:s}", "n",
	    (json_int_t)json_array_size(records) + 1, "at",
	    clock_write(clock_now(), at), "what", what);

	if (more != NULL)
		json_object_update(o, more);
	json_decref(more);
	json_array_append_new(records, o);
}

json_t *
ceremony_sha256(struct span octets)
{
	uint8_t digest[HASH_SIZE];
	struct buf hex = BUF_EMPTY;
	json_t *v;

	hash_sha256(octets, digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	v = json_string(buf_str(&hex));
	buf_free(&hex);
	return v;
}

static json_t *
base64(const struct buf *octets)
{
	struct buf text = BUF_EMPTY;
	json_t *v;

	if (octets->n == 0)
		return json_null();
	base64_encode(&text, buf_span(octets));
	v = json_string(buf_str(&text));
	buf_free(&text);
	return v;
}

static json_t *
text_of(const struct buf *octets)
{
	return json_stringn((const char *)octets->p, octets->n);
}

static json_t *
inputs_json(const struct ceremony *c)
{
	const struct ceremony_inputs *in = &c->in;
	json_t *custodians = json_array();

	for (size_t i = 0; i < c->script.ncustodians; i++)
		json_array_append_new(custodians, base64(&in->custodians[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "script",
	    text_of(&in->script), "requests", text_of(&in->requests),
	    "profiles", text_of(&in->profiles), "root", base64(&in->root),
	    "previous_root", base64(&in->previous_root), "previous_crl",
	    base64(&in->previous_crl), "root_key", base64(&in->root_key),
	    "custodians", custodians);
}

static json_t *
confirmations_json(const struct ceremony_said *said)
{
	json_t *list = json_array();

	for (size_t i = 0; i < said->n; i++)
		json_array_append_new(list, text_of(&said->confirmations[i]));
	return list;
}

/* There is no release number: which program it was, its octets say. */
static json_t *
program_json(void)
{
	struct buf program = BUF_EMPTY;
	json_t *v = NULL;

	if (io_read_file("/proc/self/exe", PROGRAM_MAX, &program) == 0)
		v = ceremony_sha256(buf_span(&program));
	buf_free(&program);
	return v;
}

static json_t *
transcript_json(const struct plan *p, const struct ceremony_said *said)
{
	const struct ceremony *c = p->ceremony;
	char digest[65];

	ceremony_digest_text(c, digest);
	return json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:o}, s:o, s:o, s:O}",
	    "assay", "ca-transcript/1", "title", c->script.title, "digest",
	    digest, "program", program_json(), "root", "algorithm",
	    key_name(key_kind(p->root_key)), "spki_sha256",
	    ceremony_sha256(key_spki(p->root_key)), "inputs", inputs_json(c),
	    "confirmations", confirmations_json(said), "records",
	    said->records);
}

static int
sign(const struct key *key, const json_t *transcript, struct buf *jws)
{
	struct buf canonical = BUF_EMPTY;
	char *header =
	    xasprintf("{\"alg\":\"%s\",\"typ\":\"" TRANSCRIPT_TYP "\"}",
		jws_algorithm(key));
	int rc = canon_write(&canonical, transcript);

	if (rc == 0)
		rc = jws_sign_detached(key, header, buf_span(&canonical), jws);
	free(header);
	buf_free(&canonical);
	return rc;
}

int
ceremony_transcript(
    const struct plan *p, const struct ceremony_said *said, struct buf *out)
{
	json_t *transcript = transcript_json(p, said), *file = NULL;
	struct buf jws = BUF_EMPTY;
	char *text = NULL;
	int rc = -1;

	if (transcript == NULL) {
		(void)err_set(ERR_INPUT, "an input is no UTF-8");
		goto out;
	}
	if (sign(p->root_key, transcript, &jws) == -1)
		goto out;
	file = json_pack(
	    "{s:O, s:s}", "transcript", transcript, "signature", buf_str(&jws));
	text = json_dumps(file, JSON_INDENT(1));
	buf_puts(out, text);
	buf_putc(out, '\n');
	rc = 0;
out:
	free(text);
	json_decref(file);
	json_decref(transcript);
	buf_free(&jws);
	return rc;
}

int
ceremony_each_file(
    const char *folder, int (*visit)(const char *, void *), void *ctx)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int rc = 0;

	if (d == NULL)
		return io_err("open", folder);
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = visit(e->d_name, ctx);
	(void)closedir(d);
	return rc;
}
