/*
 * From the log to the index, from the publications to the files.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "db/restore.h"
#include "db/status.h"
#include "revoke/claim.h"
#include "revoke/follow.h"
#include "revoke/place.h"
#include "revoke/status.h"

#define SPEAK_MS 60000
/* A replica that has heard nothing for longer is cut off. */
#define QUIET_SECONDS 300
/* Each second: a thousand million certificates within minutes. */
#define CHECK_OCTETS ((size_t)16 << 20)
#define CHECK_MS     1000

/*
 * So long are files placed before events are looked at again: a measure's CRLs
 * are hundreds, and each is on the disk before the next one.
 */
#define PLACE_MS 50

/*
 * Ids of publications are drawn before their transactions commit, so one may
 * appear a little after a greater one.
 */
#define LOOK_BACK 1000

/* Behind the events that are lost, those that are left are read anew. */
static int
apply(struct follow *f, const struct status_event *e)
{
	if (e->id > f->upto)
		return 0;
	if (e->kind == EVENT_RESTORED && status_checked(f->index) != 0)
		return err_set_code(ERR_CONFLICT, "RESTORED",
		    "the database was restored: the index is built anew");
	return status_apply(f->index, e);
}

static int
apply_all(const struct status_event *e, int n, void *ctx)
{
	struct follow *f = ctx;
	int i;

	status_expect(f->index, e, n);
	for (i = 0; i < n; i++)
		if (apply(f, &e[i]) == -1)
			return -1;
	return 0;
}

/* What the world is about to be shown is kept first. */
static int
keep(struct follow *f, const struct status_head *head)
{
	if (f->seen.event == head->last && !f->seen.unwritten)
		return 0;
	f->seen.event = head->last;
	memcpy(f->seen.hash, head->hash, sizeof(head->hash));
	return seen_write(&f->seen);
}

static int
follow_events(struct follow *f, const struct status_head *head)
{
	uint64_t had;

	if (keep(f, head) == -1)
		return -1;
	f->upto = head->last;
	while ((had = status_last_event(f->index)) < head->last) {
		if (db_status_each(f->db, had, apply_all, f) == -1) {
			if (strcmp(err_code(), "RESTORED") != 0 ||
			    status_rebuild(f->index) == -1)
				return -1;
		} else if (status_last_event(f->index) == had)
			return err_set(ERR_CONFLICT,
			    "the status log has nothing behind event %llu, but "
			    "says that there are %llu",
			    (unsigned long long)had,
			    (unsigned long long)head->last);
	}
	return 0;
}

/* ---- is it the log that the world has seen? */

static int
lost(const struct follow *f, const struct status_head *head, int answer)
{
	if (answer == SEEN_WAITS)
		return err_set(ERR_CONFLICT,
		    "the database was restored to an earlier moment, says "
		    "another witness");
	return err_set(ERR_CONFLICT,
	    "the database knows %llu status events, but %llu have been "
	    "told to the world: it was restored to an earlier moment",
	    (unsigned long long)head->last, (unsigned long long)f->seen.event);
}

/* How far this index has told of each issuer's certificates. */
static void
mark_issuers(struct follow *f)
{
	uint32_t issuer = 0;

	while ((issuer = status_issuer_after(f->index, issuer)) != 0)
		(void)seen_mark(
		    &f->seen, issuer, status_size(f->index, issuer));
}

/* A replica cannot be written: it is compared here, and may be behind. */
static int
compare_replica(struct follow *f, const struct status_head *head)
{
	if (head->last < f->seen.event)
		return err_set(ERR_BUSY,
		    "the replica knows %llu status events of %llu",
		    (unsigned long long)head->last,
		    (unsigned long long)f->seen.event);
	if (head->lost)
		return SEEN_WAITS;
	if (f->seen.event == 0)
		return SEEN_STANDS;
	return db_status_has(f->db, f->seen.event, f->seen.hash) == 1
	    ? SEEN_STANDS
	    : SEEN_LOST;
}

/* Once to each database, and each time that it is found. */
static int
claim(struct follow *f, const struct status_head *head)
{
	char lost[24], to[sizeof(f->claimed)];

	if (db_restore_lost(f->db, lost) == -1)
		return -1;
	(void)snprintf(to, sizeof(to), "%s %s", head->identity, lost);
	if (strcmp(f->claimed, to) == 0)
		return 0;
	if (claim_send(f->db, f->index, f->seen.name) == -1)
		return -1;
	(void)snprintf(f->claimed, sizeof(f->claimed), "%s", to);
	return 0;
}

static int
speak(struct follow *f, const struct status_head *head)
{
	int answer;

	mark_issuers(f);
	if (head->replica)
		return compare_replica(f, head);
	answer = seen_say(&f->seen, f->db);
	if (answer == SEEN_LOST || answer == SEEN_WAITS)
		status_withhold(f->index);
	if (answer == SEEN_LOST && claim(f, head) == -1)
		return -1;
	if (answer == SEEN_RESOLVED && status_rebuild(f->index) == -1)
		return -1;
	return answer;
}

/*
 * Whenever it is another database than before, or one that knows less; and now
 * and then, so that this witness is waited for.
 */
static bool
must_speak(const struct follow *f, const struct status_head *head)
{
	return strcmp(head->identity, f->seen.identity) != 0 ||
	    head->last < f->seen.event || !head->stands ||
	    (head->last == f->seen.event &&
		memcmp(head->hash, f->seen.hash, sizeof(head->hash)) != 0) ||
	    clock_ms() - f->seen.spoken > SPEAK_MS;
}

static int
follow_identity(struct follow *f, const struct status_head *head)
{
	uint64_t told = status_told(f->index);
	int answer;

	/* what was kept is lost, too, but not the index */
	if (head->last < told && f->seen.event < told) {
		f->seen.event = told;
		memset(f->seen.hash, 0, sizeof(f->seen.hash));
	}
	if (!must_speak(f, head))
		return 0;
	if ((answer = speak(f, head)) == -1)
		return -1;
	if (answer == SEEN_LOST || answer == SEEN_WAITS) {
		f->seen.identity[0] = '\0';
		status_withhold(f->index);
		return lost(f, head, answer);
	}
	(void)snprintf(
	    f->seen.identity, sizeof(f->seen.identity), "%s", head->identity);
	return 0;
}

struct placing {
	struct follow *follow;
	bool for_workers;
	int64_t until; /* clock_ms() */
};

/* A publication: its first octets, and where the others are. */
struct coming {
	struct follow *follow;
	int64_t id, made, parts;
	struct buf content;
};

static int
put_part(struct span s, void *ctx)
{
	return place_file_put(ctx, s);
}

static int
put_parts(struct place_file *file, void *ctx)
{
	struct coming *c = ctx;
	int64_t n;

	if (place_file_put(file, buf_span(&c->content)) == -1 ||
	    (n = db_publication_part_each(
		 c->follow->db, c->id, put_part, file)) == -1)
		return -1;
	return n == c->parts
	    ? 0
	    : err_set(ERR_ABSENT, "publication %lld was taken away",
		  (long long)c->id);
}

static int
place_it(struct coming *c, const char *path)
{
	struct follow *f = c->follow;
	struct span all = buf_span(&c->content);

	if (seen_publication(&f->seen, path, all) == -1)
		return -1;
	return c->parts == 0
	    ? place_put(f->place, c->id, path, all, c->made)
	    : place_put_crl(f->place, c->id, path, c->made, put_parts, c);
}

static int
put(int64_t id, const char *path, void *ctx)
{
	struct placing *p = ctx;
	struct coming c = { .follow = p->follow, .id = id };
	int rc = 0;

	if (!place_wants(p->follow->place, id, path))
		return 0;
	if (clock_ms() >= p->until) {
		p->follow->more = true;
		return 0;
	}
	if (db_publication_get(
		p->follow->db, id, &c.content, &c.made, &c.parts) == -1 ||
	    place_it(&c, path) == -1) {
		rc = err_kind() == ERR_DENIED ? 0 : -1;
		log_err("place a publication");
	} else if (strncmp(path, "public/crl/", 11) != 0 &&
	    strncmp(path, "public/feed/", 12) != 0 &&
	    strncmp(path, "public/kit/", 11) != 0)
		p->for_workers = true;
	buf_free(&c.content);
	return rc;
}

static int
follow_publications(struct follow *f, int64_t newest)
{
	struct placing p = { .follow = f, .until = clock_ms() + PLACE_MS };
	int rc;

	if (newest == f->publication)
		return 0;
	rc = db_publication_each(f->db, f->publication - LOOK_BACK, put, &p);
	if (p.for_workers)
		status_set_placed(f->index);
	if (rc == 0 && !f->more)
		f->publication = newest;
	return rc;
}

/*
 * A replica that is cut off knows of nothing that came since, and not that it
 * is cut off: it vouches for when it last heard of its primary, where something
 * happens each minute (SPEAK_MS).
 */
static int
vouch(struct follow *f, const struct status_head *head, int64_t now)
{
	if (!head->replica) {
		status_set_checked(f->index, now);
		return 0;
	}
	if (head->heard != 0)
		status_set_checked(
		    f->index, head->heard < now ? head->heard : now);
	return now - head->heard <= QUIET_SECONDS
	    ? 0
	    : err_set(ERR_BUSY,
		  "the replica has not heard of its primary for %lld s",
		  (long long)(now - head->heard));
}

int
follow_step(struct follow *f, int64_t now)
{
	struct status_head head;

	f->more = false;
	if (db_status_head(f->db, &head) == -1 ||
	    follow_identity(f, &head) == -1 || follow_events(f, &head) == -1 ||
	    follow_publications(f, head.publication) == -1)
		return -1;
	return vouch(f, &head, now);
}

int
follow_check(struct follow *f)
{
	if (clock_ms() - f->checked < CHECK_MS)
		return 0;
	f->checked = clock_ms();
	if (status_check(f->index, CHECK_OCTETS) == 0)
		return 0;
	log_write(LOG_ALARM, "the status index is rebuilt: %s", err_text());
	return status_rebuild(f->index);
}
