/*
 * What assay decide --batch asks: one line for all, one for each device.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/decide_batch_inside.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"

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
build_item(struct decide_batch *b, struct decide_row *r, struct span challenge)
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
build_head(struct decide_batch *b, const char *challenge, size_t items)
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

/* As one line; its hash is what the answer says was asked. */
static void
put_line(struct buf *out, json_t *o, uint8_t sha256[HASH_SIZE])
{
	char *text = json_dumps(o, JSON_COMPACT);

	hash_sha256(span_str(text), sha256);
	buf_puts(out, text);
	buf_putc(out, '\n');
	free(text);
	json_decref(o);
}

/* All items that can be asked about. */
static void
put_items(struct decide_batch *b, struct span challenge, struct buf *items)
{
	json_t *item;
	size_t i;

	for (i = 0; i < b->nrows; i++) {
		item = build_item(b, &b->rows[i], challenge);
		free(b->rows[i].why); /* of the time before */
		b->rows[i].why = item == NULL ? xstrdup(err_text()) : NULL;
		if (item == NULL)
			continue;
		put_line(items, item, b->asked_sha256[b->nasked]);
		b->asked_rows[b->nasked++] = i;
		cli_progress_set(b->bar, (double)(b->done + i) / 2);
	}
}

/* The first line counts them, so it is made last. */
int
decide_body_write(struct decide_batch *b, const char *challenge)
{
	struct buf octets = BUF_EMPTY, items = BUF_EMPTY, body = BUF_EMPTY;
	uint8_t head_sha256[HASH_SIZE];
	int rc = base64_decode(&octets, span_str(challenge));

	if (rc == 0) {
		put_items(b, buf_span(&octets), &items);
		put_line(
		    &body, build_head(b, challenge, b->nasked), head_sha256);
		buf_put_span(&body, buf_span(&items));
		hash_sha256(buf_span(&body), b->body_sha256);
		rc = io_write_file(b->body, 0600, buf_span(&body));
	}
	buf_free(&octets);
	buf_free(&items);
	buf_free(&body);
	return rc;
}
