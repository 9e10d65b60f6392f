/*
 * Comparing what the register says with the feed and the offline kit, which are
 * the same files for everybody.
 */

#include <string.h>

#include "api/cli/feed_file.h"
#include "api/cli/kit_fetch.h"
#include "api/cli/offline.h"
#include "api/cli/status_check.h"
#include "base/err.h"

#define KIT_PLACED 75 /* seconds from a number's moment until it is there */
#define KIT_AGE	   (3600 + 900)

/* ---- the feed */

static int
get_feed(struct check *c, struct feed_file *f, int64_t now)
{
	struct roots roots;
	int rc = -1;

	memset(&roots, 0, sizeof(roots));
	if (feed_file_fetch(c->cli, "latest", f) == 0 &&
	    offline_roots(c->cli, &roots) == 0 &&
	    feed_file_verify(f, &roots) == 0)
		rc = feed_fresh(&f->feed, now);
	roots_free(&roots);
	return rc;
}

static const char *
state_in(const json_t *feed, const char *measure)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(feed, "measures"), i, v)
	{
		if (strcmp(cli_text(v, "measure"), measure) == 0)
			return cli_text(json_object_get(v, "current"), "state");
	}
	return "missing";
}

void
check_feed(struct check *c, const json_t *page)
{
	struct feed_file f = FEED_FILE_EMPTY;
	int64_t now = check_number(page, "time"), told;
	const char *is, *says;
	const json_t *v;
	size_t i;

	if (get_feed(c, &f, now) == -1)
		check_differs(c, "latest", CHANNEL_FEED, "in force", err_text(),
		    now, true);
	else
		json_array_foreach(json_object_get(page, "measures"), i, v)
		{
			c->measures++;
			is = cli_text(v, "state");
			says = state_in(f.feed.claims, cli_text(v, "number"));
			told = check_number(v, "told");
			if (strcmp(is, says) == 0)
				check_seen(c, CHANNEL_FEED, told, now);
			else
				check_differs(c, cli_text(v, "number"),
				    CHANNEL_FEED, is, says, told,
				    now > told + channel_delay[CHANNEL_FEED]);
		}
	feed_file_free(&f);
}

/* ---- the kit */

static int
get_kit(struct check *c)
{
	struct roots roots;
	int fetched, rc = -1;

	memset(&roots, 0, sizeof(roots));
	if (offline_roots(c->cli, &roots) == 0)
		rc = kit_fetch(c->cli, NULL, &roots, c->kit, &fetched);
	roots_free(&roots);
	return rc;
}

/* One was made after it, or should have been. */
static void
check_kit_age(struct check *c, int64_t number, int64_t issued, int64_t now)
{
	const struct kit *k = kit_chain_newest(c->kit);
	char is[32], says[32];

	(void)snprintf(is, sizeof(is), "kit %lld", (long long)number);
	(void)snprintf(says, sizeof(says), "kit %lld", (long long)k->number);
	if (k->number < number)
		check_differs(c, "latest", CHANNEL_KIT, is, says, issued,
		    now > issued + KIT_PLACED);
	else if (now > k->issued + KIT_AGE)
		check_differs(c, "latest", CHANNEL_KIT, "one an hour", says,
		    k->issued, true);
}

void
check_kit(struct check *c, const json_t *page)
{
	const json_t *newest = json_object_get(page, "kit");
	int64_t now = check_number(page, "time");
	int64_t number = check_number(newest, "number");
	int64_t issued = check_number(newest, "issued");
	bool got = get_kit(c) == 0;
	bool late = now > issued + KIT_PLACED;

	/* its snapshot is still being made: the one before is what there is */
	if (!got && strcmp(err_code(), KIT_UNFINISHED) == 0 && c->kit->n > 0)
		got = true;
	else if (!got && err_kind() == ERR_ABSENT && number == 0 && !late)
		return; /* an instance that has just begun */
	if (!got || kit_chain_fresh(c->kit, now) == -1) {
		check_differs(c, "latest", CHANNEL_KIT, "in force", err_text(),
		    issued, late || err_kind() != ERR_ABSENT);
		return;
	}
	check_kit_age(c, number, issued, now);
	c->kit_event = kit_chain_newest(c->kit)->event;
}
