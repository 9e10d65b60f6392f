/*
 * Keys on a token, SoftHSM's: they sign what others verify, never leave it,
 * and a token that is away, or refuses the PIN, loses nothing.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dlfcn.h>

#include <p11-kit/pkcs11.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "base/io.h"
#include "key/key.h"
#include "key/pkcs11.h"
#include "tests/unit/folder.h"

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#define PIN	"13579246"

static char counting[512]; /* tests/lib/token.c */

static void
write_file(const char *name, mode_t mode, const char *text)
{
	assert_int_equal(
	    io_write_file(in_folder(name), mode, span_str(text)), 0);
}

static long
size_of(const char *name)
{
	struct stat st;

	return stat(in_folder(name), &st) == 0 ? (long)st.st_size : 0;
}

/* Beside this program, the module that counts is two folders up. */
static int
make_token(void **state)
{
	char self[400], text[256], *end;
	ssize_t n;

	if (make_folder(state) == -1 ||
	    (n = readlink("/proc/self/exe", self, sizeof(self) - 1)) == -1)
		return -1;
	self[n] = '\0';
	if ((end = strstr(self, "/tests/unit/")) == NULL)
		return -1;
	(void)snprintf(counting, sizeof(counting), "%.*s/tests/token.so",
	    (int)(end - self), self);
	(void)snprintf(
	    text, sizeof(text), "directories.tokendir = %s/tokens\n", folder);
	write_file("softhsm2.conf", 0600, text);
	write_file("pin", 0600, PIN "\n");
	if (mkdir(in_folder("tokens"), 0700) == -1 ||
	    setenv("SOFTHSM2_CONF", in_folder("softhsm2.conf"), 1) == -1 ||
	    setenv("ASSAY_TEST_TOKEN", folder, 1) == -1)
		return -1;
	return system("softhsm2-util --init-token --free --label assay "
		      "--so-pin 87654321 --pin " PIN " >/dev/null");
}

static struct pkcs11 *
open_as(const char *token, const char *pin)
{
	struct pkcs11 *t;
	char uri[1024];

	(void)snprintf(uri, sizeof(uri),
	    "pkcs11:token=%s?module-path=%s&pin-source=%s", token, counting,
	    in_folder(pin));
	t = pkcs11_open(uri);
	assert_non_null(t);
	return t;
}

static int
signs(const struct key *k)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t n;

	if (key_sign(k, span_str("message"), signature, &n) == -1)
		return -1;
	return key_verify(k, span_str("message"), span_of(signature, n));
}

static void
signs_what_the_public_key_verifies(void **state)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384 };
	struct pkcs11 *t = open_as("assay", "pin");
	uint8_t s[KEY_RAW_MAX];
	struct key *k, *public;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		k = pkcs11_key_generate(t, key_name(kinds[i]), kinds[i]);
		assert_non_null(k);
		assert_true(key_is_private(k));
		public = key_from_spki(key_spki(k));
		assert_non_null(public);
		assert_int_equal(key_sign(k, span_str("a"), s, &n), 0);
		assert_int_equal(
		    key_verify(public, span_str("a"), span_of(s, n)), 0);
		assert_int_equal(
		    key_verify(public, span_str("b"), span_of(s, n)), -1);
		assert_int_equal(key_sign_raw(k, span_str("a"), s, &n), 0);
		assert_true(key_raw_is_low(kinds[i], span_of(s, n)));
		assert_int_equal(
		    key_verify_raw(public, span_str("a"), span_of(s, n)), 0);
		key_free(public);
		key_free(k);
	}
	pkcs11_close(t);
}

static void
finds_its_keys_again(void **state)
{
	struct pkcs11 *t = open_as("assay", "pin");
	struct key *made = pkcs11_key_generate(t, "again", KEY_P256), *k;

	(void)state;
	assert_non_null(made);
	assert_null(pkcs11_key_generate(t, "again", KEY_P256));
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_null(pkcs11_key_load(t, "nobody"));
	assert_int_equal(err_kind(), ERR_ABSENT);
	pkcs11_close(t);
	t = open_as("assay", "pin");
	k = pkcs11_key_load(t, "again");
	assert_non_null(k);
	assert_true(span_equal(key_spki(k), key_spki(made)));
	assert_int_equal(signs(k), 0);
	key_free(k);
	key_free(made);
	pkcs11_close(t);
}

static void
keeps_the_private_half_on_the_token(void **state)
{
	struct pkcs11 *t = open_as("assay", "pin");
	struct key *k = pkcs11_key_generate(t, "sealed", KEY_P256);

	(void)state;
	assert_non_null(k);
	assert_int_equal(key_create_file(k, in_folder("out.key"), NULL), -1);
	assert_int_equal(access(in_folder("out.key"), F_OK), -1);
	key_free(k);
	pkcs11_close(t);
}

static void
knows_a_key_that_was_brought_to_the_token(void **state)
{
	struct pkcs11 *t = open_as("assay", "pin");
	char command[1024];
	struct key *k = pkcs11_key_generate(t, "made", KEY_P256);

	(void)state;
	assert_non_null(k);
	key_free(k);
	assert_int_equal(pkcs11_key_is_local(t, "made"), 0);
	(void)snprintf(command, sizeof(command),
	    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 "
	    "2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out %s/brought && "
	    "softhsm2-util --import %s/brought --token assay --label brought "
	    "--id bb --pin " PIN " >/dev/null",
	    folder, folder);
	assert_int_equal(system(command), 0);
	k = pkcs11_key_load(t, "brought");
	assert_non_null(k);
	key_free(k);
	assert_int_equal(pkcs11_key_is_local(t, "brought"), -1);
	assert_string_equal(err_code(), "KEY_NOT_LOCAL");
	assert_int_equal(pkcs11_key_is_local(t, "nobody"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	pkcs11_close(t);
}

static void
refuses_other_algorithms(void **state)
{
	static const enum key_kind bad[] = { KEY_ED25519, KEY_RSA,
		KEY_ML_DSA_44, KEY_ML_DSA_65 };
	struct pkcs11 *t = open_as("assay", "pin");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(pkcs11_key_generate(t, "other", bad[i]));
		assert_int_equal(err_kind(), ERR_INPUT);
		assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	}
	assert_null(pkcs11_key_load(t, "other"));
	assert_int_equal(err_kind(), ERR_ABSENT);
	pkcs11_close(t);
}

/* Somebody else in this process ends all of its sessions. */
static void
end_sessions(void)
{
	CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR);
	CK_FUNCTION_LIST *token;
	CK_SLOT_ID slots[8];
	CK_ULONG n = 8;
	void *lib = dlopen(SOFTHSM, RTLD_NOW | RTLD_NOLOAD);

	assert_non_null(lib);
	*(void **)&get = dlsym(lib, "C_GetFunctionList");
	assert_non_null(get);
	assert_int_equal(get(&token), CKR_OK);
	assert_int_equal(token->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
	for (CK_ULONG i = 0; i < n; i++)
		assert_int_equal(token->C_CloseAllSessions(slots[i]), CKR_OK);
	(void)dlclose(lib);
}

static void
opens_a_lost_session_again(void **state)
{
	struct pkcs11 *t = open_as("assay", "pin");
	struct key *k = pkcs11_key_generate(t, "lost", KEY_P256);
	long logins;

	(void)state;
	assert_non_null(k);
	assert_int_equal(signs(k), 0);
	logins = size_of("logins");
	end_sessions();
	assert_int_equal(signs(k), 0);
	assert_int_equal(size_of("logins"), logins + 1);
	key_free(k);
	pkcs11_close(t);
}

static void
is_busy_while_the_token_fails(void **state)
{
	struct pkcs11 *t = open_as("assay", "pin");
	struct key *k = pkcs11_key_generate(t, "fails", KEY_P256);

	(void)state;
	assert_non_null(k);
	write_file("fail-at", 0600, "0\n");
	assert_int_equal(signs(k), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_true(size_of("failed") > 0);
	assert_int_equal(unlink(in_folder("fail-at")), 0);
	assert_int_equal(signs(k), 0);
	key_free(k);
	pkcs11_close(t);
}

static void
is_busy_without_the_token(void **state)
{
	struct pkcs11 *t = open_as("elsewhere", "pin");

	(void)state;
	assert_null(pkcs11_key_load(t, "again"));
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_null(pkcs11_key_generate(t, "again", KEY_P256));
	assert_int_equal(err_kind(), ERR_BUSY);
	pkcs11_close(t);
}

/* A token locks itself after a few wrong ones. */
static void
asks_the_token_once_with_a_wrong_PIN(void **state)
{
	struct pkcs11 *t;
	struct key *k;
	long logins = size_of("logins");

	(void)state;
	write_file("wrong", 0600, "24681357\n");
	t = open_as("assay", "wrong");
	for (int i = 0; i < 5; i++) {
		assert_null(pkcs11_key_load(t, "again"));
		assert_int_equal(err_kind(), ERR_BUSY);
		assert_null(strstr(err_text(), "24681357"));
	}
	assert_int_equal(size_of("logins"), logins + 1);
	/* Put right, it is used at once. */
	write_file("wrong", 0600, PIN "\n");
	k = pkcs11_key_load(t, "again");
	assert_non_null(k);
	/* The same when the session is lost, and signing asks. */
	write_file("wrong", 0600, "24681357\n");
	end_sessions();
	logins = size_of("logins");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(signs(k), -1);
		assert_int_equal(err_kind(), ERR_BUSY);
	}
	assert_int_equal(size_of("logins"), logins + 1);
	write_file("wrong", 0600, PIN "\n");
	assert_int_equal(signs(k), 0);
	key_free(k);
	pkcs11_close(t);
}

/* An order must not fail for good because of it. */
static void
is_busy_without_its_PIN(void **state)
{
	struct pkcs11 *t = open_as("assay", "later");
	struct key *k;

	(void)state;
	assert_null(pkcs11_key_load(t, "again"));
	assert_int_equal(err_kind(), ERR_BUSY);
	write_file("later", 0644, PIN "\n");
	assert_null(pkcs11_key_load(t, "again"));
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_non_null(strstr(err_text(), "chmod 600"));
	assert_int_equal(chmod(in_folder("later"), 0600), 0);
	k = pkcs11_key_load(t, "again");
	assert_non_null(k);
	key_free(k);
	pkcs11_close(t);
}

static void
refuses_URIs_without_what_it_needs(void **state)
{
	static const char *const bad[] = { "", "token=assay",
		"pkcs11:", "pkcs11:token=assay?pin-source=/p",
		"pkcs11:token=assay?module-path=/m",
		"pkcs11:token=assay;colour=red?module-path=/m&pin-source=/p" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(pkcs11_open(bad[i]));
		assert_int_equal(err_kind(), ERR_INPUT);
	}
	assert_null(pkcs11_open(
	    "pkcs11:token=assay?module-path=/m&pin-source=/p&pin-value=1"));
	assert_int_equal(err_kind(), ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_what_the_public_key_verifies),
		cmocka_unit_test(finds_its_keys_again),
		cmocka_unit_test(keeps_the_private_half_on_the_token),
		cmocka_unit_test(knows_a_key_that_was_brought_to_the_token),
		cmocka_unit_test(refuses_other_algorithms),
		cmocka_unit_test(opens_a_lost_session_again),
		cmocka_unit_test(is_busy_while_the_token_fails),
		cmocka_unit_test(is_busy_without_the_token),
		cmocka_unit_test(asks_the_token_once_with_a_wrong_PIN),
		cmocka_unit_test(is_busy_without_its_PIN),
		cmocka_unit_test(refuses_URIs_without_what_it_needs),
	};

	return cmocka_run_group_tests(tests, make_token, remove_folder);
}
