/*
 * assay-authority: takes orders out of PostgreSQL, judges them, signs, writes
 * the results.  It listens on no socket.
 */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/authority.h"
#include "authority/ca_request_file.h"
#include "authority/ca_result.h"
#include "authority/delegated_ca.h"
#include "authority/desk.h"
#include "authority/feed.h"
#include "authority/init.h"
#include "authority/issuer.h"
#include "authority/kit.h"
#include "authority/lot.h"
#include "authority/order.h"
#include "authority/publish.h"
#include "authority/restore.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/version.h"
#include "db/tick.h"
#include "key/private.h"

#define IDLE_MS 1000 /* between looks when nobody calls */
#define MISSING_MS                                                             \
	60000	    /* before a CA that could not be made is tried again       \
		     */
#define AWAY_MS 500 /* between looks for a database that is away */
#define REST_MS                                                                \
	5000 /* when somebody holds a lock in the way                          \
	      */

static int64_t tick_due; /* clock_ms() of what the clock does next */
static int64_t look_due; /* and of the next look at it */
static int64_t wall;	 /* where PostgreSQL's was by the last */

static int usage(void);
static int serve(struct authority *);
static int turn(struct authority *, bool quick, bool *busy);
static bool rest(struct authority *);
static int tick(struct authority *, bool *busy);
static int look_at_clock(struct authority *);
static int hold_lock(struct authority *);
static int void_leftovers(struct authority *);

int
main(int argc, char **argv)
{
	struct authority a;
	const char *conf = NULL;
	int c, rc;

	private_no_cores();
	log_open("assay-authority", LOG_NOTE);
	if (version_asked(argc, argv, "assay-authority"))
		return 0;
	while ((c = getopt(argc, argv, "c:")) != -1)
		if (c == 'c')
			conf = optarg;
		else
			return usage();
	argc -= optind;
	argv += optind;
	if (conf == NULL || argc == 2 || argc > 3 ||
	    (argc > 0 && strcmp(argv[0], "init") != 0))
		return usage();
	(void)umask(077);
	if (authority_open(&a, conf) == -1) {
		log_err("start");
		return 1;
	}
	if (argc > 0) {
		rc = init_run(
		    &a, argc > 1 ? argv[1] : NULL, argc > 1 ? argv[2] : NULL);
		if (rc == -1)
			log_err("make the instance's keys and certificates");
		if (rc == INIT_WAITS)
			log_write(LOG_NOTE, "the root's ceremony is awaited");
	} else if ((rc = serve(&a)) == -1)
		log_err("serve");
	authority_close(&a);
	return rc == -1 ? 1 : rc;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: assay-authority -c VAR/assay.cnf [init [FOLDER "
	    "ROOT-SHA256]]\n"
	    "       assay-authority --version\n");
	return 2;
}

/* Until SIGTERM; what fails is tried again. */
static int
serve(struct authority *a)
{
	bool quick = false, busy, lost = false;

	if (stop_catch() == -1 || authority_load_serials(a) == -1 ||
	    restore_open(a) == -1)
		return -1;
	log_write(LOG_NOTE, "version %s", version());
	log_write(LOG_NOTE, "ready");
	while (!stop_asked()) {
		busy = false;
		if (turn(a, quick, &busy) == 0) {
			if (lost)
				log_write(LOG_NOTE, "at work again");
			lost = false;
			quick = !busy && !stop_asked() && rest(a);
			continue;
		}
		if (!lost)
			log_err("work");
		lost = true;
		quick = false;
		db_rollback(a->db);
		lot_forget_all(a);
		desk_forget_all(a);
		if (!stop_asked())
			(void)usleep(AWAY_MS * 1000);
	}
	desk_close_all(a);
	log_write(LOG_NOTE, "stopped");
	return 0;
}

/* Until there is something to do; true: all that is called for is a look at who
 * waits at an open lot. */
static bool
rest(struct authority *a)
{
	int wait, heard;
	bool rang;

	if (a->awake == db_session(a->db)) {
		desk_sleep(a);
		return true;
	}
	wait = desk_tell_in() < IDLE_MS ? (int)desk_tell_in() : IDLE_MS;
	heard = db_wait(a->db, desk_bell_fd(a), wait);
	rang = desk_bell_rang();
	if (heard != 1)
		return rang || wait < IDLE_MS;
	return db_heard_only(a->db, "enrolment");
}

/*
 * One look at everything, those who wait for an answer first; a quick one at
 * them alone, if nothing is due.  Each part ends its transactions itself, so a
 * signal is heeded only between them.
 */
static int
turn(struct authority *a, bool quick, bool *busy)
{
	static bool listening;
	static unsigned session; /* that has the lock */
	bool left = false;

	if (!listening && db_listen(a->db, "authority") == -1)
		return -1;
	listening = true;
	if (!quick || session != db_session(a->db)) {
		if (hold_lock(a) == -1 || restore_watch(a) == -1 ||
		    (a->leftovers && void_leftovers(a) == -1))
			return -1;
		session = db_session(a->db);
	}
	if (clock_ms() >= look_due && look_at_clock(a) == -1)
		return -1;
	if (a->leapt) /* what takes trust away goes on */
		return tick(a, busy) == -1 ? -1 : delegated_crl_run(a, busy);
	if (desk_run(a, busy, &left) == -1 || desk_tell_followers(a) == -1)
		return -1;
	if (quick && !left && clock_ms() < tick_due)
		return 0;
	if (order_run(a, busy) == -1 || ca_request_file_run(a, busy) == -1 ||
	    ca_import_run(a, busy) == -1 || tick(a, busy) == -1)
		return -1;
	if (delegated_crl_run(a, busy) == -1)
		return -1;
	return stop_asked() ? 0 : lot_run(a, busy);
}

/* A CA that cannot be made is tried again and keeps nothing else waiting. */
static void
make_missing(struct authority *a)
{
	static int64_t next;

	if (clock_ms() < next || issuer_make_missing(a) == 0)
		return;
	log_err("make a CA that is missing");
	db_rollback(a->db);
	next = clock_ms() + MISSING_MS;
}

/*
 * A part of the tick has failed.  0: somebody holds a lock in its way, and it
 * rests for a while, which keeps nothing else waiting.
 */
static int
in_the_way(struct authority *a, const char *what, int64_t *rest_until)
{
	if (err_kind() != ERR_BUSY || db_lost(a->db))
		return -1;
	log_err(what);
	db_rollback(a->db);
	*rest_until = clock_ms() + REST_MS;
	return 0;
}

static int
say_step(struct authority *a, int64_t step)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (step != 0)
		log_write(LOG_ALARM,
		    "the database's clock has gone %lld s in no time: nothing "
		    "ends or lapses by it, nothing is issued and nothing "
		    "permitted for an hour, unless it goes back",
		    (long long)step);
	else
		log_write(LOG_NOTE, "the database's clock is believed again");
	db_arg_int(&args, step);
	return db_exec(a->db, "clock_stepped_do", &args) == -1 ? -1 : 0;
}

/*
 * A clock that goes a year ahead by mistake would end every accreditation, for
 * good, and let emergency measures lapse; certificates and CRLs would be of
 * next year, and a lot refused.  It is believed after an hour, in which
 * somebody can look, or after a fresh start; but where it went back since the
 * last one, as a machine's does that has lost its clock, by the second start.
 */
static int
look_at_clock(struct authority *a)
{
	static struct clock_watch watch;
	static bool begun;
	struct db_rows *r = db_query_one(a->db, "clock_wall", NULL);
	int64_t step, last;
	bool said;

	if (r == NULL)
		return -1;
	look_due = clock_ms() + IDLE_MS;
	wall = row_int(r, 0, 0);
	said = row_int(r, 0, 1) != 0;
	last = row_int(r, 0, 2);
	rows_free(r);
	if (!begun && !said && wall < last - CLOCK_STEP)
		watch.seen = (struct clock_seen){ last, clock_up_ms(), 1 };
	begun = true;
	step = clock_doubt(&watch, wall, clock_up_ms());
	a->leapt = step != 0;
	return said == a->leapt ? 0 : say_step(a, step);
}

static int
run_clock(struct authority *a)
{
	static int64_t rest_until;

	if (clock_ms() < rest_until || db_tick(a->db, wall) != -1)
		return 0;
	return in_the_way(a, "do what the clock asks", &rest_until);
}

static int
run_publish(struct authority *a, bool *more)
{
	static int64_t rest_until;

	if (clock_ms() < rest_until || publish_due(a, more) == 0)
		return 0;
	*more = false;
	return in_the_way(a, "publish what is due", &rest_until);
}

static int
run_sweep(struct authority *a)
{
	static int64_t rest_until;

	if (clock_ms() < rest_until || desk_sweep(a) == 0)
		return 0;
	return in_the_way(a, "void what is over", &rest_until);
}

/* Every second, and at once while CRLs are due. */
static int
tick(struct authority *a, bool *busy)
{
	bool more = false;

	if (clock_ms() < tick_due)
		return 0;
	tick_due = clock_ms() + IDLE_MS;
	if (restore_keep(a) == -1)
		return in_the_way(a, "keep what was shown", &tick_due);
	if ((!a->leapt && run_clock(a) == -1) || run_publish(a, &more) == -1 ||
	    (!a->leapt && run_sweep(a) == -1))
		return -1;
	if (more) {
		*busy = true;
		tick_due = 0;
	}
	if (!a->leapt) {
		make_missing(a);
		feed_publish_due(a);
		kit_publish_due(a);
	}
	return restore_keep(a);
}

/*
 * One authority at a time.  The lock is the session's: when it is free, what
 * the one before had begun is over, and what it reserved is void.
 */
static int
hold_lock(struct authority *a)
{
	struct db_rows *r = db_query_one(a->db, "authority_lock_do", NULL);
	const char *answer;
	int rc = 0;

	if (r == NULL)
		return -1;
	restore_found(a, row_text(r, 0, 0), row_bool(r, 0, 1));
	answer = row_text(r, 0, 2);
	if (strcmp(answer, "other") == 0)
		rc = err_set(ERR_BUSY, "another assay-authority is at work");
	else if (strcmp(answer, "taken") == 0) {
		lot_forget_all(a);
		a->leftovers = true;
	}
	rows_free(r);
	return rc;
}

static int
void_leftovers(struct authority *a)
{
	struct range range;
	int r;

	desk_forget_all(a); /* what they have reserved is among them */
	while ((r = db_range_reserved(a->db, &range)) == 1) {
		if (db_begin(a->db) == -1 ||
		    db_range_void(a->db, &range) == -1 ||
		    db_commit(a->db) == -1) {
			db_rollback(a->db);
			return -1;
		}
		log_write(LOG_WARN,
		    "indexes %lld to %lld of issuer %lld were reserved and "
		    "not issued: they are void",
		    (long long)range.first,
		    (long long)(range.first + range.count - 1),
		    (long long)range.issuer);
	}
	if (r == 0)
		a->leftovers = false;
	return r;
}
