/*
 * assay-notifier: sends notices to those who subscribed to them.  Claims what
 * is due, one for each subscription, sends it, writes down what came of it.
 * It listens on no socket and holds no key but the webhooks' secrets.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/notifier/sender.h"
#include "api/notifier/stamper.h"
#include "api/notifier/webhook.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/version.h"
#include "db/conn.h"
#include "key/hash.h"

#define MOST	    64	 /* under way at the same time */
#define LOOK_MS	    500	 /* between looks when nobody calls */
#define AWAY_MS	    500	 /* between looks for a database that is away */
#define PATIENCE_MS 2000 /* for what is under way at the end */

struct notifier {
	char conninfo[INSTANCE_CONNINFO_MAX];
	struct db *db;
	struct sender *sender;
	bool due; /* there may be something to claim */
};

static void
start(const struct delivery *d, void *ctx)
{
	struct notifier *n = ctx;

	sender_start(n->sender, d, clock_now());
}

static int
claim(struct notifier *n)
{
	int room = MOST - sender_count(n->sender);

	n->due = false;
	return room > 0 && db_delivery_claim(n->db, room, start, n) == -1 ? -1
									  : 0;
}

/* The first failure of a row is told, and its end; never the address, which
 * may be a secret of its owner's. */
static int
failed(struct notifier *n, const struct outcome *o)
{
	uint32_t chance;
	int wait;

	hash_random((uint8_t *)&chance, sizeof(chance));
	wait = webhook_wait(o->delivery->failures + 1, chance, o->retry_after);
	if (o->delivery->failures == 0)
		log_write(LOG_NOTE, "subscription %lld doesn't take %s: %s",
		    (long long)o->delivery->subscription, o->delivery->message,
		    o->log);
	return db_delivery_failed(n->db, o->delivery, o->status, o->why, wait);
}

static int
ended(const struct outcome *o, void *ctx)
{
	struct notifier *n = ctx;
	int rc;

	n->due = true;
	if (o->delivered && o->delivery->failures > 0)
		log_write(LOG_NOTE, "subscription %lld takes notices again",
		    (long long)o->delivery->subscription);
	rc = o->delivered ? db_delivery_done(n->db, o->delivery, o->status)
			  : failed(n, o);
	if (rc == 0 || strcmp(err_code(), "DELIVERY_NOT_YOURS") != 0)
		return rc;
	log_err("end a delivery"); /* it took too long: no harm to others */
	return 0;
}

static int
turn(struct notifier *n)
{
	static int64_t next_look;
	int fds[2] = { -1, stop_fd() };
	int heard;

	if (n->due || clock_ms() >= next_look) {
		if (!stop_asked() && claim(n) == -1)
			return -1;
		next_look = clock_ms() + LOOK_MS;
	}
	if (sender_turn(n->sender, ended, n) == -1 ||
	    (heard = db_wait(n->db, -1, 0)) == -1)
		return -1;
	if (heard == 1)
		n->due = true;
	if (n->due && !stop_asked())
		return 0;
	fds[0] = db_fd(n->db);
	sender_wait(n->sender, fds, stop_asked() ? 1 : 2, LOOK_MS / 2);
	return 0;
}

static void
connect_anew(struct notifier *n)
{
	db_close(n->db);
	n->db = db_open(n->conninfo);
	(void)db_listen(n->db, "notice");
}

/*
 * What was claimed is this connection's: without it all may be claimed anew,
 * so nothing goes on that was begun before.
 */
static void
start_over(struct notifier *n, bool told)
{
	if (!told)
		log_err("work");
	sender_drop(n->sender);
	connect_anew(n);
	n->due = true;
	if (!stop_asked())
		(void)usleep(AWAY_MS * 1000);
}

static void
serve(struct notifier *n)
{
	bool lost = false;
	int64_t until = 0;

	connect_anew(n);
	log_write(LOG_NOTE, "version %s", version());
	log_write(LOG_NOTE, "ready");
	while (!stop_asked() || sender_count(n->sender) > 0) {
		if (stop_asked() && until == 0)
			until = clock_ms() + PATIENCE_MS;
		if (stop_asked() && clock_ms() > until)
			break;
		if (turn(n) == -1) {
			start_over(n, lost);
			lost = true;
			continue;
		}
		if (lost)
			log_write(LOG_NOTE, "at work again");
		lost = false;
	}
	log_write(LOG_NOTE, "stopped");
}

int
main(int argc, char **argv)
{
	struct notifier n = { .due = true };
	struct instance in;
	int rc = 1;

	log_open("assay-notifier", LOG_NOTE);
	if (version_asked(argc, argv, "assay-notifier"))
		return 0;
	if (argc != 3 || strcmp(argv[1], "-c") != 0) {
		fprintf(stderr,
		    "usage: assay-notifier -c VAR/assay.cnf\n"
		    "       assay-notifier --version\n");
		return 2;
	}
	(void)umask(077);
	if (instance_open(argv[2], &in) == -1 || instance_apart(&in) == -1 ||
	    stamper_start(&in) == -1 || stop_catch() == -1 ||
	    (n.sender = sender_open(&in)) == NULL)
		log_err("start");
	else {
		(void)instance_conninfo(&in, "assay_notifier", n.conninfo);
		serve(&n);
		rc = 0;
	}
	sender_free(n.sender);
	db_close(n.db);
	return rc;
}
