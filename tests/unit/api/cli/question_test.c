/*
 * The question that `assay decide` asks is one that the API reads, and its
 * signatures hold over the transcript that the API writes.
 */

#include "../../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/cli/question.h"
#include "api/decision_request.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"
#include "policy/transcript.h"
#include "x509/cert.h"

#define ID	  "5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f"
#define CHALLENGE "ERERERERERERERERERERERERERERERERERERERERERE="
#define AT	  "2026-11-24T02:03:04Z"

static char folder[64];
static struct cli cli;

static void
write_device(const char *id, int certificates)
{
	struct key *key = key_generate(KEY_P256);
	struct buf pem = BUF_EMPTY;
	char *path = xasprintf("%s/devices/%s.key", folder, id);
	int i;

	assert_int_equal(key_create_file(key, path, NULL), 0);
	free(path);
	/* octets are enough: nothing here reads the certificates */
	for (i = 0; i < certificates; i++)
		cert_write_pem(span_str(i == 0 ? id : "issuer"), &pem);
	path = xasprintf("%s/devices/%s.crt", folder, id);
	assert_int_equal(io_write_file(path, 0644, buf_span(&pem)), 0);
	free(path);
	buf_free(&pem);
	key_free(key);
}

static int
setup(void **state)
{
	char *path;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/question.XXXXXX");
	assert_non_null(mkdtemp(folder));
	path = xasprintf("%s/devices", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	write_device("TRE-1", 2);
	write_device("TERM-1", 2);
	write_device("BARE-1", 0);
	cli.var = folder;
	cli.as = "";
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "devices/TRE-1.key",
		"devices/TRE-1.crt", "devices/TERM-1.key", "devices/TERM-1.crt",
		"devices/BARE-1.key", "devices/BARE-1.crt" };
	size_t i;
	char *path;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = xasprintf("%s/%s", folder, names[i]);
		(void)unlink(path);
		free(path);
	}
	path = xasprintf("%s/devices", folder);
	(void)rmdir(path);
	free(path);
	return rmdir(folder);
}

static struct question
a_question(const struct player *tre, const struct player *terminal)
{
	return (struct question){
		.operator= "mobilfunk",
		.purpose = "initial_download",
		.mode = tre != NULL ? "tre_and_platform" : "platform_only",
		.nonce = "a nonce of ours",
		.validation = "remote",
		.firmware = "1.2.3",
		.imei = "351234560000010",
		.tre = tre,
		.terminal = terminal,
	};
}

/* The transcript as the API writes it, from what it has read. */
static void
api_transcript(struct decision_request *r, struct buf *octets)
{
	uint8_t tre[32], platform[32], context_sha256[32];
	struct buf context = BUF_EMPTY;
	struct transcript t = {
		.challenge = buf_span(&r->challenge),
		.operator= "mobilfunk",
		.purpose = r->purpose_text,
		.mode = r->mode_text,
	};

	assert_int_equal(
	    transcript_context(&context, r->claims, r->device,
		r->operator_nonce, r->signed_at_text, r->validation),
	    0);
	hash_sha256(buf_span(&context), context_sha256);
	t.context_sha256 = span_of(context_sha256, 32);
	if (r->tre.n > 0) {
		hash_sha256(buf_span(&r->tre.der[0]), tre);
		t.tre_sha256 = span_of(tre, 32);
	}
	hash_sha256(buf_span(&r->platform.der[0]), platform);
	t.platform_sha256 = span_of(platform, 32);
	assert_int_equal(transcript_write(octets, &t), 0);
	buf_free(&context);
}

static void
read_back(const struct question *q, struct decision_request *r)
{
	json_t *o = question_build(q, CHALLENGE, ID, AT);
	char *text = json_dumps(o, JSON_COMPACT);

	assert_non_null(o);
	if (decision_request_parse(span_str(text), r) == -1)
		fail_msg("%s", err_text());
	free(text);
	json_decref(o);
}

static void
both_signatures_hold_over_what_the_api_writes(void **state)
{
	struct player tre, terminal;
	struct decision_request r;
	struct buf octets = BUF_EMPTY;
	struct question q;

	(void)state;
	assert_int_equal(player_open(&cli, "TRE-1", NULL, NULL, &tre), 0);
	assert_int_equal(player_open(&cli, "TERM-1", NULL, NULL, &terminal), 0);
	q = a_question(&tre, &terminal);
	read_back(&q, &r);
	assert_int_equal(r.tre.n, 2);
	assert_int_equal(r.platform.n, 2);
	api_transcript(&r, &octets);
	assert_int_equal(
	    key_verify(tre.key, buf_span(&octets), buf_span(&r.tre_signature)),
	    0);
	assert_int_equal(key_verify(terminal.key, buf_span(&octets),
			     buf_span(&r.platform_signature)),
	    0);
	decision_request_free(&r);
	buf_free(&octets);
	player_free(&tre);
	player_free(&terminal);
}

static void
a_terminal_alone_signs_with_the_tre_left_out(void **state)
{
	struct player terminal;
	struct decision_request r;
	struct buf octets = BUF_EMPTY;
	struct question q;

	(void)state;
	assert_int_equal(player_open(&cli, "TERM-1", NULL, NULL, &terminal), 0);
	q = a_question(NULL, &terminal);
	read_back(&q, &r);
	assert_int_equal(r.tre.n, 0);
	assert_int_equal(r.tre_signature.n, 0);
	api_transcript(&r, &octets);
	assert_int_equal(key_verify(terminal.key, buf_span(&octets),
			     buf_span(&r.platform_signature)),
	    0);
	decision_request_free(&r);
	buf_free(&octets);
	player_free(&terminal);
}

static void
a_device_without_certificates_can_ask(void **state)
{
	struct decision_request r;
	struct question q = a_question(NULL, NULL);

	(void)state;
	q.mode = "tre_and_platform";
	read_back(&q, &r);
	assert_int_equal(r.platform.n, 0);
	assert_int_equal(r.platform_signature.n, 0);
	decision_request_free(&r);
}

static void
a_precheck_needs_neither_challenge_nor_signatures(void **state)
{
	struct player terminal;
	struct decision_request r;
	struct question q;
	json_t *o;
	char *text;

	(void)state;
	assert_int_equal(player_open(&cli, "TERM-1", NULL, NULL, &terminal), 0);
	q = a_question(NULL, &terminal);
	q.purpose = "precheck";
	o = question_build(&q, NULL, ID, AT);
	assert_null(json_object_get(o, "evidence"));
	text = json_dumps(o, JSON_COMPACT);
	if (decision_request_parse(span_str(text), &r) == -1)
		fail_msg("%s", err_text());
	decision_request_free(&r);
	free(text);
	json_decref(o);
	player_free(&terminal);
}

static void
refuses_a_challenge_of_another_size(void **state)
{
	struct player terminal;
	struct question q;

	(void)state;
	assert_int_equal(player_open(&cli, "TERM-1", NULL, NULL, &terminal), 0);
	q = a_question(NULL, &terminal);
	assert_null(question_build(&q, "AAAA", ID, AT));
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_null(question_build(&q, "no base64", ID, AT));
	player_free(&terminal);
}

static void
refuses_devices_that_are_not_there(void **state)
{
	struct player p;

	(void)state;
	assert_int_equal(player_open(&cli, "TRE-2", NULL, NULL, &p), -1);
	player_free(&p);
	assert_int_equal(player_open(&cli, NULL, NULL, NULL, &p), -1);
	player_free(&p);
	/* a file without a certificate in it */
	assert_int_equal(player_open(&cli, "BARE-1", NULL, NULL, &p), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	player_free(&p);
}

static void
cannot_guess_the_tre_of_what_is_no_certificate(void **state)
{
	struct player terminal;
	char id[64];

	(void)state;
	assert_int_equal(player_open(&cli, "TERM-1", NULL, NULL, &terminal), 0);
	assert_int_equal(player_find_tre(&cli, &terminal, id), -1);
	player_free(&terminal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_signatures_hold_over_what_the_api_writes),
		cmocka_unit_test(a_terminal_alone_signs_with_the_tre_left_out),
		cmocka_unit_test(a_device_without_certificates_can_ask),
		cmocka_unit_test(
		    a_precheck_needs_neither_challenge_nor_signatures),
		cmocka_unit_test(refuses_a_challenge_of_another_size),
		cmocka_unit_test(refuses_devices_that_are_not_there),
		cmocka_unit_test(
		    cannot_guess_the_tre_of_what_is_no_certificate),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
