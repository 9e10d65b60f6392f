/*
 * A root's memory: what it signed last.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "ceremony/run_memory.h"
#include "ceremony/transcript.h"
#include "x509/crl_read.h"

static char *
path_of(const struct script_key *s, const char *script)
{
	char *name, *path;

	if (s->last != NULL)
		return ceremony_path(script, s->last);
	name = xasprintf("%s.last", s->file);
	path = ceremony_path(script, name);
	free(name);
	return path;
}

static int
missing(const char *path)
{
	return err_set_code(ERR_DENIED, "CEREMONY_MEMORY",
	    "%s is not there, by which one knows what this root signed last: "
	    "bring it from where the key is kept, or copy the transcript.json "
	    "of its last ceremony there",
	    path);
}

/* By it one knows whom this root has revoked: who asks may be among them. */
static int
check_crl(const struct ceremony *c, const struct ceremony_last *last)
{
	struct crl crl;

	if (last->crl == 0 ||
	    (c->in.previous_crl.n > 0 &&
		crl_parse(buf_span(&c->in.previous_crl), &crl) == 0 &&
		crl.number >= last->crl))
		return 0;
	return err_set_code(ERR_DENIED, "PREVIOUS_CRL_OLD",
	    "the root has signed a CRL with the number %llu, and crl.previous "
	    "is an older one, or none: bring that one, or who was revoked in "
	    "it could ask",
	    (unsigned long long)last->crl);
}

/*
 * An interrupted ceremony goes on with what it has signed already.  A new root
 * has a new key: requests for it may be unsigned, and so would be what a root
 * certifies that calls itself new.
 */
static int
judge(const struct ceremony *c, const struct script_key *s,
    const struct ceremony_last *last)
{
	if (memcmp(c->digest, last->digest, sizeof(c->digest)) == 0)
		return 0;
	if (c->script.new_root && s == &c->script.root_key)
		return err_set_code(ERR_DENIED, "ROOT_KEY_USED",
		    "the key has been a root's at an earlier ceremony: a new "
		    "root has a key of its own");
	if (c->requests.number > last->number)
		return check_crl(c, last);
	return err_set_code(ERR_DENIED, "REQUESTS_OLD",
	    "the requests have the number %lld, and the root has signed number "
	    "%lld already: fetch them again (assay ca requests --out)",
	    (long long)c->requests.number, (long long)last->number);
}

int
run_memory_check(const struct ceremony *c, const struct script_key *s,
    const struct run_key *k, const char *script)
{
	bool fresh = (c->script.new_root && s == &c->script.root_key) ||
	    (c->script.previous_was_online && s == &c->script.previous_key);
	char *path = path_of(s, script);
	struct buf text = BUF_EMPTY;
	struct ceremony_last last;
	int rc = io_read_file(path, TRANSCRIPT_MAX, &text);

	if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = fresh ? 0 : missing(path);
	else if (rc == 0 &&
	    (rc = ceremony_last(buf_span(&text), k->key, &last)) == -1)
		(void)err_set_code(ERR_DENIED, "CEREMONY_MEMORY",
		    "%s tells nothing of this root: %s", path, err_text());
	else if (rc == 0)
		rc = judge(c, s, &last);
	buf_free(&text);
	free(path);
	return rc;
}

int
run_memory_write(
    const struct script_key *s, const char *script, struct span transcript)
{
	char *path = path_of(s, script);
	int rc = io_write_file(path, 0644, transcript);

	free(path);
	return rc;
}
