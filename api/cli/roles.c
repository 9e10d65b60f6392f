/*
 * assay roles: who may do what, and when.
 */

#include <string.h>

#include "api/cli/cli.h"
#include "policy/role.h"

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list != '\0'; list += strcspn(list, ",")) {
		list += *list == ',';
		if (strcspn(list, ",") == n && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

static bool
takes(const char *roles, const char *role)
{
	return has_word(roles, role) || strcmp(roles, "all") == 0 ||
	    strcmp(roles, "anybody") == 0 ||
	    (has_word(roles, "body") &&
		has_word("officer,decider,security,reader", role));
}

static bool
concerns(const struct role_rule *rule, const char *role)
{
	return takes(rule->roles, role) ||
	    (strcmp(rule->method, "act") == 0 && takes(rule->subject, role));
}

static void
put(json_t *row, const char *name, const char *value)
{
	if (value[0] != '\0')
		json_object_set_new(row, name, json_string(value));
}

static json_t *
row_of(const struct role_rule *rule)
{
	bool two = strcmp(rule->method, "act") == 0;
	json_t *row = json_object();

	put(row, "method", two ? "" : rule->method);
	put(row, "act", rule->what);
	put(row, "by", rule->roles);
	put(row, two ? "approved_by" : "subject", rule->subject);
	put(row, two ? "never_by" : "states", rule->states);
	return row;
}

static int
roles(struct cli *cli)
{
	const char *role = cli_option(cli, "role");
	const struct role_rule *rule;
	json_t *rows;
	size_t i;

	if (role != NULL &&
	    !has_word("officer,decider,auditor,supplier,operator,security,"
		      "reader",
		role))
		return cli_usage("a role is officer, decider, auditor, "
				 "supplier, operator, security or reader");
	rows = json_array();
	for (i = 0; (rule = policy_role_each(i)) != NULL; i++)
		if (role == NULL || concerns(rule, role))
			json_array_append_new(rows, row_of(rule));
	return cli_show(
	    cli, rows, "method,act,by,approved_by,never_by,subject,states");
}

static const struct cli_option roles_options[] = {
	{ "role", "ROLE", "what this one may do", false, false },
	CLI_OPTION_END,
};

const struct cli_command roles_commands[] = {
	{ "roles", NULL, NULL, "who may do what, in which states",
	    roles_options, roles,
	    "Asks no server: this is the table that it was built with "
	    "(policy/roles.txt).\n"
	    "  assay roles --role decider" },
	CLI_END,
};
