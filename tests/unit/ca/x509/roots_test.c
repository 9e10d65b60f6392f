/*
 * Roots in a file: those that are trusted, and those that a link leads to.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "tests/unit/pki.h"
#include "x509/roots.h"

/* Two roots of the same name, and a third. */
static struct pki first, second, third;
static struct roots roots;
static struct buf text;

static int
start(void **state)
{
	(void)state;
	pki_start(&first);
	pki_start(&second);
	pki_start(&third);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&first);
	pki_stop(&second);
	pki_stop(&third);
	roots_free(&roots);
	buf_free(&text);
	return 0;
}

static void
put(struct span der)
{
	cert_write_pem(der, &text);
}

/* That PKI's root key, certified by another's root. */
static void
build_link(struct pki *of, struct pki *by, struct buf *der)
{
	struct template_spec s = pki_spec(by, PROFILE_ROOT_LINK, &by->root);

	pki_name_as_root(&s);
	pki_build(by, &s, 3, key_point(of->root.key), der);
}

static void
put_link(struct pki *of, struct pki *by)
{
	struct buf der = BUF_EMPTY;

	build_link(of, by, &der);
	put(buf_span(&der));
	buf_free(&der);
}

static int
read_text(void)
{
	int rc;

	roots_free(&roots);
	rc = roots_read(buf_span(&text), &roots);
	buf_clear(&text);
	return rc;
}

static void
takes_one_root(void **state)
{
	(void)state;
	put(buf_span(&first.root.der));
	assert_int_equal(read_text(), 0);
	assert_int_equal(roots.n, 1);
	buf_put_span(&text, buf_span(&first.root.der));
	assert_int_equal(read_text(), 0);
	assert_true(
	    span_equal(buf_span(&roots.der[0]), buf_span(&first.root.der)));
}

static void
takes_several_roots(void **state)
{
	(void)state;
	put(buf_span(&first.root.der));
	put(buf_span(&second.root.der));
	assert_int_equal(read_text(), 0);
	assert_int_equal(roots.n, 2);
}

static void
follows_links_in_any_order(void **state)
{
	(void)state;
	put_link(&third, &second);
	put_link(&second, &first);
	put(buf_span(&first.root.der));
	assert_int_equal(read_text(), 0);
	assert_int_equal(roots.n, 3);
}

static void
refuses_a_link_by_nobody_here(void **state)
{
	(void)state;
	put(buf_span(&third.root.der));
	put_link(&second, &first);
	assert_int_equal(read_text(), -1);
	assert_string_equal(err_code(), "ROOT_LINK");
	put_link(&second, &first);
	put_link(&first, &second);
	assert_int_equal(read_text(), -1);
	assert_string_equal(err_code(), "ROOT_LINK");
}

static void
refuses_a_ca_that_is_no_root(void **state)
{
	(void)state;
	put(buf_span(&first.root.der));
	put(buf_span(&first.access.der));
	assert_int_equal(read_text(), -1);
	assert_string_equal(err_code(), "ROOT_LINK");
}

static void
refuses_nothing_and_too_many(void **state)
{
	(void)state;
	assert_int_equal(read_text(), -1);
	for (int i = 0; i <= ROOTS_MOST; i++)
		put(buf_span(&first.root.der));
	assert_int_equal(read_text(), -1);
	buf_puts(&text, "no certificate");
	assert_int_equal(read_text(), -1);
}

/* As many as believed of what somebody sent, beside the first root. */
static size_t
believed(const struct buf *der, size_t n)
{
	put(buf_span(&first.root.der));
	assert_int_equal(read_text(), 0);
	assert_int_equal(roots_link(&roots, der, n), 0);
	return roots.n - 1;
}

static void
takes_what_was_sent_as_far_as_a_root_has_signed_it(void **state)
{
	struct buf der[4] = { BUF_EMPTY };
	int i;

	(void)state;
	build_link(&third, &second, &der[0]);
	build_link(&first, &second, &der[1]);
	build_link(&second, &first, &der[2]);
	buf_puts(&der[3], "no certificate");
	assert_int_equal(believed(der, 4), 2);
	/* without the one that the first has signed, nothing */
	assert_int_equal(believed(der, 2), 0);
	buf_clear(&der[2]);
	buf_put_span(&der[2], buf_span(&second.root.der));
	assert_int_equal(believed(der, 3), 0);
	buf_clear(&der[2]);
	buf_put_span(&der[2], buf_span(&first.access.der));
	assert_int_equal(believed(der, 3), 0);
	for (i = 0; i < 4; i++)
		buf_free(&der[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_one_root),
		cmocka_unit_test(takes_several_roots),
		cmocka_unit_test(follows_links_in_any_order),
		cmocka_unit_test(refuses_a_link_by_nobody_here),
		cmocka_unit_test(refuses_a_ca_that_is_no_root),
		cmocka_unit_test(refuses_nothing_and_too_many),
		cmocka_unit_test(
		    takes_what_was_sent_as_far_as_a_root_has_signed_it),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
