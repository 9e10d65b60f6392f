/*
 * What never enters: found by name and by what stands behind it, however
 * written.
 */

#include "never_values.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"

static enum never
name(const char *s)
{
	return never_name(span_str(s));
}

static void
finds_a_name_however_it_is_spelled(void **state)
{
	static const char *const imsi[] = { "imsi", "IMSI", "Imsi", "im_si",
		"I-M-S-I", "i.m.s.i", "imsi1", "device_imsi", "deviceImsi",
		"imsiValue", "IMSI_NUMBER", "imsi number", "supi",
		"subscriber-identity" };
	static const char *const key[] = { "ki", "Ki", "KI", "K_i", "k", "K",
		"kiValue", "usimKi", "ki_hex", "authentication_key",
		"subscriberKey" };
	static const char *const op[] = { "opc", "OPc", "op", "OP", "op_c",
		"OP-C", "hashOPc", "opc1", "topc" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(imsi) / sizeof(imsi[0]); i++)
		if (name(imsi[i]) != NEVER_IMSI)
			fail_msg("%s passes", imsi[i]);
	for (i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		if (name(key[i]) != NEVER_KEY)
			fail_msg("%s passes", key[i]);
	for (i = 0; i < sizeof(op) / sizeof(op[0]); i++)
		if (name(op[i]) != NEVER_OP)
			fail_msg("%s passes", op[i]);
	assert_int_equal(name("msisdn"), NEVER_MSISDN);
	assert_int_equal(name("ICCID"), NEVER_ICCID);
	assert_int_equal(name("pin"), NEVER_CODE);
	assert_int_equal(name("PUK2"), NEVER_CODE);
	assert_int_equal(name("adm_1"), NEVER_CODE);
	assert_int_equal(name("autn"), NEVER_VECTOR);
	assert_int_equal(name("profile"), NEVER_PROFILE);
	assert_int_equal(name("profile_package"), NEVER_PROFILE);
	assert_int_equal(name("boundProfilePackage"), NEVER_PROFILE);
}

static void
leaves_other_names_alone(void **state)
{
	static const char *const honest[] = { "kind", "opcode", "okay",
		"operator", "operation", "key", "kid", "imei", "tac",
		"whimsical", "skip", "skins", "spin", "pinned", "kiosk",
		"tre_kind", "top", "opcodes", "scope", "protection_profile", "",
		"_", "9", "sha256", "x5t#S256", "csr", "reference" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		if (name(honest[i]) != NEVER_NOTHING)
			fail_msg("%s is refused", honest[i]);
}

static const struct {
	enum never kind;
	const char *text;
} labelled[] = {
	{ NEVER_IMSI, "IMSI " IMSI },
	{ NEVER_IMSI, "the imsi is " IMSI "." },
	{ NEVER_IMSI, "imsi=" IMSI },
	{ NEVER_IMSI, "IMSI: 262 01 1234567890" },
	{ NEVER_IMSI, "IMSI" IMSI },
	{ NEVER_IMSI, "supi imsi-" IMSI },
	{ NEVER_IMSI, "<imsi>" IMSI "</imsi>" },
	{ NEVER_IMSI, "<field name=\"imsi\" value=\"" IMSI "\"/>" },
	{ NEVER_IMSI, "{\"deviceImsi\" : \"" IMSI "\"}" },
	{ NEVER_IMSI, "{\"imsi\":" IMSI "}" },
	{ NEVER_IMSI, "international mobile subscriber identity: " IMSI },
	{ NEVER_IMSI, IMSI "@nai.epc.mnc001.mcc262.3gppnetwork.org" },
	{ NEVER_IMSI, "number;imei;imsi\n1;490154203237518;" IMSI "\n" },
	{ NEVER_MSISDN, "MSISDN: +49 170 1234567" },
	{ NEVER_MSISDN, "msisdn=491701234567" },
	{ NEVER_ICCID, "ICCID 89490200001234567893" },
	{ NEVER_ICCID, "iccid '8949449999999990023F'H" },
	{ NEVER_ICCID, "ICCID: 8949 0200 0012 3456 7893" },
	{ NEVER_KEY, "Ki=" KI },
	{ NEVER_KEY, "K = " KI },
	{ NEVER_KEY, "\"k\": \"" KI "\"" },
	{ NEVER_KEY, "Ki value 0x0F1E2D3C4B5A69788796A5B4C3D2E1F0" },
	{ NEVER_KEY, "ki: 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1 f0" },
	{ NEVER_KEY, "Ki: 0f:1e:2d:3c:4b:5a:69:78:87:96:a5:b4:c3:d2:e1:f0" },
	{ NEVER_KEY, "usim_ki " KI },
	{ NEVER_KEY, "subscriber key " KI },
	{ NEVER_KEY, "Ki=Dx4tPEtaaXiHlqW0w9Lh8A==" },
	{ NEVER_KEY, "Ki: " KI KI },
	{ NEVER_KEY, "id,ki\nA,x\nB," KI "\n" },
	{ NEVER_OP, "OPc " KI },
	{ NEVER_OP, "opc '0F1E2D3C4B5A69788796A5B4C3D2E1F0'H" },
	{ NEVER_OP, "OP: " KI },
	{ NEVER_OP, "id\top\n1\t" KI },
	{ NEVER_CODE, "PIN: 1234" },
	{ NEVER_CODE, "PUK 12345678" },
	{ NEVER_CODE, "ADM1 = 0123456789abcdef" },
	{ NEVER_VECTOR, "AUTN " KI },
	{ NEVER_VECTOR, "sqn=000000000021" },
	{ NEVER_PROFILE, "-----BEGIN PROFILE PACKAGE-----\nAAAA\n" },
	{ NEVER_PROFILE, "-----BEGIN USIM PROFILE-----" },
};

#define NLABELLED (sizeof(labelled) / sizeof(labelled[0]))

static void
finds_a_value_behind_its_label(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NLABELLED; i++)
		if (text(labelled[i].text) != labelled[i].kind)
			fail_msg("%s: %s, not %s", labelled[i].text,
			    never_kind(text(labelled[i].text)),
			    never_kind(labelled[i].kind));
}

static void
finds_it_across_the_borders_of_pieces(void **state)
{
	struct never_scan s;
	struct span all;
	size_t i, cut;

	(void)state;
	for (i = 0; i < NLABELLED; i++) {
		all = span_str(labelled[i].text);
		for (cut = 0; cut <= all.n; cut++) {
			never_scan_begin(&s);
			(void)never_scan_put(&s, span_of(all.p, cut));
			(void)never_scan_put(
			    &s, span_of(all.p + cut, all.n - cut));
			assert_int_equal(never_scan_end(&s), labelled[i].kind);
		}
	}
}

static void
finds_it_in_utf_16_and_among_octets(void **state)
{
	static const uint8_t junk[] = { 0xff, 0, 1, 0x80, 'k', 0, 0xfe };
	struct buf b = BUF_EMPTY;
	const char *p;
	size_t i;

	(void)state;
	for (i = 0; i < NLABELLED; i++) {
		buf_clear(&b);
		buf_put(&b, junk, sizeof(junk));
		for (p = labelled[i].text; *p != '\0'; p++) {
			buf_putc(&b, '\0');
			buf_putc(&b, *p);
		}
		/* a table's lines begin where a line does */
		if (strchr(labelled[i].text, '\n') == NULL)
			assert_int_equal(
			    never_text(buf_span(&b)), labelled[i].kind);
	}
	buf_free(&b);
}

static void
finds_a_profile_package_by_its_header(void **state)
{
	static const uint8_t header[] = { 0xa0, 0x1d, 0x80, 0x01, 0x02, 0x81,
		0x01, 0x03, 0x82, 0x04, 'T', 'e', 's', 't', 0x83, 0x0a, 0x89,
		0x49, 0x44, 0x99, 0x99, 0x99, 0x99, 0x99, 0x02, 0x3f };
	uint8_t other[sizeof(header)];

	(void)state;
	assert_int_equal(
	    never_text(span_of(header, sizeof(header))), NEVER_PROFILE);
	memcpy(other, header, sizeof(header));
	other[5] = 0x84;
	assert_int_equal(
	    never_text(span_of(other, sizeof(other))), NEVER_NOTHING);
}

static void
looks_into_json(void **state)
{
	static const struct {
		const char *json, *where;
	} bad[] = {
		{ "{\"imsi\":1}", "imsi" },
		{ "{\"a\":[{\"b\":{\"\\u006bi\":null}}]}", "ki" },
		{ "{\"reference\":\"IMSI " IMSI "\"}", "reference" },
		{ "{\"reference\":\"IM\\u0053I\\n" IMSI "\"}", "reference" },
		{ "{\"list\":[\"x\",\"OPc=" KI "\"]}", "list" },
		{ "{\"name\":\"IMSI\",\"value\":\"" IMSI "\"}", "value" },
		{ "{\"o p c\":\"\"}", "o?p?c" },
		{ "{\"imsi\":\"", "imsi" }, /* and no JSON at all */
	};
	char where[NEVER_WHERE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (never_json(span_str(bad[i].json), where) == NEVER_NOTHING)
			fail_msg("%s passes", bad[i].json);
		assert_string_equal(where, bad[i].where);
	}
}

static void
looks_into_base64_and_jws(void **state)
{
	static const char payload[] = "{\"answers\":{\"TRE-1\":{\"statement\":"
				      "\"our Ki is " KI "\"}}}";
	/* what follows a string in DER may be a digit, too */
	static const char der[] = "\x30\x1a\x30\x16\x0c\x14"
				  "IMSI " IMSI "\x30\x00";
	struct buf json = BUF_EMPTY;
	char where[NEVER_WHERE];

	(void)state;
	buf_puts(&json, "{\"jws\":\"");
	base64url_encode(&json, span_str("{\"alg\":\"ES256\"}"));
	buf_putc(&json, '.');
	base64url_encode(&json, span_str(payload));
	buf_puts(&json, ".AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
	assert_int_equal(never_json(buf_span(&json), where), NEVER_KEY);
	assert_string_equal(where, "jws");
	buf_clear(&json);
	buf_puts(&json, "{\"csr\":\"");
	base64_encode(&json, span_of(der, sizeof(der) - 1));
	buf_puts(&json, "\"}");
	assert_int_equal(never_json(buf_span(&json), where), NEVER_IMSI);
	buf_free(&json);
}

static void
put_block(struct buf *text, struct span octets)
{
	buf_puts(text, "-----BEGIN CERTIFICATE-----\n");
	base64_encode(text, octets);
	buf_puts(text, "\n-----END CERTIFICATE-----\n");
}

/* Where letters of one were counted with those of the next, they meant another
 * thing. */
static void
looks_into_each_block_of_pem(void **state)
{
	static const char inside[] = "\x30\x16\x0c\x14IMSI " IMSI;
	static const uint8_t before[24] = { 0x30, 0x16 };
	struct buf text = BUF_EMPTY;
	size_t n;

	(void)state;
	for (n = 18; n <= sizeof(before); n++) {
		buf_clear(&text);
		put_block(&text, span_of(before, n));
		put_block(&text, span_of(before, n));
		assert_int_equal(never_value(buf_span(&text)), NEVER_NOTHING);
		put_block(&text, span_of(inside, sizeof(inside) - 1));
		assert_int_equal(never_value(buf_span(&text)), NEVER_IMSI);
		put_block(&text, span_of(before, n));
		assert_int_equal(never_value(buf_span(&text)), NEVER_IMSI);
	}
	buf_free(&text);
}

static void
names_where_and_what_but_never_the_value(void **state)
{
	char where[NEVER_WHERE];

	(void)state;
	assert_int_equal(never_refuse(NEVER_NOTHING, "x"), 0);
	assert_int_equal(never_refuse(NEVER_IMSI, "the field imsi"), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), NEVER_REFUSED);
	assert_non_null(strstr(err_text(), "the field imsi"));
	assert_non_null(strstr(err_text(), "an IMSI"));
	(void)never_json(span_str("{\"imsi " IMSI "\":1}"), where);
	assert_string_equal(where, "");
}

/* What the API asks for by itself must have none of these names. */
static void
no_field_of_ours_has_such_a_name(void **state)
{
	char line[1024], word[64];
	FILE *f = fopen("api/openapi.yaml", "r");
	int n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %63[a-z0-9_]:", word) == 1) {
			/* of a certificate: said, and never asked for */
			if (strcmp(word, "profile") != 0 &&
			    never_name(span_str(word)) != NEVER_NOTHING)
				fail_msg("the API has a field %s", word);
			n++;
		}
	assert_true(n > 500);
	(void)fclose(f);
}

/* As a certificate in base64, which begins and ends like any other. */
static enum never
certificate_with(const char *inside)
{
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;
	enum never kind;

	buf_put(&der, "\x30\x82\x02\x00", 4);
	while (der.n < 450)
		buf_puts(&der, "x ");
	buf_puts(&der, inside);
	while (der.n < 512)
		buf_puts(&der, "y ");
	base64_encode(&text, buf_span(&der));
	kind = never_value(buf_span(&text));
	buf_free(&der);
	buf_free(&text);
	return kind;
}

static void
finds_it_in_what_looks_like_a_certificate_seen_before(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(certificate_with(""), NEVER_NOTHING);
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    certificate_with("imsi 262011234567890 "), NEVER_IMSI);
	assert_int_equal(certificate_with(""), NEVER_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_name_however_it_is_spelled),
		cmocka_unit_test(leaves_other_names_alone),
		cmocka_unit_test(finds_a_value_behind_its_label),
		cmocka_unit_test(finds_it_across_the_borders_of_pieces),
		cmocka_unit_test(finds_it_in_utf_16_and_among_octets),
		cmocka_unit_test(finds_a_profile_package_by_its_header),
		cmocka_unit_test(looks_into_json),
		cmocka_unit_test(looks_into_base64_and_jws),
		cmocka_unit_test(looks_into_each_block_of_pem),
		cmocka_unit_test(names_where_and_what_but_never_the_value),
		cmocka_unit_test(no_field_of_ours_has_such_a_name),
		cmocka_unit_test(
		    finds_it_in_what_looks_like_a_certificate_seen_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
