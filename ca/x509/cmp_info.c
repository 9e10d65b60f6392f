/*
 * CMP's InfoTypeAndValues, as libcrypto has them: what a genm is told, and when
 * a confirmation is due.
 */

#include <openssl/cmp.h>

#include "x509/cmp_inside.h"
#include "x509/der.h"
#include "x509/oid.h"

/* three certificates (cert.h), and the headers around them */
#define ROOTS_MAX (3 * 8192 + 32)

/* Takes the value, whose type is the one that libcrypto has for the name. */
static int
push_info(STACK_OF(OSSL_CMP_ITAV) * *list, const char *type, ASN1_TYPE *value)
{
	OSSL_CMP_ITAV *itav = value == NULL
	    ? NULL
	    : OSSL_CMP_ITAV_create(OBJ_txt2obj(type, 1), value);

	return itav != NULL && OSSL_CMP_ITAV_push0_stack_item(list, itav);
}

/* confirmWaitTime, RFC 9810 section 5.1.1.2 */
int
cmp_info_confirm_wait(OSSL_CMP_CTX *ctx, int64_t until)
{
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_GENERALIZEDTIME *at =
	    ASN1_GENERALIZEDTIME_set(NULL, (time_t)until);
	OSSL_CMP_ITAV *itav;

	if (value == NULL || at == NULL) {
		ASN1_TYPE_free(value);
		ASN1_GENERALIZEDTIME_free(at);
		return 0;
	}
	ASN1_TYPE_set(value, V_ASN1_GENERALIZEDTIME, at);
	itav =
	    OSSL_CMP_ITAV_create(OBJ_txt2obj("1.3.6.1.5.5.7.4.14", 1), value);
	return itav != NULL && OSSL_CMP_CTX_push0_geninfo_ITAV(ctx, itav);
}

/* CaCertsValue, RFC 9483 section 4.3.1: a SEQUENCE of them. */
static int
push_cas(STACK_OF(OSSL_CMP_ITAV) * *list, const struct cmp_answer *a)
{
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
	STACK_OF(X509) *cas = cmp_certificates(a->cas, a->ncas);
	OSSL_CMP_ITAV *itav = OSSL_CMP_ITAV_new_caCerts(cas);

	sk_X509_pop_free(cas, X509_free);
	return itav != NULL && OSSL_CMP_ITAV_push0_stack_item(list, itav);
#else
	/* to libcrypto before 3.2 it is any value */
	uint8_t space[CMP_CHAIN * 2048 + 8];
	const unsigned char *p;
	struct span der;
	struct der w;
	size_t i;

	der_start(&w, space, sizeof(space));
	for (i = a->ncas; i > 0; i--)
		der_put_span(&w, a->cas[i - 1]);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &der) == -1)
		return 0;
	p = der.p;
	return push_info(
	    list, "1.3.6.1.5.5.7.4.17", d2i_ASN1_TYPE(NULL, &p, (long)der.n));
#endif
}

/* libcrypto knows the value as a CRL, and sets it as whatever it is. */
static int
push_crl(STACK_OF(OSSL_CMP_ITAV) * *list, struct span crl)
{
	const unsigned char *p = crl.p;

	return crl.n == 0 ||
	    push_info(list, "1.3.6.1.5.5.7.4.6",
		(ASN1_TYPE *)d2i_X509_CRL(NULL, &p, (long)crl.n));
}

/*
 * RootCaKeyUpdateValue, RFC 9810 section 5.3.19.15: the new root by itself, by
 * the old one, and the old one by the new; no value: there is no newer one.
 */
static OSSL_CMP_ITAV *
root_update(const struct cmp_answer *a)
{
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
	STACK_OF(X509) *all = cmp_certificates(&a->update[0], 3);
	bool there = a->update[0].n > 0 && sk_X509_num(all) == 3;
	OSSL_CMP_ITAV *itav = OSSL_CMP_ITAV_new_rootCaKeyUpdate(
	    there ? sk_X509_value(all, 0) : NULL,
	    there ? sk_X509_value(all, 1) : NULL,
	    there ? sk_X509_value(all, 2) : NULL);

	sk_X509_pop_free(all, X509_free);
	return itav;
#else
	/* to libcrypto before 3.3 it is any value */
	ASN1_TYPE *value = NULL;
	uint8_t space[ROOTS_MAX];
	const unsigned char *p;
	struct span der;
	struct der w;
	size_t mark;
	uint8_t i;

	der_start(&w, space, sizeof(space));
	for (i = 3; i > 0; i--) {
		mark = der_mark(&w);
		der_put_span(&w, a->update[i - 1]);
		if (i > 1)
			der_wrap(&w, (uint8_t)DER_CONTEXT_CONS(i - 2), mark);
	}
	der_wrap(&w, DER_SEQUENCE, 0);
	if (a->update[0].n > 0) {
		if (der_done(&w, &der) == -1)
			return NULL;
		p = der.p;
		value = d2i_ASN1_TYPE(NULL, &p, (long)der.n);
	}
	return OSSL_CMP_ITAV_create(
	    OBJ_txt2obj("1.3.6.1.5.5.7.4.18", 1), value);
#endif
}

static int
push_root(STACK_OF(OSSL_CMP_ITAV) * *list, const struct cmp_answer *a)
{
	OSSL_CMP_ITAV *itav = root_update(a);

	return itav != NULL && OSSL_CMP_ITAV_push0_stack_item(list, itav);
}

/* Whoever asks for a long CRL eight times gets it once. */
static bool
was_told(const struct cmp_message *asked, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (span_equal(asked->infos[j], asked->infos[i]))
			return true;
	return false;
}

/* What is not known here is passed over, RFC 9810 section 5.3.20. */
int
cmp_info_tell(STACK_OF(OSSL_CMP_ITAV) * *list, const struct cmp_message *asked,
    const struct cmp_answer *a)
{
	size_t i;
	int ok = 1;

	if ((*list = sk_OSSL_CMP_ITAV_new_null()) == NULL)
		return 0;
	for (i = 0; ok && i < asked->ninfos; i++)
		if (was_told(asked, i))
			continue;
		else if (span_equal(asked->infos[i], oid_it_ca_certs))
			ok = push_cas(list, a);
		else if (span_equal(asked->infos[i], oid_it_current_crl))
			ok = push_crl(list, a->crl);
		else if (span_equal(asked->infos[i], oid_it_root_cert) ||
		    span_equal(asked->infos[i], oid_it_root_key_update))
			ok = push_root(list, a);
	return ok;
}
