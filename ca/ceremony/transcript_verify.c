/*
 * A result folder, verified: everything is made again from what the transcript
 * rests on, with public keys, and held against what lies there.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "ceremony/confirmation.h"
#include "ceremony/transcript_inside.h"

struct verification {
	const char *folder;
	struct buf file, root_der;
	struct said said;
	struct ceremony c;
	struct cert root;
	struct key *root_key, *previous_key;
	struct plan plan;
	bool custodians; /* their keys are those that lie with the script */
};

int
transcript_denied(const char *code, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set_code(ERR_DENIED, code, "%s", text);
}

static int
read_result(const struct verification *v, const char *name, struct buf *out)
{
	char *path = xasprintf("%s/%s", v->folder, name);
	int rc = io_read_file(path, PLAN_FILE_MAX, out);

	free(path);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		return transcript_denied("ARTEFACT_MISSING",
		    "%s is in the transcript and not in the folder", name);
	return rc;
}

static bool
is(const json_t *record, const char *what)
{
	return strcmp(said_text(record, "what"), what) == 0;
}

static bool
has_sha256(const json_t *record, struct span octets)
{
	json_t *digest = ceremony_sha256(octets);
	bool same =
	    strcmp(said_text(record, "sha256"), json_string_value(digest)) == 0;

	json_decref(digest);
	return same;
}

/* ---- what it rests on */

static int
check_inputs(struct verification *v, const char *script)
{
	struct buf reviewed = BUF_EMPTY;
	int rc;

	if (ceremony_take(&v->c) == -1 || ceremony_has_key(&v->c) == -1)
		return -1;
	if (memcmp(v->c.digest, v->said.digest, HASH_SIZE) != 0 ||
	    strcmp(v->c.script.title, v->said.title) != 0)
		return transcript_denied("TRANSCRIPT_INPUTS",
		    "the transcript's inputs are not those of its digest");
	if (script == NULL)
		return 0;
	rc = io_read_file(script, SCRIPT_MAX, &reviewed);
	if (rc == 0 &&
	    !span_equal(buf_span(&reviewed), buf_span(&v->c.in.script)))
		rc = transcript_denied("TRANSCRIPT_SCRIPT",
		    "the ceremony followed another script than %s", script);
	buf_free(&reviewed);
	return rc;
}

/*
 * Whoever has the root's key can hold a ceremony with people of their own under
 * the script's names: their keys are compared where the reviewed script lies.
 */
static int
check_custodians(struct verification *v, const char *script)
{
	int has;

	v->custodians = script != NULL;
	for (size_t i = 0; script != NULL && i < v->c.script.ncustodians; i++) {
		has = ceremony_has_custodian(&v->c, script, i);
		if (has == -1 && err_kind() != ERR_ABSENT)
			return -1;
		if (has == 0)
			return transcript_denied("TRANSCRIPT_CUSTODIAN",
			    "%s at the ceremony had another key than the one "
			    "that lies with the script",
			    v->c.script.custodians[i].name);
		v->custodians = v->custodians && has == 1;
	}
	return 0;
}

/* Each by whom the record says; they are good, and in the records' order. */
static int
check_names(const struct verification *v)
{
	const struct said *s = &v->said;
	size_t i, n = 0, who;
	json_t *r;

	json_array_foreach(s->records, i, r)
	{
		if (!is(r, RECORD_CONFIRMED))
			continue;
		if (confirmation_verify(
			&v->c, buf_span(&s->confirmations[n++]), &who) == -1)
			return -1;
		if (strcmp(v->c.script.custodians[who].name,
			said_text(r, "name")) != 0)
			return transcript_denied("CONFIRMATION_EXCHANGED",
			    "the confirmation that the records say to be of %s "
			    "is of %s",
			    said_text(r, "name"),
			    v->c.script.custodians[who].name);
	}
	return 0;
}

/* The records tell of each confirmation: none is missing, none exchanged. */
static int
check_confirmations(const struct verification *v)
{
	const struct said *s = &v->said;
	size_t i, n = 0;
	json_t *r;

	json_array_foreach(s->records, i, r)
	{
		if (!is(r, RECORD_CONFIRMED))
			continue;
		if (n == s->n)
			return transcript_denied("CONFIRMATION_REMOVED",
			    "the confirmation of %s is in the records, and "
			    "not in the transcript",
			    said_text(r, "name"));
		if (!has_sha256(r, buf_span(&s->confirmations[n++])))
			return transcript_denied("CONFIRMATION_EXCHANGED",
			    "the confirmation of %s is not the one that the "
			    "records tell of",
			    said_text(r, "name"));
	}
	if (n != s->n)
		return transcript_denied("CONFIRMATION_EXCHANGED",
		    "there is a confirmation that no record tells of");
	if (confirmations_judge(&v->c, s->confirmations, s->n) == -1)
		return -1;
	return check_names(v);
}

/* ---- what lies there */

static int
check_hashes(const struct verification *v)
{
	struct buf octets = BUF_EMPTY;
	const char *file;
	json_t *r;
	size_t i;
	int rc = 0;

	json_array_foreach(v->said.records, i, r)
	{
		if (!is(r, RECORD_MADE) && !is(r, RECORD_KEPT))
			continue;
		file = said_text(r, "file");
		buf_clear(&octets);
		if (file[0] == '\0' || file[0] == '.' ||
		    strchr(file, '/') != NULL)
			rc = transcript_denied(
			    "TRANSCRIPT_MALFORMED", "a record names no file");
		else if ((rc = read_result(v, file, &octets)) == 0 &&
		    !has_sha256(r, buf_span(&octets)))
			rc = transcript_denied("ARTEFACT_ALTERED",
			    "%s is not the file that the transcript tells of",
			    file);
		if (rc == -1)
			break;
	}
	buf_free(&octets);
	return rc;
}

static size_t
count_records(const struct verification *v, const char *file)
{
	size_t i, n = 0;
	json_t *r;

	json_array_foreach(v->said.records, i, r) n +=
	    (is(r, RECORD_MADE) || is(r, RECORD_KEPT)) &&
	    (file == NULL || strcmp(said_text(r, "file"), file) == 0);
	return n;
}

static int
is_told(const char *name, void *ctx)
{
	if (strcmp(name, TRANSCRIPT_FILE) == 0 || count_records(ctx, name) == 1)
		return 0;
	return transcript_denied("ARTEFACT_UNKNOWN",
	    "%s lies in the folder, and the transcript tells nothing of it",
	    name);
}

/* ---- the root, and what it signed */

static int
check_root(struct verification *v, struct span trusted)
{
	uint8_t spki[HASH_SIZE];

	if (read_result(v, PLAN_ROOT, &v->root_der) == -1)
		return -1;
	if (trusted.n > 0 && !span_equal(trusted, buf_span(&v->root_der)))
		return transcript_denied("TRANSCRIPT_ROOT",
		    "the folder's root is another than the one trusted");
	if (v->c.in.root.n > 0 &&
	    !span_equal(buf_span(&v->c.in.root), buf_span(&v->root_der)))
		return transcript_denied("TRANSCRIPT_ROOT",
		    "the folder's root is another than the ceremony's");
	if (cert_parse(buf_span(&v->root_der), &v->root) == -1 ||
	    (v->root_key = key_from_spki(v->root.spki)) == NULL)
		return transcript_denied("TRANSCRIPT_ROOT",
		    "the folder's root cannot be read: %s", err_text());
	hash_sha256(v->root.spki, spki);
	if (memcmp(spki, v->said.root_spki, sizeof(spki)) != 0 ||
	    v->root.key_kind != v->said.algorithm)
		return transcript_denied("TRANSCRIPT_ROOT",
		    "the root has another key than the transcript tells of");
	return 0;
}

/* Made again, with public keys: is it what lies there? */
static int
check_artefacts(struct verification *v)
{
	struct buf der = BUF_EMPTY;
	size_t files = v->c.script.new_root ? 0 : 1;
	int rc = 0;

	if (v->c.script.has_previous &&
	    (v->previous_key = key_from_spki(v->c.previous.spki)) == NULL)
		return -1;
	if (plan_make(&v->plan, &v->c, v->root_key, v->previous_key) == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < v->plan.n; i++, files++) {
		buf_clear(&der);
		rc = read_result(v, v->plan.artefacts[i].file, &der);
		if (rc == 0)
			rc = artefact_check(
			    &v->plan.artefacts[i], buf_span(&der));
	}
	buf_clear(&der);
	if (rc == 0 && v->c.requests.has_crl) {
		files++;
		if ((rc = read_result(v, PLAN_CRL, &der)) == 0)
			rc = plan_check_crl(&v->plan, buf_span(&der));
	}
	buf_free(&der);
	if (rc == 0 && files != count_records(v, NULL))
		return transcript_denied("ARTEFACT_UNKNOWN",
		    "the transcript tells of files that the script does not "
		    "make");
	return rc;
}

/* ---- all of it */

static void
write_report(const struct verification *v, bool trusted, struct buf *out)
{
	char digest[65];
	size_t i;
	json_t *r;

	ceremony_digest_text(&v->c, digest);
	buf_printf(
	    out, "The transcript holds.\n\nceremony: %s\n", v->c.script.title);
	ceremony_statement(&v->c, out);
	buf_printf(out, "digest: %s\n", digest);
	json_array_foreach(v->said.records, i, r)
	{
		buf_printf(
		    out, "%s %s", said_text(r, "at"), said_text(r, "what"));
		if (is(r, RECORD_CONFIRMED))
			buf_printf(out, " by %s", said_text(r, "name"));
		if (is(r, RECORD_KEY))
			buf_printf(out, ": %s, %s, %s", said_text(r, "key"),
			    said_text(r, "where"), said_text(r, "algorithm"));
		if (is(r, RECORD_MADE) || is(r, RECORD_KEPT))
			buf_printf(out, ": %s, SHA-256 %s",
			    said_text(r, "file"), said_text(r, "sha256"));
		buf_putc(out, '\n');
	}
	if (!trusted)
		buf_puts(out,
		    "\nThe root is the folder's own: compare its hash, or say "
		    "--root.\n");
	if (!v->custodians)
		buf_puts(out,
		    "\nThe custodians' keys are the transcript's own: compare "
		    "their hashes, or say\n--script, where their keys lie "
		    "with it.\n");
}

static int
verify(struct verification *v, struct span root, const char *script)
{
	char *path = xasprintf("%s/" TRANSCRIPT_FILE, v->folder);
	int rc = io_read_file(path, TRANSCRIPT_MAX, &v->file);

	free(path);
	if (rc == -1 ||
	    said_parse(buf_span(&v->file), &v->said, &v->c.in) == -1 ||
	    check_inputs(v, script) == -1 ||
	    check_custodians(v, script) == -1 || check_confirmations(v) == -1 ||
	    check_hashes(v) == -1 ||
	    ceremony_each_file(v->folder, is_told, v) == -1 ||
	    check_root(v, root) == -1 ||
	    said_verify(&v->said, v->root_key) == -1)
		return -1;
	return check_artefacts(v);
}

int
ceremony_verify(const char *folder, struct span root, const char *script,
    bool *custodians, struct buf *text)
{
	struct verification v = { .folder = folder };
	int rc = verify(&v, root, script);

	if (rc == 0)
		write_report(&v, root.n > 0, text);
	if (custodians != NULL)
		*custodians = v.custodians;
	plan_free(&v.plan);
	key_free(v.root_key);
	key_free(v.previous_key);
	ceremony_free(&v.c);
	said_free(&v.said);
	buf_free(&v.file);
	buf_free(&v.root_der);
	return rc;
}
