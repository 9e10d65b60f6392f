/*
 * Published CRLs, read again where they lie, whatever that place is called.
 */

#include "tests/unit/test.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "issue/template.h"
#include "revoke/crl_placed.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"
#include "x509/crl.h"
#include "x509/crl_read.h"

static void
put_crl(
    const char *var, const char *path, uint64_t number, const struct pki_ca *ca)
{
	struct crl_spec spec = { .number = number,
		.this_update = PKI_NOW,
		.next_update = PKI_NOW + 86400,
		.issuer = path_ca_cert(ca->ca),
		.key = ca->key };
	char *file = xasprintf("%s/public/crl/%s", var, path), *slash;
	struct buf crl = BUF_EMPTY;

	assert_int_equal(crl_build(&spec, &crl), 0);
	slash = strrchr(file, '/');
	*slash = '\0';
	assert_int_equal(io_make_folder(file, 0755), 0);
	*slash = '/';
	assert_int_equal(io_write_file(file, 0644, buf_span(&crl)), 0);
	buf_free(&crl);
	free(file);
}

static int
say(uint32_t issuer, const char *file, const struct crl *c, void *ctx)
{
	assert_int_equal(crl_number_of(file), c->number);
	buf_printf(ctx, "%u:%llu ", issuer, (unsigned long long)c->number);
	return 0;
}

static void
expect_each(const char *var, const char *said)
{
	struct buf b = BUF_EMPTY;

	assert_int_equal(crl_placed_each(var, say, &b), 0);
	assert_string_equal(buf_str(&b), said);
	buf_free(&b);
}

static void
finds_all_but_deltas_wherever_they_lie(void **state)
{
	static const char *const vars[] = { "plain", "an [odd] one", "a*", "q?",
		"{one,two}", "back\\slash" };
	struct pki pki;
	char *var;
	size_t i;

	(void)state;
	pki_start(&pki);
	for (i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		var = in_folder(vars[i]);
		expect_each(var, "");
		put_crl(var, "root.crl", 10 * i + 1, &pki.root);
		put_crl(var, "3/0.crl", 10 * i + 2, &pki.tre);
		put_crl(var, "3/0-delta.crl", 10 * i + 3, &pki.tre);
		put_crl(var, "3/complete.crl", 10 * i + 4, &pki.tre);
		put_crl(var, "4/7.crl", 10 * i + 5, &pki.terminal);
		put_crl(var, "elsewhere/7.crl", 10 * i + 6, &pki.terminal);
	}
	for (i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		char *said =
		    xasprintf("%d:%zu 3:%zu 3:%zu 4:%zu ", TEMPLATE_ROOT_ID,
			10 * i + 1, 10 * i + 2, 10 * i + 4, 10 * i + 5);

		expect_each(in_folder(vars[i]), said);
		free(said);
	}
	pki_stop(&pki);
}

static int
stop_at_3(uint32_t issuer, const char *file, const struct crl *c, void *ctx)
{
	(void)file;
	(void)c;
	*(unsigned *)ctx += 1;
	return issuer == 3 ? 7 : 0;
}

static void
stops_where_it_is_told_to(void **state)
{
	unsigned visited = 0;
	struct pki pki;

	(void)state;
	pki_start(&pki);
	put_crl(folder, "root.crl", 1, &pki.root);
	put_crl(folder, "3/0.crl", 2, &pki.tre);
	put_crl(folder, "3/1.crl", 3, &pki.tre);
	put_crl(folder, "4/0.crl", 4, &pki.terminal);
	assert_int_equal(crl_placed_each(folder, stop_at_3, &visited), 7);
	assert_int_equal(visited, 2);
	pki_stop(&pki);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    finds_all_but_deltas_wherever_they_lie, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    stops_where_it_is_told_to, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
