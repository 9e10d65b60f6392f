/*
 * assay-follower: keeps the mapped status index and the published files as the
 * database says.  Reads the database and writes VAR/status and VAR/public;
 * holds no key.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/version.h"
#include "db/conn.h"
#include "follower/show.h"
#include "registry/instance.h"
#include "revoke/follow.h"
#include "revoke/place.h"
#include "revoke/status.h"

#define POLL_MS	    1000
#define COMPLAIN_MS 30000

/* Say what is wrong when it begins, from time to time, and when it is over. */
static void
report(int rc, struct follow *f)
{
	static int64_t since, last;
	int64_t now = clock_ms();

	if (rc == 0) {
		if (since != 0)
			log_write(LOG_NOTE,
			    "up to date again after %lld s, at event %llu",
			    (long long)(now - since) / 1000,
			    (unsigned long long)status_last_event(f->index));
		since = 0;
		return;
	}
	if (since != 0 && now - last < COMPLAIN_MS)
		return;
	if (since == 0)
		since = now;
	last = now;
	log_write(err_kind() == ERR_BUSY ? LOG_WARN : LOG_ALARM,
	    "behind for %lld s, at event %llu: %s",
	    (long long)(now - since) / 1000,
	    (unsigned long long)status_last_event(f->index), err_text());
}

/*
 * What the world is told goes on by the time as it was when the machine's clock
 * leaps, until it goes back or somebody could look (base/clock.h).
 */
static int64_t
time_to_tell(struct follow *f)
{
	static struct clock_watch watch;
	static bool doubted;
	int64_t now = clock_now();
	int64_t leapt = clock_doubt(&watch, now, clock_up_ms());

	if (leapt != 0 && !doubted)
		log_write(LOG_ALARM,
		    "the clock has gone %lld s in no time: OCSP goes on "
		    "without that for an hour, unless it goes back",
		    (long long)leapt);
	else if (leapt == 0 && doubted)
		log_write(LOG_NOTE, "the clock is believed again");
	doubted = leapt != 0;
	status_set_leapt(f->index, leapt);
	return now - leapt;
}

static void
follow(struct follow *f)
{
	int64_t now;
	int rc, heard;
	bool first = true;

	(void)db_listen(f->db, "status");
	while (!stop_asked()) {
		rc = follow_check(f);
		now = time_to_tell(f);
		if (rc == 0)
			rc = follow_step(f, now);
		report(rc, f);
		if (rc == 0 && first) {
			first = false;
			log_write(LOG_NOTE, "up to date at event %llu",
			    (unsigned long long)status_last_event(f->index));
		}
		heard = db_wait(f->db, stop_fd(), f->more ? 0 : POLL_MS);
		/* what is away or wrong is not asked in a tight loop */
		if ((heard == -1 || rc == -1) && !stop_asked())
			(void)usleep(200000);
	}
}

static int
run(const struct instance *in, const char *folder, bool rebuild)
{
	char conninfo[INSTANCE_CONNINFO_MAX];
	struct follow f;
	int rc = -1;

	memset(&f, 0, sizeof(f));
	if (stop_catch() == -1 || io_make_folder(folder, 0700) == -1 ||
	    (f.index = status_open_writer(folder)) == NULL ||
	    (rebuild && status_rebuild(f.index) == -1))
		goto out;
	if (seen_open(&f.seen, folder, NULL) == -1)
		goto out;
	f.place = place_open(in->var);
	f.db = db_open(instance_conninfo(in, "assay_follower", conninfo));
	log_write(LOG_NOTE, "version %s", version());
	follow(&f);
	rc = 0;
out:
	db_close(f.db);
	place_free(f.place);
	status_free(f.index);
	seen_free(&f.seen);
	return rc;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: assay-follower -c VAR/assay.cnf\n"
	    "       assay-follower -c VAR/assay.cnf rebuild\n"
	    "       assay-follower -c VAR/assay.cnf status\n"
	    "       assay-follower -c VAR/assay.cnf show ISSUER INDEX\n"
	    "       assay-follower --version\n");
	return 2;
}

int
main(int argc, char **argv)
{
	char folder[INSTANCE_PATH_MAX];
	struct instance in;
	int rc;

	log_open("assay-follower", LOG_NOTE);
	if (version_asked(argc, argv, "assay-follower"))
		return 0;
	if (argc < 3 || strcmp(argv[1], "-c") != 0)
		return usage();
	(void)umask(022);
	if (instance_open(argv[2], &in) == -1 || instance_apart(&in) == -1) {
		log_write(LOG_ALARM, "%s", err_text());
		return 1;
	}
	(void)instance_path(&in, folder, "status");
	if (argc == 3)
		rc = run(&in, folder, false);
	else if (argc == 4 && strcmp(argv[3], "rebuild") == 0)
		rc = run(&in, folder, true);
	else if (argc == 4 && strcmp(argv[3], "status") == 0)
		rc = show_index(folder);
	else if (argc == 6 && strcmp(argv[3], "show") == 0)
		rc = show_certificate(folder, argv[4], argv[5]);
	else
		return usage();
	if (rc == -1)
		log_write(LOG_ALARM, "%s", err_text());
	return rc == -1 ? 1 : 0;
}
