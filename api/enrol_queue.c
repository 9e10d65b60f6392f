/*
 * Requests that arrive together, recorded and answered together.
 */

#include <string.h>

#include "api/enrol_bell.h"
#include "api/enrol_queue.h"
#include "base/err.h"
#include "base/log.h"
#include "db/conn.h"
#include "key/hash.h"

/* More than a process has connections: a place is free long before its turn. */
#define PLACES	 1024
#define TOGETHER 64

enum {
	FREE,
	QUEUED,
	ALONE,
	RECORDED, /* and nobody has looked at it, as far as was heard */
	ISSUED,
	REFUSED
};

static struct place {
	unsigned use; /* whose it is */
	char lot[24], device[33], tre[65], tac[17];
	uint8_t certificate[HASH_SIZE]; /* of who brought it */
	uint8_t key[HASH_SIZE];
	int row;
	struct buf octets; /* the request, then the certificate */
	char code[48], text[256];
} places[PLACES];
static unsigned char
    states[PLACES]; /* by themselves: they are looked through */
static unsigned next;
static size_t queued, recorded; /* how many there are */

static unsigned char *
state(const struct place *p)
{
	return &states[p - places];
}

static bool
copy(char *to, size_t size, const char *from)
{
	return (size_t)snprintf(to, size, "%s", from) < size;
}

void
enrol_queue(struct enrol_turn *t, const struct enrol *e,
    const uint8_t certificate_sha256[HASH_SIZE])
{
	struct place *p = &places[next % PLACES];

	t->place = next++ % PLACES;
	queued -= *state(p) == QUEUED; /* of nobody's, who has gone */
	recorded -= *state(p) == RECORDED;
	t->use = ++p->use;
	buf_clear(&p->octets);
	memcpy(p->certificate, certificate_sha256, HASH_SIZE);
	memcpy(p->key, e->csr->spki_sha256, HASH_SIZE);
	/* What is longer than the register takes is refused by itself. */
	if (!copy(p->lot, sizeof(p->lot), e->lot) ||
	    !copy(p->device, sizeof(p->device), e->device) ||
	    !copy(p->tre, sizeof(p->tre), e->tre) ||
	    !copy(p->tac, sizeof(p->tac), e->tac)) {
		*state(p) = ALONE;
		return;
	}
	buf_put_span(&p->octets, e->csr->der);
	*state(p) = QUEUED;
	queued++;
}

enum enrol_queued
enrol_queued(struct enrol_turn *t, struct span *certificate)
{
	struct place *p = &places[t->place];

	if (p->use != t->use) /* the same request again is no other */
		return t->row.row != 0 ? ENROL_RECORDED : ENROL_ALONE;
	switch (*state(p)) {
	case QUEUED:
		return ENROL_WAITS;
	case RECORDED:
		(void)copy(t->row.lot, sizeof(t->row.lot), p->lot);
		t->row.row = p->row;
		memcpy(t->row.key, p->key, HASH_SIZE);
		return ENROL_RECORDED;
	case ISSUED:
		*certificate = buf_span(&p->octets);
		*state(p) = FREE;
		return ENROL_ANSWERED;
	case REFUSED:
		*state(p) = FREE;
		(void)err_set_code(ERR_CONFLICT, p->code, "%s", p->text);
		return ENROL_REFUSED;
	default:
		return t->row.row != 0 ? ENROL_RECORDED : ENROL_ALONE;
	}
}

bool
enrol_queue_ready(const void *resume, size_t n)
{
	struct enrol_turn t;
	const struct place *p;

	if (n != sizeof(t))
		return true; /* not of this queue */
	memcpy(&t, resume, n);
	p = &places[t.place];
	return p->use != t.use ||
	    (*state(p) != QUEUED && *state(p) != RECORDED);
}

bool
enrol_queue_waits(void)
{
	return queued > 0;
}

/* Those in that state with the same lot, and of the same one who brought them.
 */
static int
gather(unsigned char wanted, struct place *group[TOGETHER])
{
	struct place *p;
	unsigned i;
	int n = 0;

	/* from the oldest on */
	for (i = 0; i < PLACES && n < TOGETHER; i++) {
		if (states[(next + i) % PLACES] != wanted)
			continue;
		p = &places[(next + i) % PLACES];
		if (n == 0 ||
		    (strcmp(p->lot, group[0]->lot) == 0 &&
			memcmp(p->certificate, group[0]->certificate,
			    HASH_SIZE) == 0))
			group[n++] = p;
	}
	return n;
}

/* ---- in */

enum { DEVICES, KEYS, REQUESTS, TRES, TACS, ARRAYS };

static void
fill(struct place *const *group, int n, struct db_array *arrays)
{
	static const enum db_array_of of[ARRAYS] = { DB_TEXT, DB_BYTEA,
		DB_BYTEA, DB_TEXT, DB_TEXT };
	int i;

	for (i = 0; i < ARRAYS; i++)
		db_array_begin(&arrays[i], of[i]);
	for (i = 0; i < n; i++) {
		db_array_put(&arrays[DEVICES], span_str(group[i]->device));
		db_array_put(&arrays[KEYS], span_of(group[i]->key, HASH_SIZE));
		db_array_put(&arrays[REQUESTS], buf_span(&group[i]->octets));
		db_array_put(&arrays[TRES], span_str(group[i]->tre));
		db_array_put(&arrays[TACS], span_str(group[i]->tac));
	}
}

/* The first one's row, or -1. */
static int
record(struct db *db, struct place *const *group, int n)
{
	struct db_array arrays[ARRAYS];
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i, row = -1;

	fill(group, n, arrays);
	db_arg_bytes(&args, span_of(group[0]->certificate, HASH_SIZE));
	db_arg_text(&args, group[0]->lot);
	for (i = 0; i < ARRAYS; i++)
		db_arg_array(&args, &arrays[i]);
	enrol_bell_arg(&args);
	if ((r = db_query_one(db, "enrol_together_do", &args)) != NULL) {
		enrol_bell_ring(db);
		row = (int)row_int(r, 0, 0);
		rows_free(r);
	}
	for (i = 0; i < ARRAYS; i++)
		db_array_free(&arrays[i]);
	return row;
}

void
enrol_queue_flush(struct db *db)
{
	struct place *group[TOGETHER] = { NULL };
	int i, n, row;

	while (queued > 0 && (n = gather(QUEUED, group)) > 0) {
		row = record(db, group, n);
		for (i = 0; i < n; i++) {
			*state(group[i]) = row == -1 ? ALONE : RECORDED;
			group[i]->row = row + i;
		}
		queued -= (size_t)n;
		recorded += row == -1 ? 0 : (size_t)n;
	}
}

/* ---- out */

static void
take(struct place *p, struct db_rows *r, int i)
{
	buf_clear(&p->octets);
	if (strcmp(row_text(r, i, 1), "issued") == 0) {
		*state(p) = ISSUED;
		buf_put_span(&p->octets, row_bytes(r, i, 4));
	} else {
		*state(p) = REFUSED;
		(void)copy(p->code, sizeof(p->code), row_text(r, i, 2));
		(void)copy(p->text, sizeof(p->text), row_text(r, i, 3));
	}
	recorded--;
}

static void
take_all(struct db_rows *r, struct place *const *group, int n)
{
	int i, j;

	for (i = 0; i < rows_count(r); i++)
		for (j = 0; j < n; j++)
			if (*state(group[j]) == RECORDED &&
			    group[j]->row == (int)row_int(r, i, 0)) {
				take(group[j], r, i);
				break;
			}
}

/* Rows of one lot that the authority has looked at. */
static int
fetch(struct db *db, struct place *const *group, int n)
{
	struct db_array rows, keys;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_array_begin(&rows, DB_INT4);
	db_array_begin(&keys, DB_BYTEA);
	for (i = 0; i < n; i++) {
		db_array_put_int4(&rows, group[i]->row);
		db_array_put(&keys, span_of(group[i]->key, HASH_SIZE));
	}
	db_arg_text(&args, group[0]->lot);
	db_arg_array(&args, &rows);
	db_arg_array(&args, &keys);
	if ((r = db_query(db, "enrol_results", &args)) != NULL)
		take_all(r, group, n);
	rows_free(r);
	db_array_free(&rows);
	db_array_free(&keys);
	return r == NULL ? -1 : 0;
}

void
enrol_queue_told(const struct told *t)
{
	struct place *p;
	unsigned i;

	/* from the oldest on */
	for (i = 0; recorded > 0 && i < PLACES; i++) {
		p = &places[(next + i) % PLACES];
		if (*state(p) != RECORDED || p->row != t->row ||
		    strcmp(p->lot, t->lot) != 0 ||
		    memcmp(p->key, t->key, HASH_SIZE) != 0)
			continue;
		buf_clear(&p->octets);
		buf_put_span(&p->octets, t->certificate);
		*state(p) = ISSUED;
		recorded--;
		return;
	}
}

void
enrol_queue_fetch(struct db *db)
{
	struct place *group[TOGETHER], *p;
	unsigned i = 0;
	int n;

	while (recorded > 0 && i < PLACES) {
		for (n = 0; i < PLACES && n < TOGETHER; i++) {
			if (states[(next + i) % PLACES] != RECORDED)
				continue;
			p = &places[(next + i) % PLACES];
			if (!enrol_was_heard(p->lot, p->row))
				continue;
			if (n > 0 && strcmp(p->lot, group[0]->lot) != 0)
				break;
			group[n++] = p;
		}
		/* Those who wait look for themselves, by and by. */
		if (n > 0 && fetch(db, group, n) == -1)
			log_err("fetch what came of requests");
	}
}
