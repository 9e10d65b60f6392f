/*
 * CRLs from anybody, before a signature has been looked at: of a supplier's own
 * CA, of a ceremony, out of a file.  Whatever is read lies within what was
 * sent, is what OpenSSL reads, and each certificate that is listed is found.
 */

#include <openssl/x509.h>

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "x509/crl_read.h"

#define LISTED_MAX 64

struct listed {
	struct crl_entry all[LISTED_MAX];
	size_t n;
};

static int
collect(const struct crl_entry *e, void *ctx)
{
	struct listed *l = ctx;

	must(e->serial_length <= sizeof(e->serial) && e->reason >= 0 &&
	    e->reason <= 10);
	l->all[l->n++] = *e;
	return l->n < LISTED_MAX ? 0 : 1;
}

static int
count(const struct crl_entry *e, void *ctx)
{
	int *n = ctx;

	(void)e;
	*n += 1;
	return 0;
}

static void
find_each(const struct crl *c, const struct listed *l)
{
	struct crl_entry e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		must(crl_find(c,
			 span_of(l->all[i].serial, l->all[i].serial_length),
			 &e) == 1);
		must(e.serial_length == l->all[i].serial_length &&
		    memcmp(e.serial, l->all[i].serial, e.serial_length) == 0);
	}
}

/* What we believe to be listed, others must, too. */
static void
ask_openssl(const struct crl *c, const struct listed *l, int n)
{
	const unsigned char *p = c->der.p;
	X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)c->der.n);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	X509_REVOKED *found;
	size_t i;

	must(x != NULL && serial != NULL);
	must(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(x)) == (n == 0 ? -1 : n));
	for (i = 0; i < l->n; i++) {
		must(ASN1_STRING_set(serial, l->all[i].serial,
			 (int)l->all[i].serial_length) == 1);
		must(X509_CRL_get0_by_serial(x, &found, serial) > 0);
	}
	ASN1_INTEGER_free(serial);
	X509_CRL_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span all = span_of(p, n);
	struct listed l = { .n = 0 };
	struct crl c, again;
	int entries = 0;

	if (crl_parse(all, &c) == -1)
		return 0;
	within(c.tbs, all);
	within(c.signature, all);
	within(c.entries, all);
	within(c.authority_key_id, all);
	within(c.url, all);
	must(c.this_update < c.next_update);
	/* nothing may be missing, nor stand behind it */
	must(crl_parse(span_of(p, n - 1), &again) == -1);
	if (crl_each(&c, count, &entries) == -1)
		return 0;
	must(crl_each(&c, collect, &l) != -1);
	find_each(&c, &l);
	if (!c.issuer.foreign) /* such a one is nobody's here */
		ask_openssl(&c, &l, entries);
	return 0;
}
