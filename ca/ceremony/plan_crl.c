/*
 * The root's CRL: made as requested, and recognised.
 */

#include "base/err.h"
#include "ceremony/plan.h"
#include "x509/crl_read.h"

/*
 * Of the root's own CRL there is one for all, which says so by naming no
 * distribution point (RFC 5280 section 5.2.5).
 */
int
plan_crl(const struct plan *p, struct buf *der)
{
	const struct requests *r = &p->ceremony->requests;
	struct crl_array list = { r->revoked, r->nrevoked, 0 };
	const struct crl_spec spec = {
		.issuer = p->root,
		.key = p->root_key,
		.number = r->crl_number,
		.this_update = r->this_update,
		.next_update = r->next_update,
		.scope = CRL_CA_CERTS,
		.list = &list,
		.rewind = crl_array_rewind,
		.next = crl_array_next,
	};

	return crl_build(&spec, der);
}

/* In the order of the requests, each of them and no other. */
static int
is_requested(const struct crl_entry *e, void *ctx)
{
	struct crl_array *list = ctx;
	const struct crl_entry *want = &list->entries[list->at];

	if (list->at++ == list->n)
		return 1;
	return span_equal(span_of(e->serial, e->serial_length),
		   span_of(want->serial, want->serial_length)) &&
		e->when == want->when && e->reason == want->reason &&
		e->invalidity == 0
	    ? 0
	    : 1;
}

int
plan_check_crl(const struct plan *p, struct span der)
{
	const struct requests *r = &p->ceremony->requests;
	struct crl_array list = { r->revoked, r->nrevoked, 0 };
	struct key *key;
	struct crl crl;
	int rc;

	if (crl_parse(der, &crl) == -1 || crl.number != r->crl_number ||
	    crl.this_update != r->this_update ||
	    crl.next_update != r->next_update || crl.url.n != 0 ||
	    crl.scope != CRL_CA_CERTS ||
	    crl_each(&crl, is_requested, &list) != 0 || list.at != list.n)
		return err_set_code(ERR_DENIED, "ARTEFACT_OTHER",
		    PLAN_CRL " is not the CRL that the requests make");
	if ((key = key_from_spki(p->root->spki)) == NULL)
		return -1;
	rc = crl_verify(&crl, p->root, key);
	key_free(key);
	if (rc == -1)
		return err_set_code(ERR_DENIED, "ARTEFACT_SIGNATURE",
		    PLAN_CRL " is not signed with the root's key");
	return 0;
}
