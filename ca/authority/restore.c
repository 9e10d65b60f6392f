/*
 * A database that was restored, or is another machine's: found out, and
 * believed again.
 */

#include <stdio.h>
#include <string.h>

#include "authority/restore.h"
#include "authority/restore_crl.h"
#include "authority/signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "db/restore.h"

#define SPEAK_MS 60000
#define CLAIM_MS 3000 /* within which followers have spoken */

/* A row of the statement restore_order. */
enum { ORDER, PROPOSAL, NUMBER, PROPOSERS, APPROVERS, SINCE };

int
restore_open(struct authority *a)
{
	char path[INSTANCE_PATH_MAX];

	return seen_open(
	    &a->seen, instance_path(&a->in, path, "authority"), "authority");
}

void
restore_found(struct authority *a, const char *identity, bool stands)
{
	(void)snprintf(a->database, sizeof(a->database), "%s", identity);
	a->stands = stands;
}

/* ---- what is kept */

static int
mark_all(struct authority *a)
{
	struct db_rows *r = db_query(a->db, "restore_issuers", NULL);
	int i;

	if (r == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++)
		(void)seen_mark(&a->seen, (uint32_t)row_int(r, i, 0),
		    (uint64_t)row_int(r, i, 1));
	rows_free(r);
	return 0;
}

static void
take_hash(uint8_t to[HASH_SIZE], struct span hash)
{
	memset(to, 0, HASH_SIZE);
	if (hash.n == HASH_SIZE)
		memcpy(to, hash.p, HASH_SIZE);
}

static int
take(struct seen *s, struct db_rows *r)
{
	struct seen was = *s;

	s->event = (uint64_t)row_int(r, 0, 0);
	take_hash(s->hash, row_bytes(r, 0, 1));
	s->feed = (uint64_t)row_int(r, 0, 2);
	take_hash(s->feed_sha256, row_bytes(r, 0, 3));
	s->kit = (uint64_t)row_int(r, 0, 4);
	take_hash(s->kit_sha256, row_bytes(r, 0, 5));
	s->notices = row_int(r, 0, 6);
	if (s->event < was.event || s->feed < was.feed || s->kit < was.kit ||
	    s->notices < was.notices ||
	    (s->event == was.event &&
		memcmp(s->hash, was.hash, HASH_SIZE) != 0)) {
		*s = was;
		s->identity[0] = '\0';
		return err_set(
		    ERR_BUSY, "the database knows less than was seen of it");
	}
	if (s->event != was.event || s->feed != was.feed || s->kit != was.kit ||
	    s->notices != was.notices)
		s->unwritten = true;
	return 0;
}

/* An issuer's indexes never without the event that made it: of one that a
 * restore has lost, nothing could be put back. */
static int
keep(struct authority *a, bool reserved)
{
	struct db_rows *r = db_query_one(a->db, "restore_head", NULL);
	int rc;

	if (r == NULL)
		return -1;
	rc = take(&a->seen, r);
	rows_free(r);
	if (rc == -1 || (!a->seen.unwritten && !reserved))
		return rc;
	return mark_all(a) == -1 ? -1 : seen_write(&a->seen);
}

int
restore_keep(struct authority *a)
{
	return keep(a, false);
}

int
restore_mark(struct authority *a)
{
	if (a->seen.path == NULL || keep(a, true) == 0)
		return 0;
	a->leftovers = true;
	return -1;
}

/* ---- resolved by two */

static int
judge(struct authority *a, struct db_rows *r)
{
	char url[96];
	struct four_eyes want = { .subject = row_text(r, 0, NUMBER),
		.act = "restore_resolve",
		.proposer = row_text(r, 0, PROPOSERS),
		.approver = row_text(r, 0, APPROVERS),
		.url = url,
		.since_us = row_int(r, 0, SINCE) };
	struct act act;

	(void)snprintf(
	    url, sizeof(url), "/v1/restores/%s/resolve", want.subject);
	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	act_free(&act);
	return 0;
}

static int
carry_out(struct authority *a, struct db_rows *r)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (judge(a, r) == -1)
		return -1;
	db_arg_int(&args, row_int(r, 0, PROPOSAL));
	if (db_exec(a->db, "restore_resolve_do", &args) == -1)
		return -1;
	log_write(LOG_NOTE, "%s is resolved", row_text(r, 0, NUMBER));
	return 0;
}

static int
fail(struct authority *a, int64_t order)
{
	struct db_args args = DB_ARGS_EMPTY;

	log_err("resolve a restore");
	if (err_kind() == ERR_BUSY || err_kind() == ERR_INTERNAL)
		return -1;
	db_arg_int(&args, order);
	db_arg_text(&args, "failed");
	db_arg_text(&args, err_text());
	return db_exec(a->db, "order_set_state", &args) == -1 ? -1 : 0;
}

static int
run_order(struct authority *a)
{
	struct db_rows *r = db_query(a->db, "restore_order", NULL);
	int rc = 0;

	if (r == NULL)
		return -1;
	if (rows_count(r) > 0 && carry_out(a, r) == -1)
		rc = fail(a, row_int(r, 0, ORDER));
	rows_free(r);
	return rc;
}

/* ---- each turn */

static int
speak(struct authority *a)
{
	int answer = seen_say(&a->seen, a->db);

	/* from the first time on the database knows that there is a head */
	if (answer == SEEN_STANDS && a->seen.event == 0) {
		if (restore_keep(a) == -1)
			return -1;
		answer = seen_say(&a->seen, a->db);
	}
	if (answer == SEEN_STANDS || answer == SEEN_RESOLVED)
		(void)snprintf(a->seen.identity, sizeof(a->seen.identity), "%s",
		    a->database);
	if (answer == SEEN_RESOLVED && restore_keep(a) == -1)
		return -1;
	return answer;
}

/*
 * Once to each database, and each time that it is found, after the followers:
 * their indexes know a measure as one, and a CRL its certificates.  1: not all
 * yet.
 */
static int
claim(struct authority *a)
{
	static char database[sizeof(a->database)], number[24];
	static int64_t due;
	static bool begun;
	char lost[sizeof(number)];
	int more;

	if (db_restore_lost(a->db, lost) == -1)
		return -1;
	if (strcmp(database, a->database) != 0 || strcmp(number, lost) != 0) {
		(void)snprintf(database, sizeof(database), "%s", a->database);
		(void)snprintf(number, sizeof(number), "%s", lost);
		due = clock_ms() + CLAIM_MS;
		begun = false;
	}
	if (due == 0)
		return 0;
	if (clock_ms() < due)
		return 1;
	more = restore_claim_crls(a, !begun);
	begun = true;
	if (more == 0)
		due = 0;
	return more;
}

static int
lost(struct authority *a, int answer)
{
	static bool said;
	int more = 0;

	if (!said)
		log_write(LOG_ALARM, "%s",
		    answer == SEEN_LOST
			? "the database was restored to an earlier moment: "
			  "nothing is issued until that is resolved"
			: "the database was restored to an earlier moment, "
			  "says another witness: nothing is issued until that "
			  "is resolved");
	said = true;
	if (answer == SEEN_LOST && (more = claim(a)) == -1)
		return -1;
	/* what nobody could read yet nobody has resolved */
	if (more == 0 && run_order(a) == -1)
		return -1;
	return err_set(ERR_CONFLICT,
	    "the database was restored to an earlier moment: assay restore "
	    "show");
}

static int
look_again(struct authority *a)
{
	struct db_rows *r = db_query_one(a->db, "restore_stands", NULL);

	if (r == NULL)
		return -1;
	a->stands = row_bool(r, 0, 0);
	rows_free(r);
	if (a->stands)
		return 0;
	return err_set(ERR_BUSY,
	    "other witnesses have not spoken yet for the "
	    "database that was started anew");
}

int
restore_watch(struct authority *a)
{
	bool same = strcmp(a->database, a->seen.identity) == 0;
	int answer;

	if (same && a->stands && clock_ms() - a->seen.spoken < SPEAK_MS)
		return 0;
	if ((answer = speak(a)) == -1)
		return -1;
	if (answer == SEEN_LOST || answer == SEEN_WAITS) {
		a->seen.identity[0] = '\0';
		return lost(a, answer);
	}
	if (!same)
		log_write(LOG_NOTE, "the database has all that was seen of it");
	return look_again(a);
}
