/*
 * The entries of published CRLs, a part at a time: each is met, none is done
 * twice, whatever fails or is replaced in between.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "revoke/crl_walk.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"
#include "x509/crl.h"
#include "x509/crl_read.h"

static struct pki pki;

static int
start(void **state)
{
	pki_start(&pki);
	return make_folder(state);
}

static int
stop(void **state)
{
	pki_stop(&pki);
	return remove_folder(state);
}

struct list {
	uint8_t first, n, at;
};

static int
list_rewind(void *list)
{
	((struct list *)list)->at = 0;
	return 0;
}

static int
list_next(void *list, struct crl_entry *e)
{
	struct list *l = list;

	*e = (struct crl_entry){ .serial_length = 1, .when = PKI_NOW };
	e->serial[0] = (uint8_t)(l->first + l->at);
	return l->at++ < l->n;
}

/* Entries first to first + n - 1: each serial is one octet. */
static void
put_crl(const char *path, uint64_t number, uint8_t first, uint8_t n)
{
	struct crl_spec spec = { .number = number,
		.this_update = PKI_NOW,
		.next_update = PKI_NOW + 86400,
		.issuer = path_ca_cert(pki.tre.ca),
		.key = pki.tre.key };
	struct list list = { .first = first, .n = n };
	char *file = xasprintf("%s/public/crl/%s", folder, path), *slash;
	struct buf crl = BUF_EMPTY;

	spec.list = &list;
	spec.rewind = list_rewind;
	spec.next = list_next;
	assert_int_equal(crl_build(&spec, &crl), 0);
	slash = strrchr(file, '/');
	*slash = '\0';
	assert_int_equal(io_make_folder(file, 0755), 0);
	*slash = '/';
	assert_int_equal(io_write_file(file, 0644, buf_span(&crl)), 0);
	buf_free(&crl);
	free(file);
}

static struct buf got;	 /* serials of a batch */
static struct buf done;	 /* of those that were kept */
static size_t batch;	 /* so many */
static int batches;	 /* at most so many a time */
static int fails_after;	 /* so many more */
static unsigned refused; /* issuer */

static int
judge(uint32_t issuer, const struct crl *c, void *ctx)
{
	(void)c;
	(void)ctx;
	return issuer != refused;
}

static int
take(uint32_t issuer, const struct crl_entry *e, void *ctx)
{
	int *left = ctx;

	buf_printf(&got, "%u:%u ", issuer, e->serial[0]);
	if (++*left % (int)batch != 0)
		return CRL_WALK_ON;
	if (fails_after-- == 0)
		return -1;
	buf_put_span(&done, buf_span(&got));
	buf_clear(&got);
	return *left / (int)batch < batches ? CRL_WALK_KEPT : CRL_WALK_STOP;
}

static const struct crl_walker walker = { judge, take };

static int
once(struct crl_walk *at)
{
	int n = 0, rc;

	buf_clear(&got);
	if ((rc = crl_walk(folder, at, &walker, &n)) == 0)
		buf_put_span(&done, buf_span(&got));
	return rc;
}

/* To the end: a turn more than there are entries at most. */
static void
all(struct crl_walk *at)
{
	int rc, turns = 0;

	while ((rc = once(at)) == CRL_WALK_STOP)
		assert_true(++turns <= 10);
	assert_int_equal(rc, 0);
}

#define ALL "1:1 1:2 10:31 10:32 10:33 3:11 3:12 3:13 3:21 4:41 "

static void
put_all(void)
{
	put_crl("root.crl", 1, 1, 2);
	put_crl("3/0.crl", 1, 11, 3);
	put_crl("3/1.crl", 1, 21, 1);
	put_crl("10/0.crl", 1, 31, 3);
	put_crl("4/0.crl", 1, 41, 1);
	refused = 0;
	fails_after = -1;
}

static size_t
count(const char *s)
{
	size_t n = 0;

	for (const char *p = buf_str(&done); (p = strstr(p, s)) != NULL; p++)
		n++;
	return n;
}

static void
meets_each_once_however_many_at_a_time(void **state)
{
	struct crl_walk at;

	(void)state;
	put_all();
	for (batch = 1; batch < 12; batch++)
		for (batches = 1; batches < 4; batches++) {
			at = (struct crl_walk){ .entries = 0 };
			buf_clear(&done);
			all(&at);
			assert_int_equal(count(":"), 10);
			assert_string_equal(buf_str(&done), ALL);
		}
}

static void
passes_over_what_nobody_vouches_for(void **state)
{
	struct crl_walk at = { .entries = 0 };

	(void)state;
	put_all();
	buf_clear(&done);
	refused = 10;
	batch = batches = 1;
	all(&at);
	assert_int_equal(count("10:"), 0);
	assert_int_equal(count(":"), 7);
}

static void
meets_again_what_failed(void **state)
{
	struct crl_walk at = { .entries = 0 };

	(void)state;
	put_all();
	buf_clear(&done);
	batch = 2;
	batches = 9;
	fails_after = 2;
	assert_int_equal(once(&at), -1);
	assert_int_equal(count(":"), 4);
	fails_after = -1;
	assert_int_equal(once(&at), 0);
	assert_string_equal(buf_str(&done), ALL);
}

static void
walks_another_from_its_beginning(void **state)
{
	struct crl_walk at = { .entries = 0 };

	(void)state;
	put_all();
	buf_clear(&done);
	batch = 4;
	batches = 1;
	assert_int_equal(once(&at), CRL_WALK_STOP);
	assert_int_equal(count("10:32 "), 1);
	put_crl("10/0.crl", 2, 30, 4);
	put_crl("1/0.crl", 1, 9, 1); /* before where it is: of the past */
	all(&at);
	assert_int_equal(count("10:30 10:31 10:32 10:33 "), 1);
	assert_int_equal(count("4:41 "), 1);
	assert_int_equal(count("1:9 "), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(meets_each_once_however_many_at_a_time),
		TEST(passes_over_what_nobody_vouches_for),
		TEST(meets_again_what_failed),
		TEST(walks_another_from_its_beginning),
	};

	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_free(&got);
	buf_free(&done);
	return rc;
}
