/*
 * What never enters: what is honest passes, however much it looks like it.
 */

#include "never_values.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/io.h"

static void
passes_what_only_sounds_like_it(void **state)
{
	static const char *const honest[] = {
		"no Ki, OPc, IMSI or profile data is ever accepted",
		"the IMSI is 15 digits, the Ki 128 bits",
		"imei: 490154203237518, tac: 49015420",
		"IMSI checked on 2026-11-25 15:31:22",
		"no MSISDN (2026-11-25)",
		"PUK reset tested 2026-11-25",
		"the PIN of the JTAG port is fused; pin 12 is ground",
		"op 00010203 opcode 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"kind: 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"md5 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"k = " KI KI, /* a nonce of P-256 */
		"sha256: " KI KI,
		"pin,net\n1204,GND\n",
		"we keep Ki, OPc, IMSI out;\nsee page 3, 4, 5\n",
		"-----BEGIN CERTIFICATE-----\nMIIB\n",
		"Common Criteria protection profile BSI-CC-PP-0084-2014",
		"{\"profile\":\"BSI-CC-PP-0084\",\"result\":\"pass\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		if (text(honest[i]) != NEVER_NOTHING)
			fail_msg("refused as %s: %s",
			    never_kind(text(honest[i])), honest[i]);
}

static void
passes_every_document_of_ours(void **state)
{
	static const char *const folders[] = { ".", "policy", "policy/rulesets",
		"api", "db", "ca", "deploy" };
	char path[512], where[NEVER_WHERE];
	struct buf b = BUF_EMPTY;
	struct dirent *e;
	size_t i, n = 0;
	enum never kind;
	DIR *d;

	(void)state;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		assert_non_null(d = opendir(folders[i]));
		while ((e = readdir(d)) != NULL) {
			if (strstr(e->d_name, ".md") == NULL &&
			    strstr(e->d_name, ".json") == NULL &&
			    strstr(e->d_name, ".yaml") == NULL)
				continue;
			(void)snprintf(
			    path, sizeof(path), "%s/%s", folders[i], e->d_name);
			buf_clear(&b);
			assert_int_equal(io_read_file(path, 10 << 20, &b), 0);
			kind = never_text(buf_span(&b));
			if (kind == NEVER_NOTHING &&
			    strstr(path, ".json") != NULL)
				kind = never_json(buf_span(&b), where);
			if (kind != NEVER_NOTHING)
				fail_msg("%s has %s", path, never_kind(kind));
			n++;
		}
		(void)closedir(d);
	}
	assert_true(n > 8);
	buf_free(&b);
}

/* A seeded sentence of words, numbers and hashes as reports have them. */
static void
honest_text(struct buf *b)
{
	static const char *const words[] = { "kind", "opcode", "okay", "Ki",
		"OPc", "IMSI", "key", "profile", "pin", "the", "of", "is",
		"not", "stored", "report", "firmware 1.4.2", "2026-11-25",
		"15:31:22", "imei 490154203237518", "TRE-2026-000042",
		"TAC 35123456", "level", "sample", "(3)", "P-256", "ICCID",
		"PUK", "page", "no finding", "https://example.org/a?b=c",
		"100 %" };
	int i, j, n = 5 + rand() % 60;

	for (i = 0; i < n; i++) {
		if (rand() % 12 == 0) {
			buf_puts(b, "sha256 ");
			for (j = 0; j < 32; j++)
				buf_printf(b, "%02x", (unsigned)rand() & 0xff);
		} else
			buf_puts(b,
			    words[(size_t)rand() %
				(sizeof(words) / sizeof(words[0]))]);
		buf_puts(b,
		    rand() % 6 == 0	  ? ", "
			: rand() % 9 == 0 ? ".\n"
					  : " ");
	}
}

static void
passes_random_honest_texts(void **state)
{
	struct buf b = BUF_EMPTY;
	int i;

	(void)state;
	srand(33812);
	for (i = 0; i < 20000; i++) {
		buf_clear(&b);
		honest_text(&b);
		if (never_text(buf_span(&b)) != NEVER_NOTHING)
			fail_msg("refused as %s: %s",
			    never_kind(never_text(buf_span(&b))), buf_str(&b));
	}
	buf_free(&b);
}

static void
passes_random_octets_and_their_base64(void **state)
{
	struct buf octets = BUF_EMPTY, json = BUF_EMPTY;
	char where[NEVER_WHERE];
	int i, j;

	(void)state;
	srand(9);
	for (i = 0; i < 2000; i++) {
		buf_clear(&octets);
		buf_clear(&json);
		for (j = 0; j < 1024; j++)
			buf_putc(&octets, (char)rand());
		assert_int_equal(never_text(buf_span(&octets)), NEVER_NOTHING);
		buf_puts(&json, "{\"csr\":\"");
		base64_encode(&json, buf_span(&octets));
		buf_puts(&json, "\"}");
		assert_int_equal(
		    never_json(buf_span(&json), where), NEVER_NOTHING);
	}
	buf_free(&octets);
	buf_free(&json);
}

/* One of some thousand signatures looks like this. */
static void
passes_a_signature_with_a_label_among_its_letters(void **state)
{
	static const char *const labels[] = { "/Ki/", "+OPc+", "AbKi/" };
	char json[256], where[NEVER_WHERE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		(void)snprintf(json, sizeof(json),
		    "{\"tre_signature\":\"MEUCIQDdvQ5y7Zk0yX3mB1xJv2fRb8gq9sH6"
		    "tW4uEoLcNaQiPwIgS1jY%sAbCdEfGhIjKlMnOpQrStUv==\"}",
		    labels[i]);
		assert_int_equal(
		    never_json(span_str(json), where), NEVER_NOTHING);
	}
	/* where nothing of the kind stands before it, it is one */
	assert_int_equal(text("sim/Ki/AbCdEfGhIjKlMnOpQrStUv=="), NEVER_KEY);
	assert_int_equal(
	    text("a key of the card, Ki=AbCdEfGhIjKlMnOpQrStUv=="), NEVER_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_what_only_sounds_like_it),
		cmocka_unit_test(passes_every_document_of_ours),
		cmocka_unit_test(passes_random_honest_texts),
		cmocka_unit_test(passes_random_octets_and_their_base64),
		cmocka_unit_test(
		    passes_a_signature_with_a_label_among_its_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
