/*
 * A result folder: each tampering is refused, and says what it is.
 */

#include "tests/unit/test.h"

#include <unistd.h>

#include "key/jws.h"
#include "policy/canon.h"
#include "tests/unit/ca/ceremony/ceremony_world.h"
#include "x509/crl_read.h"

static struct buf root; /* of the ceremony, kept aside */

static int
verify(void)
{
	struct buf text = BUF_EMPTY;
	int rc = ceremony_verify(in_folder("results"), buf_span(&root),
	    in_folder("script.yaml"), NULL, &text);

	buf_free(&text);
	return rc;
}

static int
perform(void **state)
{
	struct ceremony c = { .profiles = NULL };

	if (world_start(state) == -1)
		return -1;
	must(world_open(&c) == 0 && world_run(&c, "012") == 0);
	ceremony_free(&c);
	read_back("results/root.cer", &root);
	must(verify() == 0);
	return 0;
}

static int
end(void **state)
{
	buf_free(&root);
	return world_stop(state);
}

/* ---- files */

static void
notices_every_octet_of_each_file(void **state)
{
	static const char *const files[] = { "results/root.cer",
		"results/issuer-3.cer", "results/root-ocsp.cer",
		"results/root.crl" };
	struct buf file = BUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		read_back(files[i], &file);
		for (size_t at = 0; at < file.n; at += 7) {
			file.p[at] ^= 0x10;
			must(io_write_file(in_folder(files[i]), 0644,
				 buf_span(&file)) == 0);
			refused(verify(), "ARTEFACT_ALTERED", files[i] + 8);
			file.p[at] ^= 0x10;
		}
		must(io_write_file(
			 in_folder(files[i]), 0644, buf_span(&file)) == 0);
	}
	must(verify() == 0);
	buf_free(&file);
}

static void
notices_files_more_or_fewer(void **state)
{
	(void)state;
	write_text("results/more.cer", "x");
	refused(verify(), "ARTEFACT_UNKNOWN", "more.cer");
	must(unlink(in_folder("results/more.cer")) == 0);
	write_text("results/.hidden", "x");
	refused(verify(), "ARTEFACT_UNKNOWN", ".hidden");
	must(unlink(in_folder("results/.hidden")) == 0);
	must(rename(in_folder("results/root.crl"), in_folder("kept")) == 0);
	refused(verify(), "ARTEFACT_MISSING", "root.crl");
	must(rename(in_folder("kept"), in_folder("results/root.crl")) == 0);
	must(verify() == 0);
}

static void
wants_the_root_and_the_script_that_are_trusted(void **state)
{
	struct buf other = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	read_back("results/issuer-3.cer", &other);
	refused(ceremony_verify(
		    in_folder("results"), buf_span(&other), NULL, NULL, &text),
	    "TRANSCRIPT_ROOT", "than the one trusted");
	refused(ceremony_verify(in_folder("results"), buf_span(&root),
		    in_folder("requests.json"), NULL, &text),
	    "TRANSCRIPT_SCRIPT", "another script");
	must(ceremony_verify(in_folder("results"), (struct span){ NULL, 0 },
		 NULL, NULL, &text) == 0);
	assert_non_null(strstr(buf_str(&text), "The root is the folder's own"));
	buf_free(&other);
	buf_free(&text);
}

/* ---- the transcript */

static json_t *
load(void)
{
	struct buf file = BUF_EMPTY;
	json_t *o;

	read_back("results/transcript.json", &file);
	o = json_loadb((const char *)file.p, file.n, 0, NULL);
	assert_non_null(o);
	buf_free(&file);
	return o;
}

static void
store(json_t *o)
{
	char *text = json_dumps(o, JSON_INDENT(1));

	write_text("results/transcript.json", text);
	free(text);
}

static json_t *
in(json_t *o, const char *name)
{
	return json_object_get(json_object_get(o, "transcript"), name);
}

/* Signed anew with the root's own key: what the signature cannot help. */
static void
sign_again(json_t *o)
{
	struct key *key = key_load(in_folder("root.key"), NULL);
	struct buf canonical = BUF_EMPTY, jws = BUF_EMPTY;

	must(key != NULL);
	must(canon_write(&canonical, json_object_get(o, "transcript")) == 0);
	must(jws_sign_detached(key,
		 "{\"alg\":\"ES256\",\"typ\":\"" TRANSCRIPT_TYP "\"}",
		 buf_span(&canonical), &jws) == 0);
	json_object_set_new(o, "signature", json_string(buf_str(&jws)));
	key_free(key);
	buf_free(&canonical);
	buf_free(&jws);
}

/* Takes the reference; what it was before comes back. */
static void
tampered(json_t *o, const char *code, const char *says)
{
	struct buf before = BUF_EMPTY;

	read_back("results/transcript.json", &before);
	store(o);
	refused(verify(), code, says);
	write_text("results/transcript.json", buf_str(&before));
	buf_free(&before);
	json_decref(o);
}

static void
notices_every_letter_of_the_transcript(void **state)
{
	struct buf file = BUF_EMPTY;

	(void)state;
	read_back("results/transcript.json", &file);
	for (size_t at = 0; at < file.n; at += 31) {
		file.p[at] ^= 1;
		must(io_write_file(in_folder("results/transcript.json"), 0644,
			 buf_span(&file)) == 0);
		if (verify() == 0)
			fail_msg("changed at %zu it holds", at);
		file.p[at] ^= 1;
	}
	must(io_write_file(in_folder("results/transcript.json"), 0644,
		 buf_span(&file)) == 0);
	must(verify() == 0);
	buf_free(&file);
}

static void
notices_another_order(void **state)
{
	json_t *o = load(), *records = in(o, "records"), *r;

	(void)state;
	r = json_incref(json_array_get(records, 5));
	json_array_remove(records, 5);
	json_array_insert_new(records, 4, r);
	tampered(o, "TRANSCRIPT_ORDER", "record 5");

	o = load();
	json_array_remove(in(o, "records"), 6);
	tampered(o, "TRANSCRIPT_ORDER", "record 7");

	o = load();
	r = json_array_get(in(o, "records"), 3);
	json_object_set_new(r, "at", json_string("2020-01-01T00:00:00Z"));
	sign_again(o);
	tampered(o, "TRANSCRIPT_ORDER", "record 4");

	/* cut off, with the root's signature */
	o = load();
	json_array_remove(
	    in(o, "records"), json_array_size(in(o, "records")) - 1);
	sign_again(o);
	tampered(o, "TRANSCRIPT_ORDER", "from begin to end");
}

static void
notices_other_confirmations(void **state)
{
	json_t *o = load(), *list = in(o, "confirmations");

	(void)state;
	json_array_remove(list, 1);
	tampered(o, "CONFIRMATION_EXCHANGED", "bert");

	o = load();
	json_array_remove(in(o, "confirmations"), 2);
	tampered(o, "CONFIRMATION_REMOVED", "cleo");

	o = load();
	list = in(o, "confirmations");
	json_array_set(list, 0, json_array_get(list, 1));
	tampered(o, "CONFIRMATION_EXCHANGED", "anna");

	o = load();
	json_array_append(
	    in(o, "confirmations"), json_array_get(in(o, "confirmations"), 0));
	tampered(o, "CONFIRMATION_EXCHANGED", "no record tells of");

	/* another name, with the root's signature */
	o = load();
	json_object_set_new(
	    json_array_get(in(o, "records"), 1), "name", json_string("dora"));
	sign_again(o);
	tampered(o, "CONFIRMATION_EXCHANGED", "dora");
}

/* Not even the root's holder does without custodians. */
static void
the_root_alone_confirms_nothing(void **state)
{
	json_t *o = load(), *records = in(o, "records");
	size_t i;

	(void)state;
	json_array_clear(in(o, "confirmations"));
	json_array_remove(records, 1);
	json_array_remove(records, 1);
	json_array_remove(records, 1);
	for (i = 0; i < json_array_size(records); i++)
		json_object_set_new(json_array_get(records, i), "n",
		    json_integer((json_int_t)i + 1));
	sign_again(o);
	tampered(o, "CONFIRMATIONS_MISSING", "0 confirmations");
}

static void
notices_other_inputs(void **state)
{
	json_t *o = load();
	struct buf text = BUF_EMPTY;

	(void)state;
	buf_puts(&text,
	    json_string_value(json_object_get(in(o, "inputs"), "script")));
	buf_puts(&text, "# more\n");
	json_object_set_new(
	    in(o, "inputs"), "script", json_string(buf_str(&text)));
	sign_again(o);
	tampered(o, "TRANSCRIPT_INPUTS", "not those of its digest");

	o = load();
	json_object_set_new(in(o, "inputs"), "requests", json_string("{}"));
	tampered(o, "CEREMONY_REFUSED", "the requests are not those");

	o = load();
	json_object_set_new(
	    json_object_get(o, "transcript"), "title", json_string("Other"));
	sign_again(o);
	tampered(o, "TRANSCRIPT_INPUTS", "");
	buf_free(&text);
}

static void
notices_other_words(void **state)
{
	json_t *o = load(), *r;

	(void)state;
	r = json_array_get(in(o, "records"), 4);
	assert_string_equal(
	    json_string_value(json_object_get(r, "what")), RECORD_KEY);
	json_object_set_new(r, "where", json_string("elsewhere"));
	tampered(o, "TRANSCRIPT_SIGNATURE", "altered");

	o = load();
	json_object_set_new(json_object_get(o, "transcript"), "x", json_null());
	tampered(o, "TRANSCRIPT_MALFORMED", "not known");

	o = load();
	json_object_set_new(in(o, "root"), "algorithm", json_string("P-384"));
	tampered(o, "TRANSCRIPT_ROOT", "another key");

	o = load();
	json_object_set_new(o, "signature", json_string("x"));
	tampered(o, "TRANSCRIPT_SIGNATURE", "");
}

/* A certificate that the root's holder made besides, in place of another. */
static void
the_root_alone_certifies_nothing(void **state)
{
	json_t *o = load(), *r;
	struct buf issuer = BUF_EMPTY, ocsp = BUF_EMPTY;

	(void)state;
	read_back("results/issuer-3.cer", &issuer);
	read_back("results/root-ocsp.cer", &ocsp);
	must(io_write_file(in_folder("results/issuer-3.cer"), 0644,
		 buf_span(&ocsp)) == 0);
	r = json_array_get(in(o, "records"), 6);
	assert_string_equal(
	    json_string_value(json_object_get(r, "file")), "issuer-3.cer");
	json_object_set_new(r, "sha256", ceremony_sha256(buf_span(&ocsp)));
	sign_again(o);
	tampered(o, "ARTEFACT_OTHER", "issuer-3.cer");

	/* with the right content, and another's signature */
	issuer.p[issuer.n - 3] ^= 1;
	must(io_write_file(in_folder("results/issuer-3.cer"), 0644,
		 buf_span(&issuer)) == 0);
	o = load();
	r = json_array_get(in(o, "records"), 6);
	json_object_set_new(r, "sha256", ceremony_sha256(buf_span(&issuer)));
	sign_again(o);
	tampered(o, "ARTEFACT_SIGNATURE", "issuer-3.cer");
	issuer.p[issuer.n - 3] ^= 1;
	must(io_write_file(in_folder("results/issuer-3.cer"), 0644,
		 buf_span(&issuer)) == 0);

	/* beside them, with a record of its own */
	must(io_write_file(
		 in_folder("results/extra.cer"), 0644, buf_span(&ocsp)) == 0);
	o = load();
	json_array_insert_new(in(o, "records"), 9,
	    json_pack("{s:i, s:O, s:s, s:s, s:o}", "n", 10, "at",
		json_object_get(json_array_get(in(o, "records"), 8), "at"),
		"what", RECORD_MADE, "file", "extra.cer", "sha256",
		ceremony_sha256(buf_span(&ocsp))));
	for (int i = 10; i < 12; i++)
		json_object_set_new(json_array_get(in(o, "records"), (size_t)i),
		    "n", json_integer(i + 1));
	sign_again(o);
	tampered(o, "ARTEFACT_UNKNOWN", "does not make");
	must(unlink(in_folder("results/extra.cer")) == 0);
	must(verify() == 0);
	buf_free(&issuer);
	buf_free(&ocsp);
}

/* The root's holder, again: a CRL that takes a revocation back. */
static void
the_root_alone_un_revokes_nothing(void **state)
{
	struct buf kept = BUF_EMPTY, other = BUF_EMPTY;
	struct crl_spec spec = { .number = 5, .scope = CRL_CA_CERTS };
	struct key *key = key_load(in_folder("root.key"), NULL);
	struct cert issuer;
	struct crl crl;
	json_t *o = load(), *r;

	(void)state;
	must(key != NULL && cert_parse(buf_span(&root), &issuer) == 0);
	read_back("results/root.crl", &kept);
	must(crl_parse(buf_span(&kept), &crl) == 0);
	spec.issuer = &issuer;
	spec.key = key;
	spec.this_update = crl.this_update;
	spec.next_update = crl.next_update;
	must(crl_build(&spec, &other) == 0);
	must(io_write_file(
		 in_folder("results/root.crl"), 0644, buf_span(&other)) == 0);
	r = json_array_get(in(o, "records"), 9);
	assert_string_equal(
	    json_string_value(json_object_get(r, "file")), "root.crl");
	json_object_set_new(r, "sha256", ceremony_sha256(buf_span(&other)));
	sign_again(o);
	tampered(o, "ARTEFACT_OTHER", "root.crl");
	must(io_write_file(
		 in_folder("results/root.crl"), 0644, buf_span(&kept)) == 0);
	must(verify() == 0);
	key_free(key);
	buf_free(&kept);
	buf_free(&other);
}

static void
a_record_leads_to_no_other_folder(void **state)
{
	static const char *const names[] = { "../root.key", "/etc/passwd", "",
		".." };
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o = load();
		json_object_set_new(json_array_get(in(o, "records"), 6), "file",
		    json_string(names[i]));
		tampered(o, "TRANSCRIPT_MALFORMED", "names no file");
	}
}

/* What people read of a ceremony is what the records can say, and no more:
 * whoever holds the root's key at it may sign others. */
static void
records_tell_what_there_is_to_tell(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
		{ "what", "confirmed by dora", "what" },
		{ "where", "x\n2026-11-01T00:00:00Z confirmed by dora",
		    "control characters" },
		{ "where", "x\x1b[2J", "control characters" },
		{ "key", "other", "key" },
		{ "name", "dora", "not known" },
	};
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o = load();
		json_object_set_new(json_array_get(in(o, "records"), 4),
		    cases[i].name, json_string(cases[i].value));
		sign_again(o);
		tampered(o, "TRANSCRIPT_MALFORMED", cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_every_octet_of_each_file),
		cmocka_unit_test(notices_files_more_or_fewer),
		cmocka_unit_test(
		    wants_the_root_and_the_script_that_are_trusted),
		cmocka_unit_test(notices_every_letter_of_the_transcript),
		cmocka_unit_test(notices_another_order),
		cmocka_unit_test(notices_other_confirmations),
		cmocka_unit_test(the_root_alone_confirms_nothing),
		cmocka_unit_test(notices_other_inputs),
		cmocka_unit_test(notices_other_words),
		cmocka_unit_test(the_root_alone_certifies_nothing),
		cmocka_unit_test(the_root_alone_un_revokes_nothing),
		cmocka_unit_test(a_record_leads_to_no_other_folder),
		cmocka_unit_test(records_tell_what_there_is_to_tell),
	};

	return cmocka_run_group_tests(tests, perform, end);
}
