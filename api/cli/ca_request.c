/*
 * assay ca requests, import, imports: the way to a root that is offline, and
 * back.
 */

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
#include "ceremony/requests.h"
#include "ceremony/results.h"

#define WAIT_MS 60000

/* The octets as they came are what a ceremony's script names by its hash. */
static int
save(struct cli *cli, const char *path, const struct client_reply *reply)
{
	struct requests r;
	int rc;

	rc = requests_parse(buf_span(&reply->body), &r);
	if (rc == 0)
		rc = io_write_file(path, 0644, buf_span(&reply->body));
	if (rc == 0)
		cli_say(cli,
		    "%s: %zu certificates and a CRL with %zu entries for the "
		    "root to sign\nNext: assay ca ceremony, on the machine "
		    "without a network",
		    path, r.n, r.nrevoked);
	requests_free(&r);
	return rc == 0 ? CLI_OK : -1;
}

static int
requests(struct cli *cli)
{
	const struct client_call call = { .method = "GET",
		.path = "/v1/ca/requests" };
	const char *out = cli_option(cli, "out");
	struct client_reply reply;
	json_t *all;
	int rc = -1;

	memset(&reply, 0, sizeof(reply));
	if (client_do(cli, &call, &reply) == 0 && out != NULL)
		rc = save(cli, out, &reply);
	else if (reply.body.n > 0) {
		all = json_loadb(
		    (const char *)reply.body.p, reply.body.n, 0, NULL);
		if (!cli->json) {
			rc = cli_show(cli,
			    json_incref(json_object_get(all, "certificates")),
			    "name,profile,issuer_id,organisation,common_name");
			json_decref(all);
		} else
			rc = cli_show(cli, all, NULL);
	}
	client_reply_free(&reply);
	return rc;
}

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
	put_base64(body, "crl", &r->crl);
	put_base64(body, "transcript", &r->transcript);
	return body;
}

/* Until the authority has judged it; takes the reference. */
static json_t *
judged(struct cli *cli, json_t *import)
{
	int64_t until = clock_ms() + WAIT_MS;
	char number[64];

	while (import != NULL &&
	    strcmp(cli_text(import, "state"), "received") == 0 &&
	    clock_ms() < until) {
		(void)snprintf(
		    number, sizeof(number), "%s", cli_text(import, "number"));
		json_decref(import);
		(void)usleep(200000);
		import = cli_get(cli, "/v1/ca/imports/%s", number);
	}
	return import;
}

static int
import(struct cli *cli)
{
	struct results r;
	json_t *v = NULL;
	int rc;

	if (results_read(cli_arg(cli, 0), &r) == 0)
		v = judged(cli, cli_post(cli, body_of(&r), "/v1/ca/imports"));
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
	CLI_OPTION_END,
};

const struct cli_command ca_request_commands[] = {
	{ "ca", "requests", NULL, "what a root that is offline is to sign",
	    requests_options, requests,
	    "Shows the requests that wait; with --out it writes them, and the "
	    "CRL that is\nto be signed, for a ceremony:\n"
	    "  assay ca requests --out requests.json --as officer-1" },
	{ "ca", "import", "FOLDER", "bring what a ceremony made", NULL, import,
	    "The authority judges it: each certificate must be asked for and "
	    "signed by the\nroot, the CRL newer than the last one.  All of it "
	    "is taken, or nothing:\n"
	    "  assay ca import /media/stick/results --as officer-1" },
	{ "ca", "imports", NULL, "what was brought, and what came of it",
	    list_options, imports, NULL },
	CLI_END,
};
