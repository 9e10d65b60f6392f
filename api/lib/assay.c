/*
 * libassay: what ca/kit does, behind a header of its own.
 */

#include <stdlib.h>
#include <string.h>

#include "api/lib/assay.h"
#include "base/err.h"
#include "base/text.h"
#include "kit/folder.h"
#include "kit/judge.h"
#include "x509/oid.h"

struct assay_kit {
	struct roots roots;
	struct kit_chain chain;
};

const char *
assay_error_code(void)
{
	return err_code();
}

const char *
assay_error_text(void)
{
	return err_kind() == ERR_NONE ? "" : text_of_err(false);
}

/* Of what has gone well there is none, whatever was tried on the way. */
static int
told(int rc)
{
	if (rc == 0)
		err_forget();
	return rc;
}

struct assay_kit *
assay_kit_new(const void *roots, size_t n, const char *oid_arc)
{
	struct assay_kit *k;

	if (oid_arc != NULL && oid_set_arc(oid_arc) == -1)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	if (told(roots_read(span_of(roots, n), &k->roots)) == 0)
		return k;
	assay_kit_free(k);
	return NULL;
}

void
assay_kit_free(struct assay_kit *k)
{
	if (k == NULL)
		return;
	kit_chain_free(&k->chain);
	roots_free(&k->roots);
	free(k);
}

int
assay_kit_add(struct assay_kit *k, const void *octets, size_t n)
{
	struct buf copy = BUF_EMPTY;
	struct kit_file f;
	int rc;

	buf_put(&copy, octets, n);
	rc = kit_file_take(&copy, &k->roots, &f);
	if (rc == 0)
		rc = kit_chain_add(&k->chain, &f);
	kit_file_free(&f);
	return told(rc);
}

int
assay_kit_load(struct assay_kit *k, const char *folder)
{
	struct kit_chain fresh = { .n = 0 };
	int rc = kit_folder_load(folder, &k->roots, &fresh);

	if (rc == 0 && fresh.n > 0)
		rc = kit_chain_replace(&k->chain, &fresh);
	kit_chain_free(&fresh);
	return told(rc);
}

int
assay_kit_about(const struct assay_kit *k, struct assay_kit_about *about)
{
	const struct kit *newest = kit_chain_newest(&k->chain);

	if (newest == NULL)
		return err_set_code(
		    ERR_ABSENT, "KIT_ABSENT", "there is no kit here");
	*about = (struct assay_kit_about){ newest->number, newest->issued,
		newest->next_update, newest->covered };
	return told(0);
}

static struct span
span_of_der(const struct assay_der *d)
{
	return span_of(d->octets, d->octets == NULL ? 0 : d->n);
}

static int
put_codes(const enum reason *list, int n, const char *codes[ASSAY_REASONS])
{
	int i;

	for (i = 0; i < n && i < ASSAY_REASONS; i++)
		codes[i] = reason_get(list[i])->code;
	return i;
}

static const char *
gap_of(enum kit_gap gap)
{
	static const char *const names[] = { [KIT_TOO_OLD] = "TOO_OLD",
		[KIT_DELEGATED] = "DELEGATED",
		[KIT_LOT] = "LOT" };

	return gap == KIT_KNOWS ? NULL : names[gap];
}

static enum assay_verdict
verdict_of(const struct verdict *v)
{
	if (v->kind == VERDICT_REFUSE)
		return ASSAY_REFUSE;
	return v->nreasons > 0 && v->reasons[0] == PRECHECK_ONLY
	    ? ASSAY_NOTHING_AGAINST
	    : ASSAY_INDETERMINATE;
}

int
assay_kit_judge(const struct assay_kit *k, const struct assay_question *asked,
    struct assay_answer *answer)
{
	struct kit_question q = { .platform_only = asked->terminal_only != 0,
		.imei = asked->imei,
		.tac = asked->tac,
		.firmware = asked->firmware,
		.max_status_age = asked->max_age,
		.now = asked->now };
	struct kit_answer a;
	int i;

	memset(answer, 0, sizeof(*answer));
	for (i = 0; i < 2; i++) {
		q.tre[i] = span_of_der(&asked->tre[i]);
		q.terminal[i] = span_of_der(&asked->terminal[i]);
	}
	if (kit_judge(&k->chain, &k->roots, &q, &a) == -1)
		return -1;
	answer->verdict = verdict_of(&a.verdict);
	answer->nreasons =
	    put_codes(a.verdict.reasons, a.verdict.nreasons, answer->reasons);
	answer->nwarnings = put_codes(
	    a.verdict.warnings, a.verdict.nwarnings, answer->warnings);
	answer->tre_gap = gap_of(a.tre);
	answer->terminal_gap = gap_of(a.terminal);
	answer->age = a.age;
	return told(0);
}

const char *
assay_sentence(const char *code)
{
	return reason_get(reason_find(code))->sentence;
}
