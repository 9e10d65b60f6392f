/*
 * CSR attributes.
 */

#include "x509/csr_attributes.h"
#include "x509/der.h"
#include "x509/oid.h"

/* A SET of one attribute without a value: the applicant fills it in. */
static void
put_attribute(struct der *w, struct span type)
{
	size_t mark = der_mark(w);

	der_put_oid(w, type);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SET, mark);
}

/* [0] IMPLICIT SubjectPublicKeyInfoTemplate { AlgorithmIdentifier } */
static void
put_key(struct der *w)
{
	size_t mark = der_mark(w);

	der_put_oid(w, oid_p256);
	der_put_oid(w, oid_ec_public_key);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(0), mark);
}

/* CertificationRequestInfoTemplate; [1]: no further attributes */
static void
put_template(struct der *w, bool terminal)
{
	size_t mark = der_mark(w), subject;

	der_put_header(w, DER_CONTEXT_CONS(1), 0);
	put_key(w);
	subject = der_mark(w);
	if (terminal) {
		put_attribute(w, oid_serial_number);
		put_attribute(w, oid_dn_qualifier);
	}
	put_attribute(w, oid_common_name);
	der_wrap(w, DER_SEQUENCE, subject);
	der_put_uint(w, 0);
	der_wrap(w, DER_SEQUENCE, mark);
}

int
csr_attributes_write(bool terminal, struct buf *out)
{
	uint8_t space[256];
	struct span der;
	struct der w;
	size_t all, set;

	der_start(&w, space, sizeof(space));
	all = der_mark(&w);
	set = der_mark(&w);
	put_template(&w, terminal);
	der_wrap(&w, DER_SET, set);
	der_put_oid(&w, oid_request_template);
	der_wrap(&w, DER_SEQUENCE, all);
	der_wrap(&w, DER_SEQUENCE, all);
	if (der_done(&w, &der) == -1)
		return -1;
	buf_put_span(out, der);
	return 0;
}
