/*
 * From SQLSTATE to our kinds of failure.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/error.h"

/* Longest prefix first where two fit. */
static const struct {
	const char *sqlstate; /* or its first letters */
	enum err_kind kind;
	const char *code;
} kinds[] = {
	{ "AY001", ERR_INPUT, "INPUT_REFUSED" },
	{ "AY002", ERR_DENIED, "DENIED" },
	{ "AY003", ERR_ABSENT, "NOT_FOUND" },
	{ "AY004", ERR_CONFLICT, "CONFLICT" },
	{ "AY005", ERR_BUSY, "BUSY" },
	{ "23505", ERR_CONFLICT, "ALREADY_EXISTS" },
	{ "23503", ERR_ABSENT, "NOT_FOUND" },
	{ "235", ERR_INPUT, "VALUE_REFUSED" },
	{ "22", ERR_INPUT, "VALUE_MALFORMED" },
	{ "42501", ERR_DENIED, "DENIED" },
	{ "40001", ERR_BUSY, "CONTENDED" }, /* by what was committed since */
	{ "40P01", ERR_BUSY, "CONTENDED" }, /* a deadlock, and not the other */
	{ "40", ERR_BUSY, "BUSY" },
	{ "55P03", ERR_BUSY, "BUSY" },
	{ "57", ERR_BUSY, "BUSY" },
	{ "53100", ERR_BUSY, "STORAGE_FULL" },
	{ "53", ERR_BUSY, "BUSY" },
	{ "08", ERR_BUSY, "BUSY" },
};

static const char *
field(const PGresult *res, int which)
{
	const char *s = res != NULL ? PQresultErrorField(res, which) : NULL;

	return s != NULL ? s : "";
}

/* "sha256" or "cert_der": a static copy, cut at its size. */
static const char *
words(const char *name, size_t n)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "%.*s", (int)n, name);
	return text;
}

/*
 * What a violated constraint means.  PostgreSQL's sentence names the
 * constraint, which is TABLE_COLUMN..._key or _check by its own convention;
 * people get the words of it.
 */
static int
constraint_error(enum err_kind kind, const char *code, const PGresult *res)
{
	const char *table = field(res, PG_DIAG_TABLE_NAME);
	const char *name = field(res, PG_DIAG_CONSTRAINT_NAME);
	size_t n = strlen(table), len;

	if (n > 0 && strncmp(name, table, n) == 0 && name[n] == '_')
		name += n + 1;
	len = strlen(name);
	if (kind == ERR_CONFLICT && len > 4 &&
	    strcmp(name + len - 4, "_key") == 0)
		return err_set_code(kind, code,
		    "%s: another %s has the same already", words(name, len - 4),
		    table);
	if (kind == ERR_INPUT && len > 6 &&
	    strcmp(name + len - 6, "_check") == 0)
		return err_set_code(kind, code,
		    "%s: the value is not one that %s may have",
		    words(name, len - 6), table);
	return err_set_code(
	    kind, code, "%s", field(res, PG_DIAG_MESSAGE_PRIMARY));
}

int
db_error(const PGconn *pg, const PGresult *res)
{
	const char *state = field(res, PG_DIAG_SQLSTATE);
	const char *detail = field(res, PG_DIAG_MESSAGE_DETAIL);
	const char *text = field(res, PG_DIAG_MESSAGE_PRIMARY);
	size_t i;

	if (state[0] == '\0')
		return err_set_code(ERR_BUSY, "DATABASE_AWAY",
		    "the database is away: %.200s",
		    pg != NULL ? PQerrorMessage(pg) : "no connection");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(state, kinds[i].sqlstate,
			strlen(kinds[i].sqlstate)) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return err_set(ERR_INTERNAL, "%s (SQLSTATE %s)", text, state);
	if (strncmp(state, "23", 2) == 0)
		return constraint_error(kinds[i].kind, kinds[i].code, res);
	/* only our own functions' DETAIL is a code; PostgreSQL's is prose */
	(void)err_set_code(kinds[i].kind,
	    strncmp(state, "AY", 2) == 0 && detail[0] != '\0' ? detail
							      : kinds[i].code,
	    "%s", text);
	if (strcmp(state, "AY005") == 0)
		err_set_retry(atoi(field(res, PG_DIAG_MESSAGE_HINT)));
	return -1;
}
