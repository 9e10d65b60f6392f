/*
 * No Ki, OPc, IMSI or profile data in a manifest.
 */

#include <stdio.h>

#include "issue/manifest_never.h"
#include "policy/never.h"

int
manifest_never_line(int line, struct span text)
{
	char name[NEVER_WHERE], where[NEVER_WHERE + 48];
	enum never kind = never_json(text, name);

	(void)snprintf(where, sizeof(where), "line %d of the manifest (\"%s\")",
	    line, name);
	return never_refuse(kind, where);
}

/* A plain row has no other members, and its line is not kept. */
int
manifest_never_row(int line, const struct manifest_row *row)
{
	enum never kind;
	char where[48];

	if (row->line.p != NULL)
		return manifest_never_line(line, row->line);
	if ((kind = never_text(span_str(row->id))) == NEVER_NOTHING &&
	    (kind = never_text(span_str(row->tre))) == NEVER_NOTHING)
		kind = never_der(buf_span(&row->csr));
	(void)snprintf(where, sizeof(where), "line %d of the manifest", line);
	return never_refuse(kind, where);
}
