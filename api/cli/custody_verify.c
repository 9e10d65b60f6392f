/*
 * assay custody verify: every consent, confirmation, lock, release and dispute
 * that is kept, verified again, and that nothing of custody is on record that
 * nobody has signed.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/custody_story.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "registry/consent.h"

/* ---- consents */

static bool
among(const json_t *list, const uint8_t sha256[32])
{
	struct buf hex = BUF_EMPTY;
	const json_t *one;
	size_t i;
	bool is = false;

	hex_encode(&hex, span_of(sha256, 32));
	json_array_foreach(list, i, one)
	{
		is = is || strcmp(json_string_value(one), buf_str(&hex)) == 0;
	}
	buf_free(&hex);
	return is;
}

/* --audience, which is said as often as the address has changed; else ours. */
static bool
is_for_us(const struct cli *cli, const char *audience)
{
	const char *said;
	char *url;
	size_t i;
	bool is;

	for (i = 0; (said = cli_option_at(cli, "audience", i)) != NULL; i++)
		if (strcmp(said, audience) == 0)
			return true;
	if (i > 0 || (url = cli_url(cli)) == NULL)
		return false;
	is = strcmp(url, audience) == 0;
	free(url);
	return is;
}

/* What it says is what the record has, and what its permit was for. */
static int
check_terms(const struct cli *cli, const json_t *o, const struct consent *c)
{
	if (strcmp(c->id, cli_text(o, "consent")) != 0 ||
	    strcmp(c->issuer, cli_text(o, "operator")) != 0 ||
	    strcmp(c->target, cli_text(o, "target")) != 0 ||
	    strcmp(cli_text(o, "verdict"), "permit") != 0 ||
	    strcmp(cli_text(o, "purpose"), "change_of_operator") != 0)
		return err_set_code(ERR_DENIED, "CONSENT_DIFFERS",
		    "the record has it for another operator, target or permit "
		    "than it was signed for");
	if (!among(json_object_get(o, "certificates"), c->certificate_sha256))
		return err_set_code(ERR_DENIED, "CONSENT_DEVICE",
		    "it was signed for another device");
	if (!is_for_us(cli, c->audience))
		return err_set_code(ERR_DENIED, "CONSENT_AUDIENCE",
		    "it was signed for another system, %s (--audience says "
		    "what ours was called)",
		    c->audience);
	return 0;
}

static int
verify_consent(struct story *s, const json_t *o)
{
	struct span certificate;
	struct consent c;
	int64_t used;
	int rc = -1;

	if (consent_parse(span_str(cli_text(o, "jws")), &c) == 0 &&
	    clock_parse(span_str(cli_text(o, "used")), &used) == 0 &&
	    check_terms(s->cli, o, &c) == 0 &&
	    witness_signer(s->witness, c.signer, used, c.issuer, "operator",
		&certificate) == 0)
		rc = consent_verify(&c, certificate, used);
	consent_free(&c);
	return rc;
}

static int
each_consent(struct story *s, const json_t *o)
{
	return story_tell(
	    s, "consent", cli_text(o, "consent"), verify_consent(s, o));
}

/* ---- a page after the other, each forgotten before the next */

static int
each_page(struct story *s, const char *path, const char *plural,
    int (*each)(struct story *, const json_t *))
{
	char *before = NULL;
	json_t *page, *o;
	size_t i;
	int rc = 0;

	do {
		page = before == NULL
		    ? cli_get(s->cli, "%s", path)
		    : cli_get(s->cli, "%s?before=%s", path, cli_escape(before));
		free(before);
		before = NULL;
		if (page == NULL)
			return -1;
		json_array_foreach(json_object_get(page, plural), i, o)
		{
			if (rc == 0)
				rc = each(s, o);
		}
		if (*cli_text(page, "next") != '\0')
			before = xstrdup(cli_text(page, "next"));
		json_decref(page);
	} while (rc == 0 && before != NULL);
	free(before);
	return rc;
}

static int
summary(const struct story *s)
{
	if (s->cli->json)
		printf("{\"held\":%ld,\"failed\":%ld}\n", s->held, s->failed);
	else
		printf("%ld held, %ld failed\n", s->held, s->failed);
	return s->failed == 0 ? CLI_OK : CLI_REFUSED;
}

static int
verify(struct cli *cli)
{
	struct story s = { .cli = cli, .witness = witness_new(cli) };
	int rc = -1;

	if (s.witness != NULL &&
	    each_page(&s, "/v1/custody-proofs", "custody", custody_story) ==
		0 &&
	    each_page(&s, "/v1/consents", "consents", each_consent) == 0)
		rc = summary(&s);
	witness_free(s.witness);
	return rc;
}

static const struct cli_option verify_options[] = {
	{ "root", "FILE",
	    "the root to trust, or several and the links between them (else "
	    "VAR's)",
	    false, false },
	{ "audience", "URL",
	    "what this system is or was called in consents (else --url's)",
	    false, true },
	CLI_OPTION_END,
};

const struct cli_command custody_verify_commands[] = {
	{ "custody", "verify", NULL,
	    "verify again all that operators have signed about custody",
	    verify_options, verify,
	    "Every consent, confirmation, lock, release and dispute that is "
	    "kept: the server\n"
	    "hands them out, and here each signature is verified, with the "
	    "certificate that it\n"
	    "names, which must be under the root and have been good at the "
	    "time; that the record\n"
	    "says what was signed; and that no custody began or ended without "
	    "somebody's word.\n"
	    "A line each, a line of JSON with --json, with --quiet only what "
	    "fails.  Exits with 0\n"
	    "when all holds, 1 when not.  For the body, and with the role "
	    "reader who audits it.\n"
	    "  assay custody verify --root root.crt --as reader" },
	CLI_END,
};
