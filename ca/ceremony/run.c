/*
 * A ceremony carried out: keys, then all that is to be signed, built and
 * linted, and only then signatures, one after another, each on the disk before
 * the next.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/confirmation.h"
#include "ceremony/run.h"
#include "ceremony/run_folder.h"
#include "ceremony/run_key.h"
#include "ceremony/run_memory.h"
#include "ceremony/transcript.h"

struct run {
	const struct ceremony *c;
	const char *script;
	char *folder;
	struct run_key root, previous;
	struct plan plan;
	json_t *records;
	struct buf *text;
};

/* ---- without a signature */

/* Public, but for the one that is thrown away. */
static struct key *
planned_key(const struct ceremony *c)
{
	if (!c->script.new_root)
		return key_from_spki(c->root.spki);
	return c->in.root_key.n > 0 ? key_from_spki(buf_span(&c->in.root_key))
				    : key_generate(c->script.algorithm);
}

int
run_dry(const struct ceremony *c, struct buf *text)
{
	struct key *root, *previous = NULL;
	struct plan plan;
	int rc = -1;

	memset(&plan, 0, sizeof(plan));
	root = planned_key(c);
	if (root == NULL ||
	    (c->script.has_previous &&
		(previous = key_from_spki(c->previous.spki)) == NULL))
		goto out;
	rc = plan_make(&plan, c, root, previous);
	if (rc == 0)
		plan_write_text(&plan, text);
	if (rc == 0 && c->script.new_root && c->in.root_key.n == 0)
		buf_puts(text,
		    "The root's key is yet to be made (assay ca ceremony key): "
		    "the one shown, and its\nidentifier, are of a key that was "
		    "thrown away.  Nobody can confirm this yet.\n");
	plan_free(&plan);
out:
	key_free(root);
	key_free(previous);
	return rc;
}

static int
check_date(const struct ceremony *c)
{
	int64_t off = clock_now() - c->script.date;
	char text[CLOCK_TEXT_MAX];

	if (off <= RUN_DAYS * DAY && off >= -RUN_DAYS * DAY)
		return 0;
	return err_set_code(ERR_DENIED, "CEREMONY_DATE",
	    "the clock says %s, more than %d days from the script's date: set "
	    "the clock, or have a script of today reviewed",
	    clock_write(clock_now(), text), RUN_DAYS);
}

/* ---- records */

static void
record_key(struct run *r, const char *which, const struct script_key *s,
    const struct run_key *k)
{
	char *where = s->file != NULL ? xasprintf("file %s", s->file)
				      : xasprintf("token, label %s", s->label);

	ceremony_record(r->records, RECORD_KEY,
	    json_pack("{s:s, s:s, s:s, s:o}", "key", which, "where", where,
		"algorithm", key_name(key_kind(k->key)), "spki_sha256",
		ceremony_sha256(key_spki(k->key))));
	buf_printf(r->text, "%s key: %s, %s\n", which, where,
	    key_name(key_kind(k->key)));
	free(where);
}

static void
record_file(struct run *r, const char *what, const char *file, struct span der)
{
	ceremony_record(r->records, what,
	    json_pack(
		"{s:s, s:o}", "file", file, "sha256", ceremony_sha256(der)));
	buf_printf(r->text, "%s: %s\n", file,
	    strcmp(what, RECORD_KEPT) == 0 ? "was there already" : "made");
}

static int
record_confirmations(struct run *r, const struct buf *confirmations, size_t n)
{
	size_t who;

	for (size_t i = 0; i < n; i++) {
		if (confirmation_verify(
			r->c, buf_span(&confirmations[i]), &who) == -1)
			return -1;
		ceremony_record(r->records, RECORD_CONFIRMED,
		    json_pack("{s:s, s:o}", "name",
			r->c->script.custodians[who].name, "sha256",
			ceremony_sha256(buf_span(&confirmations[i]))));
	}
	return 0;
}

/* ---- results */

/*
 * A result that is there and right is kept: its signature may be another one,
 * since signatures are made with chance, but never its content.
 */
static int
put(struct run *r, const char *file, const struct artefact *a,
    int (*make)(const struct run *, const struct artefact *, struct buf *))
{
	char *path = xasprintf("%s/%s", r->folder, file);
	struct buf der = BUF_EMPTY;
	int rc;

	if (io_read_file(path, PLAN_FILE_MAX, &der) == 0) {
		rc = a != NULL ? artefact_check(a, buf_span(&der))
			       : plan_check_crl(&r->plan, buf_span(&der));
		if (rc == -1)
			(void)run_conflict(
			    file, "is there already, and another");
		else
			record_file(r, RECORD_KEPT, file, buf_span(&der));
	} else if (err_kind() != ERR_ABSENT)
		rc = -1;
	else if ((rc = make(r, a, &der)) == 0 &&
	    (rc = io_create_file(path, 0644, buf_span(&der))) == 0)
		record_file(r, RECORD_MADE, file, buf_span(&der));
	buf_free(&der);
	free(path);
	return rc;
}

static int
make_certificate(const struct run *r, const struct artefact *a, struct buf *out)
{
	uint8_t space[CERT_MAX];
	struct span der;

	(void)r;
	if (template_sign(
		a->template, &a->content, space, sizeof(space), &der) == -1)
		return -1;
	buf_put_span(out, der);
	return artefact_check(a, der);
}

static int
make_crl(const struct run *r, const struct artefact *a, struct buf *out)
{
	(void)a;
	if (plan_crl(&r->plan, out) == -1)
		return -1;
	return plan_check_crl(&r->plan, buf_span(out));
}

/* A root that is there already goes along, so that the folder is whole. */
static int
put_given_root(struct run *r)
{
	struct span der = buf_span(&r->c->in.root);
	char *path;
	struct buf have = BUF_EMPTY;
	int rc;

	if (r->c->script.new_root)
		return 0;
	path = xasprintf("%s/" PLAN_ROOT, r->folder);
	rc = io_read_file(path, PLAN_FILE_MAX, &have);
	if (rc == 0 && !span_equal(buf_span(&have), der))
		rc = run_conflict(PLAN_ROOT, "is there already, and another");
	else if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = io_create_file(path, 0644, der);
	if (rc == 0)
		record_file(r, RECORD_KEPT, PLAN_ROOT, der);
	buf_free(&have);
	free(path);
	return rc;
}

static int
put_results(struct run *r)
{
	const struct plan *p = &r->plan;

	if (put_given_root(r) == -1)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (put(r, p->artefacts[i].file, &p->artefacts[i],
			make_certificate) == -1)
			return -1;
	return r->c->requests.has_crl ? put(r, PLAN_CRL, NULL, make_crl) : 0;
}

/* Before the transcript is there: what is complete is remembered. */
static int
remember(const struct run *r, struct span transcript)
{
	const struct script *s = &r->c->script;

	if (s->has_previous_key &&
	    run_memory_write(&s->previous_key, r->script, transcript) == -1)
		return -1;
	return run_memory_write(&s->root_key, r->script, transcript);
}

static int
put_transcript(struct run *r, const struct buf *confirmations, size_t n)
{
	const struct ceremony_said said = { confirmations, n, r->records };
	char *path = xasprintf("%s/" TRANSCRIPT_FILE, r->folder);
	struct buf file = BUF_EMPTY;
	int rc;

	ceremony_record(r->records, RECORD_ENDED, NULL);
	rc = ceremony_transcript(&r->plan, &said, &file);
	if (rc == 0)
		rc = remember(r, buf_span(&file));
	if (rc == 0)
		rc = io_create_file(path, 0644, buf_span(&file));
	buf_free(&file);
	free(path);
	return rc;
}

static int
open_keys(struct run *r)
{
	const struct script *s = &r->c->script;

	if (run_key_load(&r->root, &s->root_key, r->script) == -1)
		return -1;
	record_key(r, "root", &s->root_key, &r->root);
	if (!s->has_previous_key)
		return 0;
	if (run_key_load(&r->previous, &s->previous_key, r->script) == -1)
		return -1;
	record_key(r, "previous root", &s->previous_key, &r->previous);
	return 0;
}

/* Of each root that signs. */
static int
check_memory(const struct run *r)
{
	const struct script *s = &r->c->script;

	if (s->has_previous_key &&
	    run_memory_check(r->c, &s->previous_key, &r->previous, r->script) ==
		-1)
		return -1;
	return run_memory_check(r->c, &s->root_key, &r->root, r->script);
}

/* What everybody there writes down: by it a new instance knows its root. */
static void
say_root(struct run *r)
{
	struct buf der = BUF_EMPTY;
	char *path = xasprintf("%s/" PLAN_ROOT, r->folder);
	json_t *digest;

	if (io_read_file(path, PLAN_FILE_MAX, &der) == 0) {
		digest = ceremony_sha256(buf_span(&der));
		buf_printf(r->text, "root, SHA-256 of its certificate: %s\n",
		    json_string_value(digest));
		json_decref(digest);
	}
	buf_free(&der);
	free(path);
}

static int
carry_out(struct run *r, const struct buf *confirmations, size_t n)
{
	struct buf text = BUF_EMPTY;
	int rc;

	if (ceremony_has_key(r->c) == -1 ||
	    confirmations_judge(r->c, confirmations, n) == -1 ||
	    check_date(r->c) == -1 ||
	    run_folder_ready(r->folder, &r->c->requests) == -1)
		return -1;
	/* whatever is wrong with it shows before a key is looked at */
	rc = run_dry(r->c, &text);
	buf_free(&text);
	if (rc == -1)
		return -1;
	ceremony_record(r->records, RECORD_BEGUN, NULL);
	if (record_confirmations(r, confirmations, n) == -1 ||
	    open_keys(r) == -1 ||
	    plan_make(&r->plan, r->c, r->root.key, r->previous.key) == -1 ||
	    check_memory(r) == -1 || put_results(r) == -1)
		return -1;
	say_root(r);
	return put_transcript(r, confirmations, n);
}

int
run_ceremony(const struct ceremony *c, const char *script,
    const struct buf *confirmations, size_t n, struct buf *text)
{
	struct run r = { .c = c, .script = script, .text = text };
	int rc;

	r.folder = ceremony_path(script, c->script.results);
	r.records = json_array();
	rc = carry_out(&r, confirmations, n);
	plan_free(&r.plan);
	run_key_close(&r.root);
	run_key_close(&r.previous);
	json_decref(r.records);
	free(r.folder);
	return rc;
}
