/*
 * Who asked for a row of an open lot, as far as that can be proven.
 */

#include <string.h>

#include "authority/proof.h"
#include "base/err.h"
#include "issue/applicant.h"
#include "issue/manifest.h"
#include "issue/open_lot.h"
#include "key/jws.h"
#include "x509/cert.h"
#include "x509/cmp.h"

/* One row's proof: the message, and of a renewal the old certificate. */
struct proof {
	struct span message;
	struct span renewed; /* empty: it is a new device */
};

static int
refused(const char *why)
{
	return err_set_code(ERR_DENIED, "PROOF_REFUSED", "%s", why);
}

/* The header was verified when the lot was opened, and is with its right to be
 * issued (accreditation.h). */
struct open_lot *
proof_header(const struct lot *l)
{
	struct open_lot *h = xcalloc(1, sizeof(*h));
	struct jws j;
	int rc;

	rc = jws_split(span_str(l->header_jws), MANIFEST_LINE_MAX, &j);
	if (rc == 0)
		rc = open_lot_parse(buf_span(&j.payload), h);
	jws_free(&j);
	if (rc == 0)
		return h;
	open_lot_free(h);
	return NULL;
}

static int
verify_new(const struct open_lot *h, const struct cmp_message *m, int64_t now,
    const struct applicant *who)
{
	struct span anchors[OPEN_LOT_FACTORY_MAX], signer;
	const char *key;
	int i;

	if (m->protection == CMP_MAC) {
		key = open_lot_mac_key(h, m->kid);
		if (key == NULL || !span_equal(m->kid, span_str(who->id)))
			return refused("the header has no key of its MACs");
		return cmp_verify_mac(m, span_str(key));
	}
	for (i = 0; i < h->nfactory; i++)
		anchors[i] = span_of(h->factory[i], h->factory_size[i]);
	return cmp_verify_chain(m, anchors, (size_t)h->nfactory, now, &signer);
}

/* Of a renewal the register knows better than its request who it is for. */
static int
verify(const struct open_lot *h, const struct proof *p, int64_t now,
    const struct row *row)
{
	struct cmp_message m;
	struct cmp_request r;
	struct applicant who;

	if (cmp_read(p->message, &m) == -1 || cmp_read_request(&m, &r) == -1)
		return -1;
	if (!span_equal(m.request, row->csr.der))
		return refused("the message that should prove it holds "
			       "another request");
	if (p->renewed.n > 0)
		return cmp_verify_signature(&m, p->renewed);
	if (applicant_read(r.subject, &who) == -1)
		return -1;
	if (strcmp(who.id, row->id) != 0 || strcmp(who.tre, row->tre) != 0 ||
	    strcmp(who.tac, row->tac) != 0)
		return refused("the message that should prove it is for "
			       "another device");
	return verify_new(h, &m, now, &who);
}

/* Whoever let it in may have another clock, or a mind of its own. */
static bool
has_ended(struct span certificate, int64_t now)
{
	struct cert c;

	return cert_parse(certificate, &c) == -1 || c.not_after < now;
}

/* ERR_INTERNAL is no word on the row. */
static int
judge(const struct open_lot *h, const struct proof *p, int64_t now,
    struct row *row)
{
	if (row->reason != NULL)
		return 0;
	if (p->renewed.n > 0 && has_ended(p->renewed, now)) {
		row_refuse(row, "DEVICE_NOT_GOOD",
		    "the certificate with which %s asked has ended: only what "
		    "is good renews",
		    row->id);
		return 0;
	}
	if (p->message.n == 0) {
		if (p->renewed.n == 0 && open_lot_is_strict(h))
			row_refuse(row, "PROOF_MISSING",
			    "the lot takes new devices under its factory "
			    "certificates alone");
		return 0;
	}
	if (verify(h, p, now, row) == 0)
		return 0;
	if (err_kind() != ERR_INPUT && err_kind() != ERR_DENIED)
		return -1;
	row_refuse(row, "PROOF_REFUSED", "%s", err_text());
	return 0;
}

int
proof_judge_new(
    const struct open_lot *h, struct span message, int64_t now, struct row *row)
{
	struct proof p = { message, span_of(NULL, 0) };

	return judge(h, &p, now, row);
}

int
proof_judge(struct authority *a, const struct lot *l, struct row *rows, int n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct open_lot *h;
	struct db_rows *r;
	struct proof p;
	int64_t now;
	int i, at = 0, rc = 0;

	if (n == 0)
		return 0;
	db_arg_int(&args, l->id);
	db_arg_int(&args, rows[0].row - 1);
	db_arg_int(&args, rows[n - 1].row);
	if (authority_now(a, &now) == -1 || (h = proof_header(l)) == NULL)
		return -1;
	if ((r = db_query(a->db, "cmp_proofs", &args)) == NULL) {
		open_lot_free(h);
		return -1;
	}
	for (i = 0; i < n && rc == 0; i++) {
		p = (struct proof){ { NULL, 0 }, { NULL, 0 } };
		while (at < rows_count(r) && row_int(r, at, 0) < rows[i].row)
			at++;
		if (at < rows_count(r) && row_int(r, at, 0) == rows[i].row) {
			if (!row_null(r, at, 1))
				p.message = row_bytes(r, at, 1);
			if (!row_null(r, at, 2))
				p.renewed = row_bytes(r, at, 2);
		}
		rc = judge(h, &p, now, &rows[i]);
	}
	rows_free(r);
	open_lot_free(h);
	return rc;
}
