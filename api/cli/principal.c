/*
 * assay principal: who may act.  The key is made here and stays here: only a
 * request for its certificate goes to the server.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"
#include "api/cli/principal.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/cert.h"
#include "x509/csr.h"
#include "x509/pem.h"

#define POLL_MS 200

json_t *
principal_request(const char *handle, const struct key *key)
{
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;
	json_t *body = NULL;

	if (csr_build(key, handle, &der) == 0) {
		base64_encode(&text, buf_span(&der));
		body = json_pack("{s:s}", "csr", buf_str(&text));
	}
	buf_free(&der);
	buf_free(&text);
	return body;
}

/* The request's body: names, and a PKCS#10 signed with the new key. */
static json_t *
request_for(struct cli *cli, const char *handle, const struct key *key)
{
	json_t *body = principal_request(handle, key);

	if (body != NULL) {
		(void)json_object_set_new(body, "handle", json_string(handle));
		body_put(body, cli, "organisation", "organisation");
		body_put(body, cli, "role", "role");
	}
	return body;
}

/* A certificate of the answer: member's base64 to DER. */
static int
take(json_t *answer, const char *member, struct buf *der)
{
	const char *s = json_string_value(json_object_get(answer, member));

	if (s == NULL || base64_decode(der, span_str(s)) == -1)
		return err_set(ERR_INTERNAL, "the server sent no %s", member);
	return 0;
}

/* Is it for the key that lies here under this name? */
static int
check_key(const struct cli *cli, const char *file, struct span der)
{
	char *path = cli_credential(cli, file, ".key");
	struct key *key = key_load(path, NULL);
	struct cert cert;
	int rc = -1;

	if (key == NULL || cert_parse(der, &cert) == -1)
		goto out;
	if (span_equal(cert.spki, key_spki(key)))
		rc = 0;
	else
		err_set_code(ERR_CONFLICT, "KEY_MISMATCH",
		    "the certificate of %s is for another key than %s", file,
		    path);
out:
	key_free(key);
	free(path);
	return rc;
}

int
principal_store(struct cli *cli, const char *file, json_t *answer,
    json_t *links, const struct principal_whose *whose)
{
	struct buf leaf = BUF_EMPTY, issuer = BUF_EMPTY, pem = BUF_EMPTY;
	char *path = cli_credential(cli, file, ".crt");
	int rc = -1;

	if (take(answer, "certificate", &leaf) == -1 ||
	    take(answer, "issuer", &issuer) == -1 ||
	    check_key(cli, file, buf_span(&leaf)) == -1 ||
	    principal_judge(
		cli, buf_span(&leaf), buf_span(&issuer), links, whose) == -1)
		goto out;
	pem_write("CERTIFICATE", buf_span(&leaf), &pem);
	pem_write("CERTIFICATE", buf_span(&issuer), &pem);
	if ((rc = io_write_file(path, 0644, buf_span(&pem))) == 0)
		cli_say(cli, "wrote %s", path);
out:
	free(path);
	buf_free(&leaf);
	buf_free(&issuer);
	buf_free(&pem);
	return rc;
}

/* Not yet, and nothing but time is missing? */
static bool
is_coming(json_t *p)
{
	return cli_text(p, "certificate")[0] == '\0' &&
	    cli_text(p, "error")[0] == '\0' &&
	    strcmp(cli_text(p, "state"), "active") == 0;
}

/* Ask until it is there, at most for that many seconds. */
static json_t *
wait_for(struct cli *cli, const char *handle, long seconds)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	int64_t end = clock_ms() + seconds * 1000;
	struct cli_progress *bar;
	json_t *p;

	bar = cli_progress_begin(cli, "waiting for the authority", 0);
	while ((p = cli_get(cli, "/v1/principals/%s", cli_escape(handle))) !=
		NULL &&
	    is_coming(p) && clock_ms() < end) {
		json_decref(p);
		cli_progress_set(bar, 0);
		(void)nanosleep(&pause, NULL);
	}
	cli_progress_end(bar);
	return p;
}

static void
show_without(struct cli *cli, json_t *p)
{
	static const char *const parts[] = { "certificate", "issuer", "links",
		"history", "proposals" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !cli->json; i++)
		(void)json_object_del(p, parts[i]);
	(void)cli_show(cli, p, NULL);
}

/* The certificate, when it comes in time, into its file. */
static int
fetch_for(struct cli *cli, const char *handle, long seconds)
{
	json_t *p = wait_for(cli, handle, seconds);
	struct principal_whose whose = { .handle = handle };
	int rc = -1;

	if (p == NULL)
		return -1;
	whose.role = cli_option_or(cli, "role", cli_text(p, "role"));
	if (cli_text(p, "certificate")[0] != '\0') {
		if ((rc = principal_store(cli, handle, p,
			 json_object_get(p, "links"), &whose)) == 0)
			show_without(cli, json_incref(p));
	} else if (cli_text(p, "error")[0] != '\0')
		err_set_code(ERR_DENIED, "NOT_CERTIFIED",
		    "the authority refused to certify %s: %s", handle,
		    cli_text(p, "error"));
	else if (strcmp(cli_text(p, "state"), "proposed") == 0)
		err_set_code(ERR_BUSY, "NOT_APPROVED",
		    "%s waits for approval: `assay approve %s`, then `assay "
		    "principal fetch %s`",
		    handle, handle, handle);
	else
		err_set_code(ERR_BUSY, "NOT_CERTIFIED_YET",
		    "%s has no certificate yet: try `assay principal fetch "
		    "%s` later",
		    handle, handle);
	json_decref(p);
	return rc;
}

static int
seconds_of(struct cli *cli, long *seconds)
{
	return cli_option_int(cli, "wait", 0, 3600, 60, seconds);
}

struct key *
principal_new_key(struct cli *cli, const char *path)
{
	struct key *key = NULL;
	enum key_kind kind;

	if (cli_algorithm(cli, &kind) == 0)
		key = key_generate(kind);
	if (key != NULL && key_create_file(key, path, NULL) == -1) {
		key_free(key);
		key = NULL;
	}
	return key;
}

/* The name of files: nothing that leads out of the folder. */
static int
check_handle(const char *handle)
{
	size_t n = strlen(handle);

	if (n >= 2 && n <= 40 && handle[0] != '-' &&
	    strspn(handle, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
		return 0;
	return cli_usage("a handle has 2 to 40 of a-z, 0-9 and \"-\", which is "
			 "not its first");
}

/* Ask for it.  What is refused for good leaves no key behind. */
static json_t *
apply(struct cli *cli, const char *handle)
{
	char *path = cli_credential(cli, handle, ".key");
	struct key *key = principal_new_key(cli, path);
	json_t *body = NULL, *answer = NULL;

	if (key == NULL)
		goto out;
	if ((body = request_for(cli, handle, key)) != NULL)
		answer = cli_post(cli, body, "/v1/principals");
	if (answer == NULL && err_kind() != ERR_BUSY)
		(void)unlink(path);
out:
	key_free(key);
	free(path);
	return answer;
}

static int
new_(struct cli *cli)
{
	const char *handle = cli_arg(cli, 0);
	json_t *answer;
	bool waits;
	long seconds;

	if (seconds_of(cli, &seconds) == -1 || check_handle(handle) == -1 ||
	    (answer = apply(cli, handle)) == NULL)
		return -1;
	waits = strcmp(cli_text(answer, "state"), "proposed") == 0;
	if (waits) {
		cli_say(cli,
		    "proposed; another person runs `assay approve %s`, then "
		    "`assay principal fetch %s` gets the certificate",
		    handle, handle);
		show_without(cli, answer);
		return CLI_OK;
	}
	json_decref(answer);
	return fetch_for(cli, handle, seconds);
}

static int
fetch(struct cli *cli)
{
	long seconds;

	if (seconds_of(cli, &seconds) == -1 ||
	    check_handle(cli_arg(cli, 0)) == -1)
		return -1;
	return fetch_for(cli, cli_arg(cli, 0), seconds);
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/principals",
	    "handle,organisation,role,state,serial,not_after");
}

static int
show(struct cli *cli)
{
	json_t *p =
	    cli_get(cli, "/v1/principals/%s", cli_escape(cli_arg(cli, 0)));

	if (!cli->json)
		(void)json_object_del(p, "links");
	return cli_show_parts(cli, p);
}

/* lock, unlock, remove: the verb is the last part of the address. */
static int
act(struct cli *cli)
{
	const char *reason = cli_option(cli, "reason");
	json_t *p = cli_post(cli,
	    reason != NULL ? json_pack("{s:s}", "reason", reason) : NULL,
	    "/v1/principals/%s/%s", cli_escape(cli_arg(cli, 0)),
	    cli->command->verb);

	if (p == NULL)
		return -1;
	show_without(cli, p);
	return CLI_OK;
}

static const struct cli_option new_options[] = {
	{ "organisation", "HANDLE", "whose it is", true, false },
	{ "role", "ROLE",
	    "officer, decider, auditor, supplier, operator, security or "
	    "reader",
	    true, false },
	CLI_ALGORITHM,
	{ "wait", "SECONDS", "for the certificate; 60", false, false },
	CLI_OPTION_END,
};

static const struct cli_option fetch_options[] = {
	{ "wait", "SECONDS", "for the certificate; 60", false, false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why; kept with the record", true, false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	LIST_ORGANISATION,
	{ "role", "ROLE", "only those in this role", false, false },
	LIST_SEARCH,
	LIST_PAGES,
};

const struct cli_command principal_commands[] = {
	{ "principal", "new", "HANDLE",
	    "make a person's or system's credential", new_options, new_,
	    "Makes VAR/credentials/HANDLE.key here and asks for its "
	    "certificate as "
	    "an officer.\nA decider approves, then `principal fetch` writes "
	    "HANDLE.crt; a reader needs\nno approval.\n"
	    "  assay principal new tresor-pki --organisation tresor --role "
	    "supplier \\\n"
	    "      --as officer-1" },
	{ "principal", "fetch", "HANDLE", "get the certificate that was made",
	    fetch_options, fetch,
	    "  assay principal fetch decider-3 --as officer-1" },
	{ "principal", "list", NULL, "list principals", search_options, list,
	    "  assay principal list --as reader" },
	{ "principal", "show", "HANDLE", "one principal and its history", NULL,
	    show, "  assay principal show tresor-pki --as reader" },
	{ "principal", "lock", "HANDLE", "it can do nothing from now on",
	    reason_options, act,
	    "Takes one person, and effect at once.\n"
	    "  assay principal lock tresor-pki --reason \"its laptop is "
	    "stolen\" --as security-1" },
	{ "principal", "unlock", "HANDLE", "propose that it may act again",
	    NULL, act, "  assay principal unlock tresor-pki --as security-1" },
	{ "principal", "remove", "HANDLE", "it never acts again",
	    reason_options, act,
	    "Its certificate is revoked.\n"
	    "  assay principal remove tresor-pki --reason \"has left\" --as "
	    "officer-1" },
	CLI_END,
};
