/*
 * assay ca requests, import, imports: the way to a root that is offline, and
 * back.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "api/cli/list.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/text.h"
#include "ceremony/requests.h"
#include "ceremony/results.h"

#define WAIT_MS 60000

/* Until the authority has done its part; takes the reference. */
static json_t *
awaited(struct cli *cli, json_t *v, const char *state, const char *path)
{
	int64_t until = clock_ms() + WAIT_MS;
	char number[64];

	while (v != NULL && strcmp(cli_text(v, "state"), state) == 0 &&
	    clock_ms() < until) {
		(void)snprintf(
		    number, sizeof(number), "%s", cli_text(v, "number"));
		json_decref(v);
		(void)usleep(200000);
		v = cli_get(cli, "%s/%s", path, number);
	}
	return v;
}

/* ---- out */

/* The octets as they came are what a ceremony's script names by its hash. */
static int
save(struct cli *cli, const char *path, struct span octets)
{
	struct requests r;
	int rc;

	rc = requests_parse(octets, &r);
	if (rc == 0)
		rc = io_write_file(path, 0644, octets);
	if (rc == 0)
		cli_say(cli,
		    "%s: %zu certificate%s and a CRL with %zu entr%s for the "
		    "root to sign\nNext: assay ca ceremony, on the machine "
		    "without a network",
		    path, r.n, text_s(r.n), r.nrevoked,
		    r.nrevoked == 1 ? "y" : "ies");
	if (rc == 0 && r.signature.n == 0)
		cli_say(cli,
		    "It is NOT SIGNED: nobody could.  Compare its SHA-256 "
		    "with what VAR/log/authority.log says on the authority's "
		    "machine, and say in the script that it is unsigned.");
	requests_free(&r);
	return rc;
}

static int
fetch(struct cli *cli, const char *number, const char *path)
{
	char *address = xasprintf("/v1/ca/request-files/%s/content", number);
	const struct client_call call = { .method = "GET", .path = address };
	struct client_reply reply = { .status = 0 };
	int rc;

	rc = client_do(cli, &call, &reply);
	if (rc == 0)
		rc = save(cli, path, buf_span(&reply.body));
	client_reply_free(&reply);
	free(address);
	return rc;
}

static int
write_file(struct cli *cli, const char *out)
{
	json_t *body, *v;
	long root;
	int rc = -1;

	if (cli_option_int(cli, "root", 1, LONG_MAX, 0, &root) == -1)
		return -1;
	body = json_object();
	if (root != 0)
		json_object_set_new(body, "root", json_integer(root));
	v = awaited(cli, cli_post(cli, body, "/v1/ca/request-files"), "asked",
	    "/v1/ca/request-files");
	if (v == NULL)
		return -1;
	if (strcmp(cli_text(v, "state"), "made") == 0)
		rc = fetch(cli, cli_text(v, "number"), out);
	else
		(void)err_set_code(ERR_DENIED, "REQUESTS_NOT_MADE",
		    "%s is %s, not made: %s", cli_text(v, "number"),
		    cli_text(v, "state"), cli_text(v, "reason"));
	json_decref(v);
	return rc == 0 ? CLI_OK : -1;
}

static int
requests(struct cli *cli)
{
	const char *out = cli_option(cli, "out");

	return out != NULL ? write_file(cli, out)
			   : list_show(cli, "/v1/ca/requests",
				 "request,name,state,root,profile,ca,"
				 "organisation,common_name,created");
}

static int
withdraw(struct cli *cli)
{
	return cli_show(cli,
	    cli_post(cli,
		json_pack("{s:s}", "reason", cli_option(cli, "reason")),
		"/v1/ca/requests/%s/withdraw", cli_escape(cli_arg(cli, 0))),
	    NULL);
}

/* ---- back */

static void
put_base64(json_t *body, const char *name, const struct buf *octets)
{
	struct buf text = BUF_EMPTY;

	if (octets->n > 0) {
		base64_encode(&text, buf_span(octets));
		json_object_set_new(body, name, json_string(buf_str(&text)));
	}
	buf_free(&text);
}

static json_t *
body_of(const struct results *r)
{
	json_t *body = json_object(), *list = json_array();
	struct buf text = BUF_EMPTY;
	size_t i;

	for (i = 0; i < r->n; i++) {
		buf_clear(&text);
		base64_encode(&text, buf_span(&r->certificates[i].der));
		json_array_append_new(list, json_string(buf_str(&text)));
	}
	buf_free(&text);
	json_object_set_new(body, "certificates", list);
	put_base64(body, "root", &r->root);
	put_base64(body, "crl", &r->crl);
	put_base64(body, "transcript", &r->transcript);
	return body;
}

static int
import(struct cli *cli)
{
	struct results r;
	json_t *v = NULL;
	int rc;

	if (results_read(cli_arg(cli, 0), &r) == 0)
		v = awaited(cli, cli_post(cli, body_of(&r), "/v1/ca/imports"),
		    "received", "/v1/ca/imports");
	results_free(&r);
	if (v == NULL)
		return -1;
	if (strcmp(cli_text(v, "state"), "refused") == 0) {
		rc = err_set_code(ERR_DENIED, "IMPORT_REFUSED",
		    "%s is refused: %s", cli_text(v, "number"),
		    cli_text(v, "reason"));
		json_decref(v);
		return rc;
	}
	return cli_show(cli, v, NULL);
}

static int
imports(struct cli *cli)
{
	return list_show(cli, "/v1/ca/imports",
	    "number,state,certificates,crl,imported_by,created,reason");
}

static const struct cli_option requests_options[] = {
	{ "out", "FILE", "write requests.json there", false, false },
	{ "root", "NUMBER", "of the root that is to sign it (else today's)",
	    false, false },
	LIST_STATE,
	LIST_PAGES,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command ca_request_commands[] = {
	{ "ca", "requests", NULL, "what a root that is offline is to sign",
	    requests_options, requests,
	    "Shows the requests; with --out it has those that wait, and the "
	    "CRL that is to\nbe signed, written and signed by the authority, "
	    "for a ceremony:\n"
	    "  assay ca requests --state pending --as officer-1\n"
	    "  assay ca requests --out requests.json --as officer-1" },
	{ "ca", "requests withdraw", "NUMBER",
	    "withdraw a request to a root that is offline", reason_options,
	    withdraw,
	    "Its serial number is void, and what a ceremony has made of it is "
	    "passed over.\nWhat is still needed is asked for anew, with "
	    "another "
	    "key; a new root that was\nordered is not:\n"
	    "  assay ca requests withdraw 7 --reason \"its key is lost\" --as "
	    "officer-1" },
	{ "ca", "import", "FOLDER", "bring what a ceremony made", NULL, import,
	    "The authority judges it: each certificate must be asked for and "
	    "signed by the\nroot, the CRL newer than the last one.  All of it "
	    "is taken, or nothing:\n"
	    "  assay ca import /media/stick/results --as officer-1" },
	{ "ca", "imports", NULL, "what was brought, and what came of it",
	    list_options, imports, NULL },
	CLI_END,
};
