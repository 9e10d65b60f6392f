/*
 * assay subscription: notices by webhook.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

/* An answer with a secret in it. */
static int
show_secret(struct cli *cli, json_t *subscription)
{
	int rc = cli_show_parts(cli, subscription);

	if (rc == CLI_OK)
		cli_say(cli,
		    "\nThe secret is shown this once: whoever receives checks "
		    "signatures with it.");
	return rc;
}

static int
new_(struct cli *cli)
{
	json_t *body = json_object();

	json_object_set_new(body, "url", json_string(cli_arg(cli, 0)));
	body_put_all(body, cli, "topics", "topic");
	return show_secret(cli, cli_post(cli, body, "/v1/subscriptions"));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/subscriptions",
	    "number,organisation,url,state,behind,last_error,next_try");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(cli, "/v1/subscriptions/%s", cli_escape(cli_arg(cli, 0))));
}

/* The verb is the last part of the address. */
static json_t *
post(struct cli *cli)
{
	return cli_post(cli, NULL, "/v1/subscriptions/%s/%s",
	    cli_escape(cli_arg(cli, 0)), cli->command->verb);
}

static int
act(struct cli *cli)
{
	return cli_show_parts(cli, post(cli));
}

static int
rotate(struct cli *cli)
{
	return show_secret(cli, post(cli));
}

static const struct cli_option new_options[] = {
	{ "topic", "TOPIC",
	    "only these: measure.in_force, or measure for all that begin so "
	    "(else all)",
	    false, true },
	CLI_OPTION_END,
};

const struct cli_command subscription_commands[] = {
	{ "subscription", "new", "URL", "have notices sent to a URL",
	    new_options, new_,
	    "By a supplier or an operator for its organisation, by an officer "
	    "for the\n"
	    "body.  Each notice is a POST with a signature; see "
	    "api/webhooks.md.\n"
	    "  assay subscription new https://pki.tresor.example/hook "
	    "\\\n"
	    "      --topic measure --topic finding --as tresor-pki" },
	{ "subscription", "list", NULL,
	    "list your organisation's webhooks; the body sees all",
	    list_options, list,
	    "behind: how many of the organisation's notices are ahead of it.\n"
	    "  assay subscription list --state failing --as reader" },
	{ "subscription", "show", "NUMBER",
	    "how far it is, what went wrong, when it is tried next", NULL, show,
	    "  assay subscription show SUB-2026-000001 --as tresor-pki" },
	{ "subscription", "pause", "NUMBER", "send nothing for now", NULL, act,
	    "  assay subscription pause SUB-2026-000001 --as tresor-pki" },
	{ "subscription", "resume", "NUMBER", "go on where it was paused", NULL,
	    act,
	    "At once, and with nothing left out.  Also what is failing is "
	    "tried at once.\n"
	    "  assay subscription resume SUB-2026-000001 --as tresor-pki" },
	{ "subscription", "rotate", "NUMBER", "make a new secret", NULL, rotate,
	    "The old one signs too for 24 hours.\n"
	    "  assay subscription rotate SUB-2026-000001 --as tresor-pki" },
	{ "subscription", "test", "NUMBER", "send a notice subscription.test",
	    NULL, act,
	    "The way that all go, to this one alone, whatever its topics are.\n"
	    "  assay subscription test SUB-2026-000001 --as tresor-pki" },
	{ "subscription", "remove", "NUMBER", "send nothing any more", NULL,
	    act,
	    "  assay subscription remove SUB-2026-000001 --as tresor-pki" },
	CLI_END,
};
