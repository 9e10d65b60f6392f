/*
 * assay principal new: the key stays here, and a certificate is kept only if
 * it is for that key, for that name and role, and of our root or one that it
 * has a link to.  The server is this file.
 */

#include "../../test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../pki.h"
#include "api/cli/cli.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/io.h"
#include "x509/csr.h"

extern const struct cli_command principal_commands[];

static char folder[] = "/tmp/assay-principal-XXXXXX";
/* The second is a root of the same name, with an access CA of its own. */
static struct pki pki, second;
static struct pki *by; /* who certifies */
static enum profile_kind kind;
static const char *unit, *common_name;
static bool is_linked, is_old;
static enum err_kind refusal;  /* what a POST is answered with */
static const char *state_now;  /* of the principal, as the server says */
static bool of_other_key;      /* the certificate is for another key */
static struct buf certificate; /* made of the request that was sent */

/* Certify the request that arrived, or another key. */
static void
certify(json_t *body)
{
	const char *text = json_string_value(json_object_get(body, "csr"));
	struct template_spec s = pki_spec(by, kind, &by->access);
	struct key *other = key_generate(KEY_P256);
	struct buf der = BUF_EMPTY;
	struct csr csr;

	s.unit = unit;
	s.common_name = common_name;
	if (!is_old)
		profile_dates(
		    s.profile, clock_now(), &s.not_before, &s.not_after);
	else
		s.not_after = s.not_before + 3600;
	assert_int_equal(base64_decode(&der, span_str(text)), 0);
	assert_int_equal(csr_parse(buf_span(&der), &csr), 0);
	assert_int_equal(csr_verify(&csr), 0);
	buf_clear(&certificate);
	pki_build(by, &s, 9, of_other_key ? key_point(other) : csr.point,
	    &certificate);
	key_free(other);
	buf_free(&der);
}

static json_t *
links(void)
{
	struct template_spec s = pki_spec(&pki, PROFILE_ROOT_LINK, &pki.root);
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;
	json_t *all;

	pki_name_as_root(&s);
	pki_build(&pki, &s, 3, key_point(second.root.key), &der);
	base64_encode(&text, buf_span(&der));
	all = json_pack("[s, s, i]", "=", buf_str(&text), 1);
	buf_free(&der);
	buf_free(&text);
	return all;
}

static json_t *
answer(void)
{
	struct buf leaf = BUF_EMPTY, issuer = BUF_EMPTY;
	bool certified = strcmp(state_now, "active") == 0;
	json_t *p;

	base64_encode(&leaf, buf_span(&certificate));
	base64_encode(&issuer, buf_span(&by->access.der));
	p = json_pack("{s:s, s:s, s:s?, s:s?, s:n}", "handle", "acme-1",
	    "state", state_now, "certificate",
	    certified ? buf_str(&leaf) : NULL, "issuer",
	    certified ? buf_str(&issuer) : NULL, "error");
	if (is_linked)
		(void)json_object_set_new(p, "links", links());
	buf_free(&leaf);
	buf_free(&issuer);
	return p;
}

json_t *
cli_get(struct cli *cli, const char *path, ...)
{
	(void)cli;
	(void)path;
	return answer();
}

json_t *
cli_post(struct cli *cli, json_t *body, const char *path, ...)
{
	(void)cli;
	(void)path;
	if (refusal == ERR_NONE)
		certify(body);
	json_decref(body);
	if (refusal == ERR_NONE)
		return answer();
	err_set_code(refusal, "TEST", "refused by the test");
	return NULL;
}

const char *
cli_escape(const char *s)
{
	return s;
}

char *
cli_credential(const struct cli *cli, const char *name, const char *suffix)
{
	(void)cli;
	return xasprintf("%s/%s%s", folder, name, suffix);
}

static int
run_as(size_t command, const char *handle)
{
	static const struct cli_option organisation = { .name =
							    "organisation" },
				       role = { .name = "role" },
				       wait = { .name = "wait" };
	struct cli cli = { .quiet = true,
		.var = folder,
		.command = &principal_commands[command],
		.args = { handle },
		.nargs = 1,
		.given = { &organisation, &role, &wait },
		.values = { "acme", "supplier", "0" },
		.ngiven = 3 };

	return principal_commands[command].run(&cli);
}

static bool
exists(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static int
begin(void **state)
{
	char path[128];

	(void)state;
	refusal = ERR_NONE;
	state_now = "active";
	of_other_key = is_linked = is_old = false;
	by = &pki;
	kind = PROFILE_ACCESS;
	unit = "supplier";
	common_name = "acme-1";
	(void)snprintf(path, sizeof(path), "%s/acme-1.key", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/acme-1.crt", folder);
	(void)unlink(path);
	return 0;
}

static int
begin_all(void **state)
{
	char path[128];

	(void)state;
	pki_start(&pki);
	pki_start(&second);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/root.crt", folder);
	return io_write_file(path, 0644, buf_span(&pki.root.der));
}

static int
end_all(void **state)
{
	char path[128];

	(void)begin(state);
	pki_stop(&pki);
	pki_stop(&second);
	buf_free(&certificate);
	(void)snprintf(path, sizeof(path), "%s/root.crt", folder);
	(void)unlink(path);
	return rmdir(folder);
}

static void
keeps_key_and_chain(void **state)
{
	char path[128];
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span rest;

	(void)state;
	assert_int_equal(run_as(0, "acme-1"), 0);
	assert_true(exists("acme-1.key"));
	(void)snprintf(path, sizeof(path), "%s/acme-1.crt", folder);
	assert_int_equal(io_read_file(path, 65536, &pem), 0);
	rest = buf_span(&pem);
	assert_int_equal(cert_read_pem(&rest, &der), 0);
	assert_true(span_equal(buf_span(&der), buf_span(&certificate)));
	buf_clear(&der);
	assert_int_equal(cert_read_pem(&rest, &der), 0);
	assert_true(span_equal(buf_span(&der), buf_span(&pki.access.der)));
	buf_free(&pem);
	buf_free(&der);
}

static void
never_overwrites_a_key(void **state)
{
	(void)state;
	assert_int_equal(run_as(0, "acme-1"), 0);
	assert_int_equal(run_as(0, "acme-1"), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
}

static void
refuses_a_certificate_for_another_key(void **state)
{
	(void)state;
	of_other_key = true;
	assert_int_equal(run_as(0, "acme-1"), -1);
	assert_string_equal(err_code(), "KEY_MISMATCH");
	assert_false(exists("acme-1.crt"));
}

static void
is_not_kept(const char *code)
{
	assert_int_equal(run_as(0, "acme-1"), -1);
	assert_string_equal(err_code(), code);
	assert_false(exists("acme-1.crt"));
	(void)begin(NULL);
}

static void
refuses_what_is_not_of_our_root(void **state)
{
	(void)state;
	by = &second;
	is_not_kept("CHAIN_UNTRUSTED");
	is_old = true;
	is_not_kept("CERTIFICATE_EXPIRED");
}

static void
follows_a_link_to_our_root_s_successor(void **state)
{
	(void)state;
	by = &second;
	is_linked = true;
	assert_int_equal(run_as(0, "acme-1"), 0);
	assert_true(exists("acme-1.crt"));
}

static void
refuses_another_s_name_role_or_purpose(void **state)
{
	(void)state;
	common_name = "acme-2";
	is_not_kept("NAME_MISMATCH");
	unit = "officer";
	is_not_kept("NAME_MISMATCH");
	unit = NULL;
	is_not_kept("NAME_MISMATCH");
	kind = PROFILE_RECEIPT_SIGNER;
	is_not_kept("NAME_MISMATCH");
}

static void
leaves_no_key_when_refused(void **state)
{
	(void)state;
	refusal = ERR_DENIED;
	assert_int_equal(run_as(0, "acme-1"), -1);
	assert_false(exists("acme-1.key"));
}

static void
keeps_the_key_when_nobody_answered(void **state)
{
	(void)state;
	refusal = ERR_BUSY;
	assert_int_equal(run_as(0, "acme-1"), -1);
	assert_true(exists("acme-1.key"));
}

static void
waits_for_approval_and_fetches_later(void **state)
{
	(void)state;
	state_now = "proposed";
	assert_int_equal(run_as(0, "acme-1"), 0);
	assert_false(exists("acme-1.crt"));
	assert_int_equal(run_as(1, "acme-1"), -1);
	assert_string_equal(err_code(), "NOT_APPROVED");
	state_now = "active";
	assert_int_equal(run_as(1, "acme-1"), 0);
	assert_true(exists("acme-1.crt"));
}

static void
refuses_a_handle_that_is_a_path(void **state)
{
	static const char *const bad[] = { "../acme", "a/b", "-x", "A", "x" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(run_as(0, bad[i]), -1);
		assert_string_equal(err_code(), "USAGE");
	}
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_key_and_chain),
		TEST(never_overwrites_a_key),
		TEST(refuses_a_certificate_for_another_key),
		TEST(refuses_what_is_not_of_our_root),
		TEST(follows_a_link_to_our_root_s_successor),
		TEST(refuses_another_s_name_role_or_purpose),
		TEST(leaves_no_key_when_refused),
		TEST(keeps_the_key_when_nobody_answered),
		TEST(waits_for_approval_and_fetches_later),
		TEST(refuses_a_handle_that_is_a_path),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
