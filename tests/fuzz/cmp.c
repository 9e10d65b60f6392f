/*
 * Messages of CMP from anybody, before their protection has been looked at.
 * Whatever is read lies within what was sent; one that has a MAC is the same
 * message with one of the other kind, and is believed for no other secret.
 */

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "x509/cmp_inside.h"

#define SECRET "a-secret-of-some-length"

static void
check_parts(const struct cmp_message *m)
{
	size_t i;

	within(m->header, m->der);
	within(m->body, m->der);
	within(m->sender, m->header);
	within(m->kid, m->header);
	within(m->transaction, m->header);
	within(m->sender_nonce, m->header);
	within(m->salt, m->header);
	within(m->signature, m->der);
	within(m->request, m->body);
	within(m->serial, m->body);
	within(m->hash, m->body);
	must(m->ncerts <= CMP_CERTS && m->ninfos <= CMP_INFOS);
	for (i = 0; i < m->ncerts; i++)
		within(m->certs[i], m->der);
	for (i = 0; i < m->ninfos; i++)
		within(m->infos[i], m->body);
}

static void
check_mac(const struct cmp_message *m)
{
	struct span secret = span_str(SECRET);
	struct buf other = BUF_EMPTY;
	struct cmp_message is;

	must(cmp_verify_mac(m, span_str("another")) == -1);
	must(cmp_mac_instead(m->der, !m->pbmac1, 100, secret, &other) == 0);
	if (other.n <= CMP_MAX) {
		must(cmp_read(buf_span(&other), &is) == 0);
		must(is.pbmac1 != m->pbmac1 && span_equal(is.body, m->body) &&
		    span_equal(is.transaction, m->transaction));
		must(cmp_verify_mac(&is, secret) == 0);
	}
	buf_free(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cmp_message m;
	struct cmp_request r;

	if (cmp_read(span_of(p, n), &m) == -1)
		return 0;
	check_parts(&m);
	if (m.protection == CMP_MAC)
		check_mac(&m);
	if (m.request.n > 0 && cmp_read_request(&m, &r) == 0) {
		within(r.subject, m.body);
		within(r.crmf.csr.spki, m.body);
		(void)csr_verify(&r.crmf.csr);
	}
	return 0;
}
