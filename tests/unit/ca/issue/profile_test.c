/*
 * Profiles: those that we ship, and the mistakes that an administrator can
 * make in them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "issue/profile.h"
#include "x509/cert.h"
#include "x509/der.h"

#define SHIPPED "conf/profiles.cnf"

static char path[64];

static int
start(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/profile_test.XXXXXX");
	fd = mkstemp(path);
	return fd == -1 ? -1 : 0;
}

static int
stop(void **state)
{
	(void)state;
	return remove(path);
}

static void
ships_what_the_design_says(void **state)
{
	struct profiles *all = profiles_load(SHIPPED);
	const struct profile *p;

	(void)state;
	assert_non_null(all);
	p = profile_get(all, PROFILE_ROOT);
	assert_int_equal(p->key, KEY_P384);
	assert_int_equal(p->path_length, 1);
	assert_int_equal(p->key_usage, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	p = profile_find(all, "issuing_ca");
	assert_non_null(p);
	assert_int_equal(p->crl_shard, 65536);
	assert_true(p->name_constraints);
	p = profile_get(all, PROFILE_TRE);
	assert_true(p->validity == PROFILE_ENDLESS);
	assert_false(p->ca);
	assert_int_equal(p->key_usage, KU_DIGITAL_SIGNATURE);
	p = profile_find(all, "ocsp_signer");
	assert_true(p->ocsp_nocheck);
	assert_int_equal(p->purposes, EKU_OCSP_SIGNING);
	assert_null(profile_find(all, "nonsense"));
	assert_int_equal(err_kind(), ERR_ABSENT);
	profiles_free(all);
}

static void
dates_by_backdate_and_validity(void **state)
{
	struct profiles *all = profiles_load(SHIPPED);
	int64_t from, until;

	(void)state;
	profile_dates(profile_get(all, PROFILE_ACCESS), 1000000, &from, &until);
	assert_true(from == 1000000 - 300);
	/* both ends count (RFC 5280 4.1.2.5) */
	assert_true(until == from + 397 * 86400 - 1);
	profile_dates(profile_get(all, PROFILE_TRE), 1000000, &from, &until);
	assert_true(from == 1000000);
	assert_true(until == DER_TIME_END);
	profiles_free(all);
}

/* The shipped file with one line of a section replaced. */
static void
check_refused(
    const char *section, const char *from, const char *to, const char *why)
{
	struct buf shipped = BUF_EMPTY, changed = BUF_EMPTY;
	const char *at;

	assert_int_equal(io_read_file(SHIPPED, 65536, &shipped), 0);
	at = strstr(strstr(buf_str(&shipped), section), from);
	assert_non_null(at);
	buf_put(&changed, shipped.p, (size_t)((const uint8_t *)at - shipped.p));
	buf_puts(&changed, to);
	buf_puts(&changed, at + strlen(from));
	assert_int_equal(io_write_file(path, 0600, buf_span(&changed)), 0);
	assert_null(profiles_load(path));
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_non_null(strstr(err_text(), path));
	if (strstr(err_text(), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), why);
	buf_free(&shipped);
	buf_free(&changed);
}

static void
names_the_setting_that_it_refuses(void **state)
{
	(void)state;
	check_refused("[ tre ]", "endless", "for ever", "[tre] validity");
	check_refused("[ tre ]", "endless", "-3 days", "[tre] validity");
	check_refused("[ tre ]", "0 hours", "0 weeks", "[tre] backdate");
	check_refused("[ tre ]", "P-256", "P-224", "\"P-224\" is no algorithm");
	check_refused("[ tre ]", "OCSP ", "OSCP ", "[tre] OSCP");
	check_refused("[ tre ]", "= yes", "= perhaps", "perhaps");
	check_refused("[ root ]", "CA, 1", "CA", "basicConstraints");
	check_refused(
	    "[ root ]", "keyCertSign, cRLSign", "keyCertSign,, x", "keyUsage");
	check_refused(
	    "[ access ]", "clientAuth", "emailProtection", "extendedKeyUsage");
	check_refused("[ issuing_ca ]", "65536", "many", "crl_shard");
	check_refused("[ tre ]", "[ tre ]", "[ tree ]", "[tre]");
}

static void
refuses_profiles_that_break_the_design(void **state)
{
	(void)state;
	check_refused("[ root ]", "CA, 1", "CA, 2", "three certificates");
	check_refused("[ root_link ]", "CA, 1", "CA, 0", "three certificates");
	check_refused("[ issuing_ca ]", "CA, 0", "CA, 1", "three certificates");
	check_refused(
	    "[ issuing_ca ]", "keyCertSign, cRLSign", "cRLSign", "keyCertSign");
	check_refused("[ issuing_ca ]", "nameConstraints       = yes",
	    "nameConstraints = no", "name constraints");
	check_refused(
	    "[ delegated_ca ]", "CA, 0", "CA, 1", "three certificates");
	check_refused("[ delegated_ca ]", "nameConstraints       = yes",
	    "nameConstraints = no", "name constraints");
	check_refused("[ delegated_ca ]", "excludeOtherNames     = yes", "",
	    "excludeOtherNames");
	check_refused("[ issuing_ca ]", "nameConstraints",
	    "excludeOtherNames = yes\nnameConstraints", "excludeOtherNames");
	check_refused("[ delegated_ca ]", "1095 days", "1096 days", "1095");
	check_refused("[ delegated_ca ]", "crl_shard             = 0",
	    "crl_shard = 1", "crl_shard is 0");
	check_refused("[ tre ]", "certificatePolicies   = level", "", "level");
	check_refused("[ tre ]", "P-256", "P-256, RSA", "access alone");
	check_refused("[ access_ca ]", "P-256", "P-256, RSA", "access alone");
	check_refused("[ access ]", "P-256", "RSA, P-256", "none is made");
	check_refused(
	    "[ tre ]", "key                   = P-256", "", "key is missing");
	check_refused(
	    "[ tre ]", "digitalSignature", "keyCertSign", "keyCertSign");
	check_refused(
	    "[ tre ]", "backdate", "crl_shard = 5\nbackdate", "crl_shard");
	check_refused("[ issuing_ca ]", "= 65536", "= 0", "without end");
	check_refused("[ access_ca ]", "= 65536", "= 0", "without end");
	check_refused("[ issuing_ca ]", "= 65536", "= 1048577", "in memory");
	check_refused(
	    "[ issuing_ca ]", "= 100000", "= 16777217", "to 16777216");
	check_refused("[ access ]", "397 days", "398 days", "397");
	check_refused("[ ocsp_signer ]", "30 days", "31 days", "30 days");
	check_refused(
	    "[ root_ocsp_signer ]", "200 days", "367 days", "366 days");
	check_refused("[ access ]", "clientAuth", "OCSPSigning", "OCSPSigning");
	check_refused("[ feed_signer ]", "30 days", "31 days", "30 days");
	check_refused("[ access ]", "clientAuth", "feedSigning", "feedSigning");
	check_refused("[ feed_signer ]", "feedSigning",
	    "feedSigning, clientAuth", "feedSigning");
	check_refused("[ root ]", "= 366 days", "= 367 days", "crl_validity");
	check_refused(
	    "[ root ]", "crl_validity          = 366 days", "", "crl_validity");
	check_refused("[ access_ca ]", "crl_shard",
	    "crl_validity = 9 days\ncrl_shard", "crl_validity");
	check_refused("[ request_signer ]", "30 days", "31 days", "30 days");
	check_refused("[ request_signer ]", "requestSigning", "feedSigning",
	    "feedSigning");
	check_refused(
	    "[ access ]", "clientAuth", "requestSigning", "requestSigning");
	check_refused("[ cmp_signer ]", "30 days", "31 days", "30 days");
	check_refused("[ access ]", "clientAuth", "cmcRA", "cmcRA");
	check_refused("[ cmp_signer ]", "cmcRA", "cmcRA, clientAuth", "cmcRA");
	check_refused(
	    "[ tre ]", "clientAuth", "serverAuth", "none is a server");
	check_refused("[ terminal ]", "clientAuth", "clientAuth, serverAuth",
	    "none is a server");
	check_refused("[ terminal ]", "extendedKeyUsage      = clientAuth", "",
	    "none is a server");
	check_refused("[ delegated_ca ]", "extendedKeyUsage      = clientAuth",
	    "", "none is a server");
	check_refused("[ access ]", "validity              = 397 days", "",
	    "validity is missing");
}

static void
refuses_a_file_that_is_not_there(void **state)
{
	(void)state;
	assert_null(profiles_load("/nonexistent/profiles.cnf"));
	assert_int_equal(err_kind(), ERR_ABSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ships_what_the_design_says),
		cmocka_unit_test(dates_by_backdate_and_validity),
		cmocka_unit_test(names_the_setting_that_it_refuses),
		cmocka_unit_test(refuses_profiles_that_break_the_design),
		cmocka_unit_test(refuses_a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
