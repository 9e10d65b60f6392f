/*
 * assay decide --batch: a table of devices in, a table of verdicts out, with
 * batch decisions in between.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/decide_batch.h"
#include "api/cli/decide_table.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/uuid.h"

#define ONCE_MOST 10000 /* what its devices sign is good for 120 s */
#define TRIES	  30

struct batch {
	struct cli *cli;
	const struct question *asked;
	struct decide_table table;
	struct decide_row *rows; /* of one batch */
	size_t nrows, nasked;
	size_t *asked_rows; /* by index */
	char id[37];
	char body[64], answer[64]; /* files */
	FILE *out, *keep;
	struct cli_progress *bar;
	size_t done, permitted, refused, untold, unasked;
};

/* ---- the questions */

/* As its devices sign it: HMAC of the batch's and the index. */
static void
item_challenge(struct span challenge, size_t index, struct buf *base64)
{
	struct buf message = BUF_EMPTY;
	uint8_t mac[HASH_SIZE];

	buf_puts(&message, "TRE-BATCH-v1");
	buf_put_be(&message, index, 4);
	hash_hmac(challenge, buf_span(&message), mac);
	base64_encode(base64, span_of(mac, sizeof(mac)));
	buf_free(&message);
}

/* What stands in the first line for all of them. */
static const char *const common[] = { "request_id", "purpose", "mode",
	"challenge", "operator_nonce", "max_status_age", NULL };

static json_t *
build_item(struct batch *b, struct decide_row *r, struct span challenge)
{
	struct question q = *b->asked;
	struct player tre = { .nchain = 0 }, terminal = { .nchain = 0 };
	struct buf own = BUF_EMPTY;
	char now[CLOCK_TEXT_MAX];
	bool alone = strcmp(q.mode, "platform_only") == 0;
	json_t *item = NULL;
	size_t i;

	q.imei = r->cells[IMEI];
	q.tac = r->cells[TAC];
	if (r->cells[FIRMWARE] != NULL)
		q.firmware = r->cells[FIRMWARE];
	if (r->cells[CONSENT] != NULL)
		q.consent = r->cells[CONSENT];
	if (r->cells[TERMINAL] == NULL || (!alone && r->cells[TRE] == NULL))
		(void)err_set(ERR_INPUT, "the row names no device");
	else if (player_open(
		     b->cli, r->cells[TERMINAL], NULL, NULL, &terminal) == 0 &&
	    (alone ||
		player_open(b->cli, r->cells[TRE], NULL, NULL, &tre) == 0)) {
		q.terminal = &terminal;
		q.tre = alone ? NULL : &tre;
		item_challenge(challenge, b->nasked, &own);
		item = question_build(
		    &q, buf_str(&own), NULL, clock_write(clock_now(), now));
	}
	for (i = 0; item != NULL && common[i] != NULL; i++)
		(void)json_object_del(item, common[i]);
	player_free(&tre);
	player_free(&terminal);
	buf_free(&own);
	return item;
}

static json_t *
build_head(struct batch *b, const char *challenge, size_t items)
{
	const struct question *q = b->asked;
	json_t *o = json_pack("{s:s, s:I, s:s, s:s}", "batch", b->id, "items",
	    (json_int_t)items, "purpose", q->purpose, "challenge", challenge);

	if (!q->mode_unsaid)
		(void)json_object_set_new(o, "mode", json_string(q->mode));
	if (q->nonce != NULL)
		(void)json_object_set_new(
		    o, "operator_nonce", json_string(q->nonce));
	if (q->max_status_age > 0)
		(void)json_object_set_new(
		    o, "max_status_age", json_integer(q->max_status_age));
	return o;
}

static int
put_line(FILE *f, json_t *o)
{
	int rc = json_dumpf(o, f, JSON_COMPACT);

	json_decref(o);
	return rc == 0 && putc('\n', f) != EOF
	    ? 0
	    : err_set(ERR_INTERNAL, "could not write: %s", strerror(errno));
}

/* All items that can be asked; the first line, which counts them, comes last.
 */
static int
write_body(struct batch *b, const char *challenge)
{
	struct buf octets = BUF_EMPTY, items = BUF_EMPTY;
	json_t *item;
	char *text;
	FILE *f;
	size_t i;
	int rc = -1;

	if (base64_decode(&octets, span_str(challenge)) == -1)
		goto out;
	for (i = 0; i < b->nrows; i++) {
		item = build_item(b, &b->rows[i], buf_span(&octets));
		if (item == NULL) {
			b->rows[i].why = xstrdup(err_text());
			continue;
		}
		b->asked_rows[b->nasked++] = i;
		text = json_dumps(item, JSON_COMPACT);
		buf_puts(&items, text);
		buf_putc(&items, '\n');
		free(text);
		json_decref(item);
		cli_progress_set(b->bar, (double)(b->done + i) / 2);
	}
	if ((f = fopen(b->body, "w")) == NULL) {
		err_set(ERR_INTERNAL, "could not write %s", b->body);
		goto out;
	}
	rc = put_line(f, build_head(b, challenge, b->nasked));
	if (rc == 0 && fwrite(items.p, 1, items.n, f) != items.n)
		rc = err_set(ERR_INTERNAL, "could not write %s", b->body);
	if (fclose(f) != 0 && rc == 0)
		rc = err_set(ERR_INTERNAL, "could not write %s", b->body);
out:
	buf_free(&octets);
	buf_free(&items);
	return rc;
}

/* ---- the answers */

/* The same octets again, as long as nobody can say what became of them. */
static int
send(struct batch *b)
{
	struct client_call call = { .method = "POST",
		.path = "/v1/decisions/batch",
		.body_file = b->body,
		.content_type = "application/x-ndjson",
		.accept = "application/x-ndjson",
		.unsigned_act = true };
	struct client_reply reply;
	FILE *f;
	int rc, tries = 0;

	do {
		if (tries++ > 0)
			(void)sleep(1);
		if ((f = fopen(b->answer, "w")) == NULL)
			return err_set(
			    ERR_INTERNAL, "could not write %s", b->answer);
		call.save_fd = fileno(f);
		rc = client_do(b->cli, &call, &reply);
		client_reply_free(&reply);
		(void)fclose(f);
	} while (rc == -1 && err_kind() == ERR_BUSY && tries < TRIES);
	return rc;
}

static void
count(struct batch *b, const char *verdict)
{
	if (strcmp(verdict, "permit") == 0)
		b->permitted++;
	else if (strcmp(verdict, "refuse") == 0)
		b->refused++;
	else
		b->untold++;
}

static int
take_item(struct batch *b, const json_t *line)
{
	const json_t *item = json_object_get(line, "item");
	const json_t *decision = json_object_get(item, "decision");
	const json_t *at = json_object_get(line, "index");
	const char *verdict = cli_text(decision, "verdict");
	json_int_t i = json_integer_value(at);
	struct decide_row *r;

	if (!json_is_integer(at) || i < 0 || (size_t)i >= b->nasked ||
	    strcmp(cli_text(item, "batch"), b->id) != 0 || verdict[0] == '\0')
		return err_set(
		    ERR_INTERNAL, "the server's answer is of another batch");
	r = &b->rows[b->asked_rows[i]];
	if (r->answered)
		return err_set(ERR_INTERNAL, "a device is answered twice");
	r->answered = true;
	count(b, verdict);
	return decide_table_put(
	    &b->table, r, verdict, decision, cli_text(item, "jti"), b->id);
}

/* The first line is about the whole; each other one about one device. */
static int
take_answer(struct batch *b)
{
	FILE *f = fopen(b->answer, "r");
	char *line = NULL;
	size_t size = 0, n = 0;
	json_t *o;
	int rc = f != NULL ? 0 : err_set(ERR_INTERNAL, "the answer is gone");

	while (rc == 0 && getline(&line, &size, f) > 0) {
		if (b->keep != NULL && fputs(line, b->keep) == EOF)
			rc = err_set(ERR_INTERNAL, "could not write --keep");
		else if (n++ > 0) {
			o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
			rc = take_item(b, o);
			json_decref(o);
			cli_progress_set(
			    b->bar, (double)(b->done + (b->nrows + n) / 2));
		}
	}
	free(line);
	if (f != NULL)
		(void)fclose(f);
	if (rc == 0 && n != b->nasked + 1)
		rc = err_set(ERR_INTERNAL,
		    "the server answered about %zu devices, not %zu",
		    n > 0 ? n - 1 : 0, b->nasked);
	return rc;
}

/* ---- one batch after the other */

static char *
get_challenge(struct cli *cli)
{
	json_t *v = cli_post(cli, json_object(), "/v1/challenges");
	const char *s = cli_text(v, "challenge");
	char *challenge = v != NULL && s[0] != '\0' ? xstrdup(s) : NULL;

	json_decref(v);
	return challenge;
}

static int
ask_once(struct batch *b)
{
	char *challenge = get_challenge(b->cli);
	size_t i;
	int rc = -1;

	if (challenge == NULL)
		return -1;
	uuid_make(b->id);
	if (write_body(b, challenge) == 0)
		rc = b->nasked == 0 ? 0 : send(b) == 0 ? take_answer(b) : -1;
	for (i = 0; i < b->nrows && rc == 0; i++)
		if (b->rows[i].why != NULL) {
			b->unasked++;
			rc = decide_table_put(
			    &b->table, &b->rows[i], "not asked", NULL, "", "");
		}
	b->done += b->nrows;
	free(challenge);
	return rc;
}

static void
forget_rows(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->nrows; i++)
		decide_row_free(&b->rows[i]);
	b->nrows = b->nasked = 0;
}

static int
ask_all(struct batch *b)
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
open_file(const char *path, FILE *otherwise)
{
	FILE *f = path != NULL ? fopen(path, "w") : otherwise;

	if (f == NULL && path != NULL)
		(void)err_set(
		    ERR_INPUT, "could not write %s: %s", path, strerror(errno));
	return f;
}

static int
make_file(char path[64])
{
	int fd;

	(void)snprintf(path, 64, "/tmp/assay-batch.XXXXXX");
	if ((fd = mkstemp(path)) == -1)
		return err_set(ERR_INTERNAL,
		    "could not make a file in /tmp: %s", strerror(errno));
	(void)close(fd);
	return 0;
}

static int
open_batch(struct batch *b)
{
	const char *keep = cli_option(b->cli, "keep");

	if (make_file(b->body) == -1 || make_file(b->answer) == -1 ||
	    (b->out = open_file(cli_option(b->cli, "out"), stdout)) == NULL ||
	    (keep != NULL && (b->keep = open_file(keep, NULL)) == NULL) ||
	    decide_table_open(&b->table, cli_option(b->cli, "batch"), b->out) ==
		-1)
		return -1;
	b->rows = xcalloc(ONCE_MOST, sizeof(*b->rows));
	b->asked_rows = xcalloc(ONCE_MOST, sizeof(*b->asked_rows));
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
close_batch(struct batch *b, int rc)
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
	decide_table_close(&b->table);
	return rc;
}

int
decide_batch(struct cli *cli, const struct question *asked)
{
	struct batch b = { .cli = cli, .asked = asked };
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
