/*
 * assay receipt: fetch a decision's receipt with what proves it; verify one
 * offline, with nothing but the root.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/arc.h"
#include "api/cli/cli.h"
#include "api/cli/offline.h"
#include "api/cli/out.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/text.h"
#include "policy/reason.h"
#include "registry/receipt.h"
#include "x509/cert.h"

/* ---- get */

static int
get(struct cli *cli)
{
	const char *file = cli_option(cli, "out");
	json_t *bundle =
	    cli_get(cli, "/v1/receipts/%s/bundle", cli_escape(cli_arg(cli, 0)));
	char *text;
	int rc;

	if (bundle == NULL)
		return -1;
	text = json_dumps(bundle, JSON_INDENT(1));
	if (file != NULL)
		rc = out_write(file, 0644, span_str(text));
	else
		rc = puts(text) == EOF ? -1 : 0;
	free(text);
	json_decref(bundle);
	return rc;
}

/* ---- verify */

#define TSA_MOST (1024 * 1024)

struct verification {
	struct buf file, tsa;
	struct roots roots;
	const struct buf *root; /* the one that it is under */
	struct receipt_bundle bundle;
	struct receipt_proof proof;
	int64_t at;
};

static int
read_files(struct cli *cli, struct verification *v)
{
	const char *tsa = cli_option(cli, "tsa-ca");

	if (offline_time(cli, &v->at) == -1 ||
	    offline_roots(cli, &v->roots) == -1)
		return -1;
	if (tsa != NULL && io_read_file(tsa, TSA_MOST, &v->tsa) == -1)
		return -1;
	return io_read_file(cli_arg(cli, 0), RECEIPT_BUNDLE_MAX, &v->file);
}

static void
say_list(const char *label, const json_t *codes)
{
	const char *code;
	size_t i;
	json_t *c;

	json_array_foreach(codes, i, c)
	{
		if ((code = json_string_value(c)) != NULL)
			printf("%-13s %s: %s\n", label, code,
			    reason_get(reason_find(code))->sentence);
	}
}

static void
say_text(const char *label, const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s != NULL)
		printf("%-13s %s\n", label, s);
}

static void
say_certificate(const char *label, struct span der)
{
	struct buf text = BUF_EMPTY;
	struct cert c;

	if (cert_parse(der, &c) == -1)
		return;
	name_write(&c.subject, &text);
	printf("%-13s %s\n", label, buf_str(&text));
	buf_free(&text);
}

/* Of a batch as a whole. */
static void
say_batch(const json_t *b)
{
	json_int_t size = json_integer_value(json_object_get(b, "size"));

	printf("%-13s %lld item%s: %lld permitted, %lld refused, %lld "
	       "indeterminate\n",
	    "batch", (long long)size, text_s((unsigned long long)size),
	    (long long)json_integer_value(json_object_get(b, "permit")),
	    (long long)json_integer_value(json_object_get(b, "refuse")),
	    (long long)json_integer_value(json_object_get(b, "indeterminate")));
}

/* Of a subject as it was: for people the answer, the rest is in --json. */
static void
say_standing(const json_t *s)
{
	const json_t *trusted = json_object_get(s, "trusted");

	say_text("subject", s, "subject");
	if (trusted != NULL)
		printf("%-13s %s\n", "trusted",
		    json_is_true(trusted) ? "yes" : "no");
	say_list("against", json_object_get(s, "against"));
	say_text("as of", s, "as_of");
	say_text("known at", s, "known_at");
	say_text("status log", s, "status_log_sha256");
}

/* What the receipt says, then what holds it up. */
static void
say_proof(struct verification *v)
{
	const struct receipt_text *r = &v->bundle.receipt;
	const json_t *d = r->decision;
	char text[CLOCK_TEXT_MAX];

	printf(
	    "The %s holds.\n\n", r->standing != NULL ? "statement" : "receipt");
	if (r->standing != NULL)
		say_standing(r->standing);
	else if (r->verdict != NULL)
		printf("%-13s %s\n", "verdict", r->verdict);
	else
		say_batch(r->batch);
	say_list("reason", json_object_get(d, "reasons"));
	say_list("warning", json_object_get(d, "warnings"));
	printf("%-13s %s\n", r->standing != NULL ? "told" : "operator",
	    r->audience);
	printf("%-13s %s\n", r->standing != NULL ? "statement" : "decision",
	    r->id);
	printf("%-13s %s\n", "by", r->issuer);
	if (v->bundle.item != NULL)
		printf("%-13s %s, item %lld of %lld\n", "in batch",
		    json_string_value(json_object_get(r->claims, "jti")),
		    (long long)v->bundle.index, (long long)r->size);
	if (r->purpose != NULL)
		printf("%-13s %s%s%s\n", "asked for", r->purpose,
		    r->mode != NULL ? ", " : "",
		    r->mode != NULL ? r->mode : "");
	printf("%-13s %s\n", "made", clock_write(r->iat, text));
	if (r->standing == NULL)
		printf("%-13s %s%s\n", "to act on", clock_write(r->exp, text),
		    v->at >= r->exp ? " (over; as evidence it does not end)"
				    : "");
	say_text("TrE", d, "tre_certificate_sha256");
	say_text("terminal", d, "platform_certificate_sha256");
	printf("\n");
	say_certificate("signed by", buf_span(&v->bundle.signer));
	say_certificate("certified by", buf_span(&v->bundle.issuer));
	say_certificate("under", buf_span(v->root));
	printf("%-13s not revoked, as its issuer signed at %s\n", "signer",
	    clock_write(v->proof.signer_good_at, text));
	if (v->proof.stamped_at != 0)
		printf("%-13s at %s by a TSA\n", "stamped",
		    clock_write(v->proof.stamped_at, text));
	else if (v->bundle.stamp.n > 0)
		printf("%-13s by a TSA: --tsa-ca verifies that\n", "stamped");
	if (v->proof.issuer_good_at != 0)
		printf("%-13s not revoked, as the root signed at %s\n",
		    "issuer", clock_write(v->proof.issuer_good_at, text));
}

static int
say_good(struct cli *cli, struct verification *v)
{
	const struct receipt_text *r = &v->bundle.receipt;
	char text[CLOCK_TEXT_MAX], stamped[CLOCK_TEXT_MAX];

	if (cli->json)
		offline_json(json_pack("{s:b, s:s*, s:b, s:s, s:O, s:O*, s:s*}",
		    "valid", 1, "verdict", r->verdict, "to_act_on",
		    v->at < r->exp, "signer_good_at",
		    clock_write(v->proof.signer_good_at, text), "claims",
		    r->claims, "item", v->bundle.item, "stamped_at",
		    v->proof.stamped_at == 0
			? NULL
			: clock_write(v->proof.stamped_at, stamped)));
	else if (!cli->quiet)
		say_proof(v);
	return CLI_OK;
}

/* The proof is the verification's own. */
static int
verify_under(const void *what, struct span root)
{
	struct verification *v = (struct verification *)(uintptr_t)what;

	v->bundle.tsa = buf_span(&v->tsa);
	return receipt_bundle_verify(&v->bundle, root, &v->proof);
}

static int
verify(struct cli *cli)
{
	struct verification v;
	int rc = -1;

	memset(&v, 0, sizeof(v));
	if (arc_set(cli) == -1 || read_files(cli, &v) == -1)
		goto out;
	if (receipt_bundle_parse(buf_span(&v.file), &v.bundle) == 0 &&
	    (v.root = offline_under(
		 &v.roots, "RECEIPT_SIGNER", verify_under, &v)) != NULL)
		rc = say_good(cli, &v);
	else
		rc = offline_bad(cli, "receipt", "RECEIPT_");
out:
	receipt_bundle_free(&v.bundle);
	buf_free(&v.file);
	buf_free(&v.tsa);
	roots_free(&v.roots);
	return rc;
}

static const struct cli_option get_options[] = {
	{ "out", "FILE", "write it there", false, false },
	CLI_OPTION_END,
};

static const struct cli_option verify_options[] = {
	{ "root", "FILE",
	    "the root to trust, or several and the links between them (else "
	    "VAR's)",
	    false, false },
	{ "tsa-ca", "FILE",
	    "the CA of the TSA to believe, whose stamp shows when it was made",
	    false, false },
	{ "at", "TIME", "may one still act on it then (else now)?", false,
	    false },
	{ "oid-arc", "OID", "the arc of the PKI (else as in VAR's assay.cnf)",
	    false, false },
	CLI_OPTION_END,
};

const struct cli_command receipt_commands[] = {
	{ "receipt", "get", "ID",
	    "fetch a receipt with the chain and the CRL that prove it",
	    get_options, get,
	    "ID is a decision's, or a statement's of `assay history --out`. "
	    "Where a TSA is\n"
	    "configured the bundle has its stamp from about a minute after "
	    "the answer on.\n"
	    "  assay receipt get $decision --out receipt.json "
	    "--as mobilfunk-hlr" },
	{ "receipt", "verify", "FILE",
	    "verify a receipt offline, with nothing but the root",
	    verify_options, verify,
	    "FILE is what `assay receipt get` or `assay decide --out` wrote.\n"
	    "Exits with 0 when it holds, 1 when not.  Needs no server: a copy\n"
	    "of the file and of the root will do, for ever.\n"
	    "  assay receipt verify receipt.json --root root.crt" },
	CLI_END,
};
