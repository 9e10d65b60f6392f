/*
 * assay status: is everybody told the same?
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/arc.h"
#include "api/cli/status_check.h"
#include "api/cli/status_sweep.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/text.h"

#define SAMPLE	     50
#define EVERY_MOST   86400
#define FILE_SECONDS 5

static int
check_sample(struct check *c)
{
	json_t *page;
	long n;
	int rc;

	if (cli_option_int(c->cli, "sample", 1, 200, SAMPLE, &n) == -1 ||
	    (page = cli_get(c->cli, "/v1/status/check?sample=%ld", n)) == NULL)
		return -1;
	check_kit(c, page);
	rc = check_page(c, page);
	check_feed(c, page);
	json_decref(page);
	return rc;
}

/* A hundred after the other; CRLs stay as they were for a while. */
static int
check_all(struct check *c)
{
	char after[64] = "0/0";
	json_t *page;
	int rc = 0;

	while (rc == 0 && after[0] != '\0') {
		page = cli_get(
		    c->cli, "/v1/status/check?after=%s", cli_escape(after));
		if (page == NULL)
			return -1;
		if (c->kit_event == -1)
			check_kit(c, page);
		rc = check_page(c, page);
		(void)snprintf(
		    after, sizeof(after), "%s", cli_text(page, "next"));
		if (after[0] == '\0')
			check_feed(c, page);
		json_decref(page);
		channels_forget_crls(c->channels);
	}
	return rc;
}

static int
check(struct check *c)
{
	return cli_switch(c->cli, "all") ? check_all(c) : check_sample(c);
}

/* Within its delay is no fault, unless all is to be settled. */
static int
verdict(const struct check *c)
{
	size_t bad = c->beyond;

	if (cli_switch(c->cli, "settled"))
		bad += c->within;
	return bad > 0 ? CLI_REFUSED : CLI_OK;
}

static int
show(struct check *c)
{
	if (c->cli->json)
		return cli_show(c->cli,
		    json_pack("{s:I, s:I, s:I, s:I, s:O}", "certificates",
			(json_int_t)c->certificates, "measures",
			(json_int_t)c->measures, "within",
			(json_int_t)c->within, "beyond", (json_int_t)c->beyond,
			"differ", c->differs),
		    NULL);
	if (json_array_size(c->differs) > 0)
		(void)cli_show(c->cli, json_incref(c->differs),
		    "subject,channel,register,told,since,delay");
	cli_say(c->cli,
	    "%zu certificate%s and %zu measure%s compared: %zu differ%s beyond "
	    "what may be, %zu within",
	    c->certificates, text_s(c->certificates), c->measures,
	    text_s(c->measures), c->beyond, c->beyond == 1 ? "s" : "",
	    c->within);
	return 0;
}

static int
once(struct cli *cli)
{
	struct kit_chain kit = KIT_CHAIN_EMPTY;
	struct check c;
	int rc;

	check_open(&c, cli, &kit);
	if ((rc = check(&c)) == 0 && show(&c) != -1)
		rc = verdict(&c);
	check_free(&c);
	kit_chain_free(&kit);
	return rc;
}

/* ---- continuously */

/* What a monitor reads, in the text format of Prometheus. */
/* Rounds that fail in a row: somebody should look. */
#define MANY_FAILED 5

struct totals {
	unsigned long long rounds, failed, compared;
	unsigned in_a_row; /* that failed */
	struct kit_chain kit;
	struct sweep sweep;
	int64_t kit_event; /* that it showed when it was looked at */
	bool begun;
	int64_t newest[CHANNELS]; /* change that was seen */
	double last[CHANNELS], most[CHANNELS];
};

static void
put(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP assay_status_%s %s\n# TYPE assay_status_%s %s\n",
	    name, help, name, type);
}

static void
put_channels(struct buf *b, const char *name, const double *seconds)
{
	int i;

	for (i = 0; i < CHANNELS; i++)
		if (seconds[i] >= 0)
			buf_printf(b, "assay_status_%s{channel=\"%s\"} %.0f\n",
			    name, channel_names[i], seconds[i]);
}

static int
write_metrics(
    const struct cli *cli, const struct check *c, const struct totals *t)
{
	struct buf b = BUF_EMPTY;
	char *path = xasprintf("%s/log/status.prom", cli->var);
	int rc;

	put(&b, "check_time_seconds", "gauge", "when the last check ended");
	buf_printf(&b, "assay_status_check_time_seconds %lld\n",
	    (long long)clock_now());
	put(&b, "checks_total", "counter", "checks, and those that failed");
	buf_printf(&b,
	    "assay_status_checks_total{result=\"done\"} %llu\n"
	    "assay_status_checks_total{result=\"failed\"} %llu\n",
	    t->rounds, t->failed);
	put(&b, "compared_total", "counter", "certificates compared");
	buf_printf(&b, "assay_status_compared_total %llu\n", t->compared);
	put(&b, "differ", "gauge", "answers that differ in the last check");
	buf_printf(&b,
	    "assay_status_differ{delay=\"within\"} %zu\n"
	    "assay_status_differ{delay=\"beyond\"} %zu\n",
	    c->within, c->beyond + t->sweep.beyond);
	put(&b, "visible_seconds", "gauge",
	    "how old a change was when the channel was first seen to show it");
	put_channels(&b, "visible_seconds", t->last);
	put(&b, "visible_most_seconds", "gauge",
	    "the longest of these since the start");
	put_channels(&b, "visible_most_seconds", t->most);
	rc = io_write_file(path, 0644, buf_span(&b));
	free(path);
	buf_free(&b);
	return rc;
}

static void
alarm_of(const struct check *c)
{
	const json_t *v;
	size_t i;

	json_array_foreach(c->differs, i, v)
	{
		if (strcmp(cli_text(v, "delay"), "beyond") == 0)
			log_write(LOG_ALARM,
			    "%s: the register says %s since %s, but %s says "
			    "%s",
			    cli_text(v, "subject"), cli_text(v, "register"),
			    cli_text(v, "since"), cli_text(v, "channel"),
			    cli_text(v, "told"));
	}
}

static void
begin(struct cli *cli, struct totals *t, struct check *c)
{
	check_open(c, cli, &t->kit);
	memcpy(c->after, t->newest, sizeof(c->after));
}

/* What was there at the start tells nothing. */
static void
note(struct totals *t, const struct check *c)
{
	int i;

	for (i = 0; i < CHANNELS; i++) {
		if (!t->begun)
			t->newest[i] = c->time;
		if (c->newest[i] <= t->newest[i])
			continue;
		t->last[i] = c->seen[i];
		if (t->most[i] < c->seen[i])
			t->most[i] = c->seen[i];
		t->newest[i] = c->newest[i];
	}
	t->begun = true;
}

/* Of an hour's changes a number of the kit shows all at once: as many of them
 * as are to be had are looked at, since the first took longest. */
static void
look_at_kit(struct cli *cli, struct totals *t)
{
	struct check c;
	json_t *page;

	begin(cli, t, &c);
	c.asked = 1u << CHANNEL_KIT;
	if ((page = cli_get(cli, "/v1/status/check?sample=2")) != NULL)
		check_kit(&c, page);
	json_decref(page);
	page = NULL;
	if (c.kit_event > t->kit_event)
		page = cli_get(cli, "/v1/status/check?sample=200");
	if (page != NULL && check_page(&c, page) == 0) {
		note(t, &c);
		t->kit_event = c.kit_event;
	}
	json_decref(page);
	check_free(&c);
}

/* Is there a measure that the feed was not yet seen to tell of? */
static bool
is_untold(const struct totals *t, const json_t *page)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(page, "measures"), i, v)
	{
		if (check_number(v, "told") > t->newest[CHANNEL_FEED])
			return true;
	}
	return false;
}

/* Every second the newest change, until it is seen everywhere; what may be long
 * less often. */
static void
look(struct cli *cli, struct totals *t, unsigned second)
{
	bool seldom = second % FILE_SECONDS == 0;
	int64_t newest = t->newest[CHANNEL_OCSP];
	struct check c;
	json_t *page;

	if (seldom && t->newest[CHANNEL_KIT] < newest)
		look_at_kit(cli, t);
	begin(cli, t, &c);
	c.asked = 1u << CHANNEL_INDEX | 1u << CHANNEL_OCSP;
	if (seldom && t->newest[CHANNEL_CRL] != newest)
		c.asked |= 1u << CHANNEL_CRL;
	page = cli_get(cli, "/v1/status/check?sample=2");
	if (page != NULL && check_page(&c, page) == 0) {
		if (seldom && is_untold(t, page))
			check_feed(&c, page);
		note(t, &c);
	}
	json_decref(page);
	check_free(&c);
}

static void
round_of(struct cli *cli, struct totals *t)
{
	struct check c;

	if (t->begun)
		look_at_kit(cli, t);
	begin(cli, t, &c);
	if (check(&c) == 0) {
		t->rounds++;
		if (t->in_a_row >= MANY_FAILED)
			log_write(LOG_NOTE, "compares again");
		t->in_a_row = 0;
		t->compared += c.certificates;
		if (!t->begun)
			t->kit_event = c.kit_event;
		note(t, &c);
		alarm_of(&c);
		sweep_say_again(&t->sweep);
	} else {
		t->failed++;
		if (++t->in_a_row == MANY_FAILED)
			log_write(LOG_ALARM,
			    "nothing was compared with the register, %u times "
			    "in a row: %s",
			    t->in_a_row, err_text());
		else
			log_err("compare what the world is told");
	}
	if (write_metrics(cli, &c, t) == -1)
		log_err("write the metrics");
	check_free(&c);
}

static int
for_ever(struct cli *cli, unsigned every)
{
	struct totals t = { .kit = KIT_CHAIN_EMPTY };
	unsigned second;
	int i;

	if (stop_catch() == -1)
		return -1;
	for (i = 0; i < CHANNELS; i++)
		t.last[i] = t.most[i] = -1;
	log_open("assay-check", LOG_NOTE);
	for (second = 0; !stop_asked(); second++) {
		if (second % every == 0)
			round_of(cli, &t);
		else
			look(cli, &t, second);
		if (second % FILE_SECONDS == 0)
			sweep_some(cli, &t.kit, &t.sweep);
		if (!stop_asked())
			(void)sleep(1);
	}
	kit_chain_free(&t.kit);
	return CLI_OK;
}

static int
status_check(struct cli *cli)
{
	long every;

	if (arc_set(cli) == -1 ||
	    cli_option_int(cli, "every", 1, EVERY_MOST, 0, &every) == -1)
		return -1;
	return every > 0 ? for_ever(cli, (unsigned)every) : once(cli);
}

static const struct cli_option options[] = {
	{ "sample", "N", "so many certificates (50; 200 at most)", false,
	    false },
	{ "all", NULL, "all of them, however many", false, false },
	{ "settled", NULL, "a difference within its delay counts, too", false,
	    false },
	{ "every", "SECONDS",
	    "again and again: alarms on standard error, metrics in "
	    "VAR/log/status.prom",
	    false, false },
	CLI_OPTION_END,
};

const struct cli_command status_commands[] = {
	{ "status", "check", NULL,
	    "compare what the register says with what the world is told",
	    options, status_check,
	    "Asks OCSP and the CRL as the certificates name them, the index "
	    "where it is on\nthis host, the offline kit, and the feed about "
	    "measures.  Half of a sample\nchanged last, half is drawn at "
	    "random.  An event may take a while to a channel:\nindex 5 s, "
	    "OCSP 10 s, CRL 75 s, feed 60 s, and into the next kit, of which "
	    "there\nis one an hour.  Exit code 1: something differs beyond "
	    "that.\n"
	    "  assay status check --sample 200 --as reader" },
	CLI_END,
};
