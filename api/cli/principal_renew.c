/*
 * assay principal renew: another certificate for whoever asks, for a new key.
 * It lies beside the old one, as NAME.new, until it has been used; then it
 * takes the old one's place.  Interrupted anywhere, it goes on when it is run
 * again.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/cli/principal.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/text.h"
#include "x509/cert.h"

#define POLL_MS 200

struct renewal {
	struct cli *cli;
	const char *handle;
	char *next; /* its name meanwhile */
	char *key, *cert, *next_key, *next_cert;
	struct buf old; /* the certificate of now */
};

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* What the server has of a renewal of ours, and the links of its path; NULL:
 * nothing, or an error. */
static json_t *
newest(struct renewal *r)
{
	json_t *p, *found;

	p = cli_get(r->cli, "/v1/principals/%s", cli_escape(r->handle));
	found = json_incref(json_object_get(p, "renewal"));
	(void)json_object_set(found, "links", json_object_get(p, "links"));
	json_decref(p);
	return found;
}

/* Asked for and not judged: ask again, at most for that many seconds. */
static json_t *
wait_for(struct renewal *r, long seconds)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	int64_t end = clock_ms() + seconds * 1000;
	struct cli_progress *bar;
	json_t *found;

	bar = cli_progress_begin(r->cli, "waiting for the authority", 0);
	while ((found = newest(r)) != NULL &&
	    strcmp(cli_text(found, "state"), "asked") == 0 &&
	    clock_ms() < end) {
		json_decref(found);
		cli_progress_set(bar, 0);
		(void)nanosleep(&pause, NULL);
	}
	cli_progress_end(bar);
	return found;
}

static int
store(struct renewal *r, json_t *found)
{
	struct principal_whose whose = { .handle = r->handle };
	struct cert old;

	if (cert_parse(buf_span(&r->old), &old) == -1)
		return -1;
	whose.subject = old.subject.der;
	return principal_store(
	    r->cli, r->next, found, json_object_get(found, "links"), &whose);
}

/* 1: stored; 0: what is there is for no key of ours; -1. */
static int
take(struct renewal *r, long seconds)
{
	json_t *found = wait_for(r, seconds);
	const char *state = cli_text(found, "state");
	int rc = 0;

	if (found == NULL)
		return -1;
	if (strcmp(state, "made") == 0 || strcmp(state, "used") == 0) {
		if ((rc = store(r, found)) == 0)
			rc = 1;
		else if (strcmp(err_code(), "KEY_MISMATCH") == 0)
			rc = 0;
	} else if (strcmp(state, "asked") == 0)
		rc = err_set_code(ERR_BUSY, "NOT_CERTIFIED_YET",
		    "the authority has not certified it yet: run this again");
	else if (strcmp(state, "failed") == 0)
		rc = err_set_code(ERR_DENIED, "NOT_CERTIFIED",
		    "the authority refused to certify it: %s",
		    cli_text(found, "error"));
	json_decref(found);
	return rc;
}

static int
ask(struct renewal *r, const struct key *key)
{
	json_t *body = principal_request(r->handle, key), *answer = NULL;

	if (body != NULL)
		answer = cli_post(r->cli, body, "/v1/whoami/renew");
	json_decref(answer);
	return answer != NULL ? 0 : -1;
}

/* NAME.new.key, made now or left by an earlier run, and its certificate. */
static int
certify(struct renewal *r, long seconds)
{
	bool earlier = is_there(r->next_key);
	struct key *key;
	int rc = 0;

	key = earlier ? key_load(r->next_key, NULL)
		      : principal_new_key(r->cli, r->next_key);
	if (key == NULL)
		return -1;
	if (earlier && (rc = take(r, seconds)) == -1 &&
	    strcmp(err_code(), "NOT_CERTIFIED") == 0)
		rc = 0; /* that was the last time */
	if (rc == 0 && (rc = ask(r, key)) == 0)
		rc = take(r, seconds);
	if (rc == 0)
		rc = err_set_code(ERR_CONFLICT, "KEY_MISMATCH",
		    "somebody else has renewed %s meanwhile: if you don't "
		    "know who, have it locked",
		    r->handle);
	key_free(key);
	return rc == 1 ? 0 : -1;
}

/* The first use is what makes it ours. */
static int
use(struct renewal *r)
{
	const char *as = r->cli->as;
	json_t *who;

	r->cli->as = r->next;
	who = cli_get(r->cli, "/v1/whoami");
	r->cli->as = as;
	json_decref(who);
	return who != NULL ? 0 : -1;
}

static int
read_old(struct renewal *r)
{
	struct buf text = BUF_EMPTY;
	struct span pem;
	int rc = io_read_file(r->cert, 1 << 16, &text);

	if (rc == 0) {
		pem = buf_span(&text);
		rc = cert_read_pem(&pem, &r->old);
	}
	buf_free(&text);
	return rc;
}

/* Does it end within so many days?  1, 0 or -1; 1, too, where one is begun. */
static int
is_due(const struct renewal *r, long days)
{
	struct cert c;

	if (days == 0 || is_there(r->next_key) || is_there(r->next_cert))
		return 1;
	if (cert_parse(buf_span(&r->old), &c) == -1)
		return -1;
	return c.not_after - clock_now() < days * 86400;
}

static int
renew_with(struct renewal *r, long seconds)
{
	if (!is_there(r->next_cert) && certify(r, seconds) == -1)
		return -1;
	if (is_there(r->next_key) &&
	    (use(r) == -1 || io_rename(r->next_key, r->key) == -1))
		return -1;
	return io_rename(r->next_cert, r->cert);
}

static int
renew(struct cli *cli)
{
	struct renewal r = { .cli = cli, .handle = cli->as };
	long seconds, days;
	int rc = -1;

	if (cli_option_int(cli, "wait", 0, 3600, 60, &seconds) == -1 ||
	    cli_option_int(cli, "before", 1, 397, 0, &days) == -1)
		return -1;
	if (cli->as[0] == '\0')
		return cli_usage("say by --as whose credential is renewed");
	r.next = xasprintf("%s.new", r.handle);
	r.key = cli_credential(cli, r.handle, ".key");
	r.cert = cli_credential(cli, r.handle, ".crt");
	r.next_key = cli_credential(cli, r.next, ".key");
	r.next_cert = cli_credential(cli, r.next, ".crt");
	if ((rc = read_old(&r)) == 0)
		rc = is_due(&r, days);
	if (rc == 0)
		cli_say(cli, "%s has more than %ld day%s left", r.handle, days,
		    text_s((unsigned long long)days));
	else if (rc == 1 && (rc = renew_with(&r, seconds)) == 0)
		cli_say(cli, "%s has a new key and certificate", r.handle);
	buf_free(&r.old);
	free(r.next);
	free(r.key);
	free(r.cert);
	free(r.next_key);
	free(r.next_cert);
	return rc == 0 ? CLI_OK : -1;
}

static const struct cli_option renew_options[] = {
	CLI_ALGORITHM,
	{ "before", "DAYS",
	    "do nothing where it ends later than in so many days", false,
	    false },
	{ "wait", "SECONDS", "for the certificate; 60", false, false },
	CLI_OPTION_END,
};

const struct cli_command principal_renew_commands[] = {
	{ "principal", "renew", NULL,
	    "another certificate for yourself, for a new key", renew_options,
	    renew,
	    "Makes a new key here and has it certified, as whoever --as "
	    "names: before\nthat certificate ends.  Its first use supersedes "
	    "the one before.  Interrupted,\nit goes on when it is run again.\n"
	    "  assay principal renew --as tresor-pki\n"
	    "  assay principal renew --before 60 --as reader    # each night" },
	CLI_END,
};
