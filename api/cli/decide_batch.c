/*
 * assay decide --batch: a table of devices in, a table of verdicts out, with
 * batch decisions in between.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/client.h"
#include "api/cli/decide_batch.h"
#include "api/cli/decide_batch_inside.h"
#include "api/cli/out.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "key/uuid.h"

#define ONCE_MOST 10000 /* what its devices sign is good for 120 s */
#define FRESH	  90

/* ---- the answers */

static int
send_once(struct decide_batch *b)
{
	struct client_call call = { .method = "POST",
		.path = "/v1/decisions/batch",
		.body_file = b->body,
		.content_type = "application/x-ndjson",
		.accept = "application/x-ndjson",
		.unsigned_act = true };
	struct client_reply reply;
	FILE *f = fopen(b->answer, "w");
	int rc;

	if (f == NULL)
		return err_set(ERR_INTERNAL, "could not write %s", b->answer);
	call.save_fd = fileno(f);
	rc = client_do(b->cli, &call, &reply);
	client_reply_free(&reply);
	(void)fclose(f);
	return rc;
}

/* Has the server taken it in?  Then what its devices signed is as fresh as it
 * was then, and it is judged once, however often it is sent. */
static bool
came_in(struct decide_batch *b)
{
	json_t *o = cli_get(b->cli, "/v1/decisions/batch/%s", b->id);

	json_decref(o);
	return o != NULL || err_kind() != ERR_ABSENT;
}

/* It came in, and others of this operator kept it from being judged in time.
 * Once only: patience ends before a second time could be. */
static bool
has_lapsed(struct decide_batch *b)
{
	if (b->lapsed || strcmp(err_code(), "BATCH_LAPSED") != 0)
		return false;
	b->lapsed = true;
	return true;
}

/*
 * The same octets again, as long as nobody can say what became of them.  1:
 * nothing will, and what is in them has become too old meanwhile.
 */
static int
send(struct decide_batch *b, struct client_patience *p)
{
	int rc;

	while ((rc = send_once(b)) == -1 && client_wait(b->cli, p))
		if (clock_now() - b->signed_at > FRESH && !came_in(b))
			return 1;
	return rc == -1 && has_lapsed(b) ? 1 : rc;
}

static void
count(struct decide_batch *b, const char *verdict)
{
	if (strcmp(verdict, "permit") == 0)
		b->permitted++;
	else if (strcmp(verdict, "refuse") == 0)
		b->refused++;
	else
		b->untold++;
}

/* What is written was proven before. */
static int
take_item(struct decide_batch *b, const json_t *line)
{
	struct decide_answer_item item;
	struct decide_row *r;

	if (decide_answer_item(&b->proof, line, &item) == -1)
		return -1;
	r = &b->rows[b->asked_rows[item.index]];
	if (r->answered)
		return err_set(ERR_INTERNAL, "a device is answered twice");
	r->answered = true;
	count(b, item.verdict);
	return decide_table_put(
	    &b->table, r, item.verdict, item.decision, item.id, b->id);
}

/* The first line is about the whole; each other one about one device. */
static int
take_line(struct decide_batch *b, const char *line, size_t length, size_t n)
{
	struct decide_answer_asked asked = { .operator= b->asked->operator,
		.purpose = b->asked->purpose,
		.batch = b->id,
		.body_sha256 = span_of(b->body_sha256, HASH_SIZE),
		.n = b->nasked,
		.items_sha256 = b->asked_sha256 };
	json_t *o = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	int rc;

	rc = n == 0 ? decide_answer_open(b->cli, o, &asked, &b->proof)
		    : take_item(b, o);
	json_decref(o);
	if (rc == 0 && b->keep != NULL && fputs(line, b->keep) == EOF)
		rc = err_set(ERR_INTERNAL, "could not write --keep");
	return rc;
}

static int
take_answer(struct decide_batch *b)
{
	FILE *f = fopen(b->answer, "r");
	char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t length;
	int rc = f != NULL ? 0 : err_set(ERR_INTERNAL, "the answer is gone");

	while (rc == 0 && (length = getline(&line, &size, f)) > 0) {
		rc = take_line(b, line, (size_t)length, n++);
		cli_progress_set(
		    b->bar, (double)(b->done + (b->nrows + n) / 2));
	}
	free(line);
	if (f != NULL)
		(void)fclose(f);
	decide_answer_close(&b->proof);
	if (rc == 0 && n != b->nasked + 1)
		rc = err_set(ERR_INTERNAL,
		    "the server answered about %zu of %zu device%s",
		    n > 0 ? n - 1 : 0, b->nasked, text_s(b->nasked));
	return rc;
}

/* ---- one batch after the other */

static char *
get_challenge(struct decide_batch *b, struct client_patience *p)
{
	json_t *v;
	const char *s;
	char *challenge;

	while (
	    (v = cli_post(b->cli, json_object(), "/v1/challenges")) == NULL &&
	    client_wait(b->cli, p))
		;
	s = cli_text(v, "challenge");
	challenge = v != NULL && s[0] != '\0' ? xstrdup(s) : NULL;
	json_decref(v);
	return challenge;
}

/* Signed now, by all devices, and sent; again, where it had to wait too long.
 */
static int
sign_and_send(struct decide_batch *b)
{
	struct client_patience patience = { .tries = 0 };
	char *challenge;
	int rc;

	b->lapsed = false;
	do {
		if ((challenge = get_challenge(b, &patience)) == NULL)
			return -1;
		uuid_make(b->id);
		b->signed_at = clock_now();
		b->nasked = 0;
		rc = decide_body_write(b, challenge);
		free(challenge);
		if (rc == 0 && b->nasked > 0)
			rc = send(b, &patience);
	} while (rc == 1);
	return rc;
}

static int
ask_once(struct decide_batch *b)
{
	size_t i;
	int rc = sign_and_send(b);

	if (rc == 0 && b->nasked > 0)
		rc = take_answer(b);
	for (i = 0; i < b->nrows && rc == 0; i++)
		if (b->rows[i].why != NULL) {
			b->unasked++;
			rc = decide_table_put(
			    &b->table, &b->rows[i], "not asked", NULL, "", "");
		}
	b->done += b->nrows;
	return rc;
}

static void
forget_rows(struct decide_batch *b)
{
	size_t i;

	for (i = 0; i < b->nrows; i++)
		decide_row_free(&b->rows[i]);
	b->nrows = b->nasked = 0;
}

static int
ask_all(struct decide_batch *b)
{
	int n, rc = 0;

	while (rc == 0 &&
	    (n = decide_table_read(&b->table, b->rows, ONCE_MOST)) != 0) {
		b->nrows = n == -1 ? 0 : (size_t)n;
		rc = n == -1 ? -1 : ask_once(b);
		forget_rows(b);
	}
	if (fflush(b->out) != 0 && rc == 0)
		rc = err_set(ERR_INTERNAL, "could not write the result");
	return rc;
}

static FILE *
open_file(const char *path)
{
	int fd = out_open(path);
	FILE *f = fd != -1 ? fdopen(fd, "w") : NULL;

	if (f == NULL && fd != -1) {
		(void)err_set(ERR_INTERNAL, "could not write %s", path);
		(void)close(fd);
	}
	return f;
}

/* In TMPDIR, or /tmp. */
static int
make_file(char path[DECIDE_PATH_MAX])
{
	const char *folder = getenv("TMPDIR");
	int fd, n;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	n = snprintf(path, DECIDE_PATH_MAX, "%s/assay-batch.XXXXXX", folder);
	if (n >= DECIDE_PATH_MAX || (fd = mkstemp(path)) == -1) {
		path[0] = '\0';
		return err_set(ERR_INTERNAL, "could not make a file in %s: %s",
		    folder,
		    strerror(n >= DECIDE_PATH_MAX ? ENAMETOOLONG : errno));
	}
	(void)close(fd);
	return 0;
}

static int
open_batch(struct decide_batch *b)
{
	const char *keep = cli_option(b->cli, "keep");
	const char *out = cli_option(b->cli, "out");

	if (make_file(b->body) == -1 || make_file(b->answer) == -1 ||
	    (b->out = out != NULL ? open_file(out) : stdout) == NULL ||
	    (keep != NULL && (b->keep = open_file(keep)) == NULL) ||
	    decide_table_open(&b->table, cli_option(b->cli, "batch"), b->out) ==
		-1)
		return -1;
	b->rows = xcalloc(ONCE_MOST, sizeof(*b->rows));
	b->asked_rows = xcalloc(ONCE_MOST, sizeof(*b->asked_rows));
	b->asked_sha256 = xcalloc(ONCE_MOST, sizeof(*b->asked_sha256));
	b->bar = cli_progress_begin(b->cli, "deciding", (double)b->table.lines);
	return 0;
}

static int
close_file(FILE *f, int rc)
{
	if (f == NULL || f == stdout || fclose(f) == 0 || rc == -1)
		return rc;
	return err_set(ERR_INTERNAL, "could not write all of it");
}

static int
close_batch(struct decide_batch *b, int rc)
{
	cli_progress_end(b->bar);
	rc = close_file(b->keep, rc);
	rc = close_file(b->out, rc);
	if (b->body[0] != '\0')
		(void)unlink(b->body);
	if (b->answer[0] != '\0')
		(void)unlink(b->answer);
	free(b->rows);
	free(b->asked_rows);
	free(b->asked_sha256);
	decide_table_close(&b->table);
	return rc;
}

int
decide_batch(struct cli *cli, const struct question *asked)
{
	struct decide_batch b = { .cli = cli, .asked = asked };
	int rc;

	if ((rc = open_batch(&b)) == 0)
		rc = ask_all(&b);
	rc = close_batch(&b, rc);
	if (rc == -1)
		return -1;
	if (!cli->quiet)
		fprintf(stderr,
		    "%zu permitted, %zu refused, %zu indeterminate, %zu not "
		    "asked\n",
		    b.permitted, b.refused, b.untold, b.unasked);
	return b.permitted == b.done ? CLI_OK : CLI_REFUSED;
}
