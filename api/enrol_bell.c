/*
 * The authority's bell, and ours.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/enrol_bell.h"
#include "api/enrol_queue.h"
#include "base/bell.h"
#include "base/log.h"

static struct bell authority = { .fd = -1 };
static int number, fd = -1;
static bool given; /* it was said who waits here */

void
enrol_bell_open(const struct instance *in)
{
	const char *which = getenv("ASSAY_NUMBER");
	char name[16], path[INSTANCE_LINE_MAX];

	bell_name(&authority, instance_line(in, "authority", "bell", path));
	if (which == NULL)
		return;
	number = atoi(which);
	(void)snprintf(name, sizeof(name), "api-%d", number);
	if ((fd = bell_open(instance_line(in, name, "bell", path))) == -1)
		log_err("open a bell");
}

void
enrol_bell_arg(struct db_args *args)
{
	given = fd != -1 && bell_listens(&authority);
	if (given)
		db_arg_int(args, number);
	else
		db_arg_null(args);
}

void
enrol_bell_ring(struct db *db)
{
	if (given && !bell_ring(&authority, span_str("!")) &&
	    db_exec(db, "enrol_call_do", NULL) == -1)
		log_err("call the authority");
}

int
enrol_bell_fd(void)
{
	return fd;
}

bool
enrol_bell_hear(void)
{
	static struct buf heard = BUF_EMPTY;
	struct told t;
	struct span left;
	int rc;

	if (!bell_hear(fd, &heard))
		return false;
	left = buf_span(&heard);
	while ((rc = told_take(&left, &t)) == 1) {
		enrol_queue_told(&t);
		enrol_heard_of(t.lot, t.row);
	}
	if (rc == -1)
		left.n = 0;
	memmove(heard.p, left.p, left.n);
	heard.n = left.n;
	return true;
}
