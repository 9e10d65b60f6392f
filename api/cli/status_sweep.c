/*
 * Going through all that is not good.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/status_sweep.h"
#include "base/log.h"

static const json_t *
first_beyond(const struct check *c)
{
	const json_t *v;
	size_t i;

	json_array_foreach(c->differs, i, v)
	{
		if (strcmp(cli_text(v, "delay"), "beyond") == 0)
			return v;
	}
	return NULL;
}

/* One line: where the whole index is wrong they would be without an end. */
static void
say(struct sweep *s, const struct check *c)
{
	const json_t *v = first_beyond(c);

	if (s->said || v == NULL)
		return;
	s->said = true;
	log_write(LOG_ALARM,
	    "%s: the register says %s since %s, but %s says %s "
	    "(and %zu more of a hundred)",
	    cli_text(v, "subject"), cli_text(v, "register"),
	    cli_text(v, "since"), cli_text(v, "channel"), cli_text(v, "told"),
	    c->beyond - 1);
}

void
sweep_some(struct cli *cli, struct kit_chain *kit, struct sweep *s)
{
	struct check c;
	json_t *page;

	check_open(&c, cli, kit);
	c.asked = 1u << CHANNEL_INDEX | 1u << CHANNEL_OCSP;
	page = cli_get(cli, "/v1/status/check?only=not_good&after=%s",
	    cli_escape(s->after[0] != '\0' ? s->after : "0/0"));
	if (page != NULL && check_page(&c, page) == 0) {
		s->beyond = c.beyond;
		say(s, &c);
		if (c.beyond == 0)
			(void)snprintf(s->after, sizeof(s->after), "%s",
			    cli_text(page, "next"));
	}
	json_decref(page);
	check_free(&c);
}

void
sweep_say_again(struct sweep *s)
{
	s->said = false;
}
