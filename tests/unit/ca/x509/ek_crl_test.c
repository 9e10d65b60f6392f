/*
 * CRLs of makers of TPMs: what one must be, and that nobody else's is taken.
 */

#include "ek_pki.h"

#include "x509/ek_crl.h"

/* How one is made; zeroes are a good one by the maker. */
struct crl_spec {
	const char *by; /* name of the issuer */
	EVP_PKEY *signer;
	int64_t this_update, next_update; /* -1: none */
	long number;			  /* -1: none */
	int version;
	const EVP_MD *hash;
	int strange;	    /* NID of an extension, of the CRL */
	bool critical;	    /* that one is */
	bool entry_strange; /* a critical one of an entry */
	bool behind;
};

static void
set_time(X509_CRL *crl, int (*set)(X509_CRL *, const ASN1_TIME *), int64_t t)
{
	ASN1_TIME *at = ASN1_TIME_set(NULL, t);

	assert_int_equal(set(crl, at), 1);
	ASN1_TIME_free(at);
}

static void
put_entry(X509_CRL *crl, long serial, int reason, bool strange)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	ASN1_TIME *at = ASN1_TIME_set(NULL, NOW - 3600);
	ASN1_ENUMERATED *e = ASN1_ENUMERATED_new();

	ASN1_INTEGER_set(n, serial);
	X509_REVOKED_set_serialNumber(r, n);
	X509_REVOKED_set_revocationDate(r, at);
	ASN1_ENUMERATED_set(e, reason);
	X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, e, strange, 0);
	assert_int_equal(X509_CRL_add0_revoked(crl, r), 1);
	ASN1_ENUMERATED_free(e);
	ASN1_TIME_free(at);
	ASN1_INTEGER_free(n);
}

static void
put_crl_extension(X509_CRL *crl, int nid, const char *value, bool critical)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_EXTENSION_set_critical(e, critical);
	assert_int_equal(X509_CRL_add_ext(crl, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void
fill(X509_CRL *crl, const struct crl_spec *s)
{
	X509_NAME *n = X509_NAME_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	X509_CRL_set_version(crl, s->version == 1 ? 0 : 1);
	set_name(n, s->by != NULL ? s->by : "maker");
	X509_CRL_set_issuer_name(crl, n);
	set_time(crl, X509_CRL_set1_lastUpdate,
	    s->this_update != 0 ? s->this_update : NOW - 60);
	if (s->next_update != -1)
		set_time(crl, X509_CRL_set1_nextUpdate,
		    s->next_update != 0 ? s->next_update : NOW + DAY);
	if (s->number != -1) {
		ASN1_INTEGER_set(number, s->number != 0 ? s->number : 0x0102);
		X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0);
	}
	if (s->strange == NID_delta_crl)
		X509_CRL_add1_ext_i2d(crl, NID_delta_crl, number, 1, 0);
	else if (s->strange != 0)
		put_crl_extension(crl, s->strange,
		    s->strange == NID_issuing_distribution_point ? "onlyCA:TRUE"
								 : "DNS:x",
		    s->critical);
	put_entry(crl, 7, 1, s->entry_strange);
	put_entry(crl, 9, 8, false); /* removeFromCRL */
	X509_NAME_free(n);
	ASN1_INTEGER_free(number);
}

static struct buf
make_crl(const struct crl_spec *s)
{
	X509_CRL *crl = X509_CRL_new();
	struct buf out = BUF_EMPTY;
	unsigned char *der = NULL;
	int n;

	fill(crl, s);
	assert_true(
	    X509_CRL_sign(crl, s->signer != NULL ? s->signer : maker_key,
		s->hash != NULL ? s->hash : EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, &der);
	assert_true(n > 0);
	buf_put(&out, der, (size_t)n);
	if (s->behind)
		buf_putc(&out, 0);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	return out;
}

static struct spec
a_lister(void)
{
	struct spec s = a_maker();

	s.lists = true;
	return s;
}

/* "" when it is taken, or the code; by the root itself when maker is NULL. */
static const char *
judge(struct crl_spec spec, const struct spec *maker)
{
	struct spec root = a_root();
	struct buf der = make_crl(&spec), r, m = BUF_EMPTY;
	struct span issuer;
	struct ek_crl c;
	int rc;

	root.lists = true;
	r = make(&root);
	if (maker != NULL)
		m = make(maker);
	issuer = buf_span(&m);
	rc = ek_crl_judge(buf_span(&der), &issuer, maker != NULL ? 1 : 0,
	    buf_span(&r), NOW, &c);
	ek_crl_free(&c);
	buf_free(&der);
	buf_free(&r);
	buf_free(&m);
	return rc == 0 ? "" : err_code();
}

static const char *
by_the_maker(struct crl_spec spec)
{
	struct spec maker = a_lister();

	return judge(spec, &maker);
}

static void
count(struct span serial, int reason, int64_t when, void *ctx)
{
	assert_int_equal(serial.n, 1);
	assert_int_equal(serial.p[0], 7);
	assert_int_equal(reason, 1);
	assert_int_equal(when, NOW - 3600);
	++*(int *)ctx;
}

static void
says_whose_it_is_its_number_and_what_it_takes_back(void **state)
{
	static const uint8_t number[EK_CRL_NUMBER] = { [18] = 1, [19] = 2 };
	struct spec root = a_root(), maker = a_lister();
	struct buf r = make(&root), m = make(&maker);
	struct buf der = make_crl(&(struct crl_spec){ 0 });
	struct span issuer = buf_span(&m);
	struct ek_crl c;
	int n = 0;

	(void)state;
	assert_int_equal(
	    ek_crl_judge(buf_span(&der), &issuer, 1, buf_span(&r), NOW, &c), 0);
	assert_memory_equal(c.number, number, sizeof(number));
	assert_int_equal(c.this_update, NOW - 60);
	assert_int_equal(c.next_update, NOW + DAY);
	ek_crl_each(&c, count, &n);
	assert_int_equal(n, 1);
	ek_crl_free(&c);
	buf_free(&der);
	buf_free(&r);
	buf_free(&m);
}

static void
takes_the_makers_and_the_roots(void **state)
{
	(void)state;
	assert_string_equal(by_the_maker((struct crl_spec){ 0 }), "");
	assert_string_equal(
	    judge((struct crl_spec){ .by = "root", .signer = root_key }, NULL),
	    "");
}

static void
refuses_what_another_signed(void **state)
{
	struct spec s = a_maker();

	(void)state;
	assert_string_equal(
	    by_the_maker((struct crl_spec){ .signer = root_key }),
	    "EK_CRL_SIGNATURE");
	assert_string_equal(by_the_maker((struct crl_spec){ .by = "another" }),
	    "EK_CRL_SIGNATURE");
	assert_string_equal(
	    judge((struct crl_spec){ 0 }, NULL), "EK_CRL_SIGNATURE");
	/* it may certify, and not list */
	assert_string_equal(
	    judge((struct crl_spec){ 0 }, &s), "EK_CRL_SIGNATURE");
	/* an endorsement key's own certificate */
	s = an_ek();
	assert_string_equal(
	    judge((struct crl_spec){ .by = "ek", .signer = ek_key }, &s),
	    "EK_UNTRUSTED");
	/* one that calls itself the maker */
	s = a_lister();
	s.key = s.signer = ek_key;
	assert_string_equal(
	    judge((struct crl_spec){ .signer = ek_key }, &s), "EK_UNTRUSTED");
}

static void
refuses_weak_signatures(void **state)
{
	(void)state;
	assert_string_equal(
	    by_the_maker((struct crl_spec){ .hash = EVP_sha1() }),
	    "EK_CRL_SIGNATURE");
}

static void
is_of_now(void **state)
{
	(void)state;
	assert_string_equal(
	    by_the_maker((struct crl_spec){ .next_update = NOW }),
	    "EK_CRL_STALE");
	assert_string_equal(
	    by_the_maker((struct crl_spec){ .next_update = NOW + 1 }), "");
	assert_string_equal(by_the_maker((struct crl_spec){
				.this_update = NOW + EK_CRL_AHEAD }),
	    "");
	assert_string_equal(by_the_maker((struct crl_spec){
				.this_update = NOW + EK_CRL_AHEAD + 1 }),
	    "EK_CRL_STALE");
}

static void
refuses_another_shape(void **state)
{
	static const struct crl_spec wrong[] = {
		{ .behind = true },
		{ .number = -1 },
		{ .number = -5 },
		{ .next_update = -1 },
		{ .next_update = NOW - 61 },
		{ .strange = NID_issuing_distribution_point, .critical = true },
		{ .strange = NID_issuing_distribution_point },
		{ .strange = NID_delta_crl },
		{ .strange = NID_subject_alt_name, .critical = true },
		{ .entry_strange = true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_string_equal(by_the_maker(wrong[i]), "EK_CRL_MALFORMED");
	/* what is not critical changes nothing */
	assert_string_equal(
	    by_the_maker((struct crl_spec){ .strange = NID_subject_alt_name }),
	    "");
}

static void
is_nothing_that_is_no_crl(void **state)
{
	struct spec root = a_root();
	struct buf r = make(&root);
	struct ek_crl c;

	(void)state;
	assert_int_equal(
	    ek_crl_judge(buf_span(&r), NULL, 0, buf_span(&r), NOW, &c), -1);
	assert_string_equal(err_code(), "EK_CRL_MALFORMED");
	ek_crl_free(&c);
	assert_int_equal(
	    ek_crl_judge(span_of(NULL, 0), NULL, 0, buf_span(&r), NOW, &c), -1);
	assert_string_equal(err_code(), "EK_CRL_MALFORMED");
	ek_crl_free(&c);
	buf_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    says_whose_it_is_its_number_and_what_it_takes_back),
		cmocka_unit_test(takes_the_makers_and_the_roots),
		cmocka_unit_test(refuses_what_another_signed),
		cmocka_unit_test(refuses_weak_signatures),
		cmocka_unit_test(is_of_now),
		cmocka_unit_test(refuses_another_shape),
		cmocka_unit_test(is_nothing_that_is_no_crl),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
