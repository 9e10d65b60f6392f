/*
 * Telling the few media types of evidence by what is in the file.
 */

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "registry/evidence_type.h"

static const struct {
	const char *name;
	int kind;
} types[] = {
	{ "application/pdf", EVIDENCE_MAGIC },
	{ "application/zip", EVIDENCE_MAGIC },
	{ "image/jpeg", EVIDENCE_MAGIC },
	{ "image/png", EVIDENCE_MAGIC },
	{ "application/json", EVIDENCE_JSON },
	{ "text/plain", EVIDENCE_TEXT },
};

/* A type may have more than one way to begin. */
static const struct {
	const char *name;
	const char *octets;
	size_t n;
} magics[] = {
	{ "application/pdf", "%PDF-", 5 },
	{ "application/zip", "PK\003\004", 4 }, /* a file's local header */
	{ "application/zip", "PK\005\006", 4 }, /* the end: an empty archive */
	{ "image/jpeg", "\xff\xd8\xff", 3 },
	{ "image/png", "\x89PNG\r\n\x1a\n", 8 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
evidence_type_begin(struct evidence_type *t, const char *media_type)
{
	size_t i, n = strcspn(media_type, "; \t");

	memset(t, 0, sizeof(*t));
	for (i = 0; i < COUNT(types); i++) {
		if (strlen(types[i].name) != n ||
		    strncasecmp(types[i].name, media_type, n) != 0)
			continue;
		t->name = types[i].name;
		t->kind = types[i].kind;
		return 0;
	}
	return err_set_code(ERR_INPUT, "EVIDENCE_TYPE_UNKNOWN",
	    "evidence is application/pdf, application/zip, application/json, "
	    "image/jpeg, image/png or text/plain, not \"%.64s\"",
	    media_type);
}

/*
 * The first octet of a character says how many follow, and narrows the second
 * so that no character has two spellings, none is a surrogate, and none is
 * beyond U+10FFFF (RFC 3629 section 4).
 */
static void
begin_character(struct evidence_type *t, uint8_t c)
{
	t->least = 0x80;
	t->most = 0xbf;
	if (c < 0x80) {
		if ((c < 0x20 && strchr("\t\n\f\r", c) == NULL) || c == 0x7f ||
		    c == 0)
			t->bad = true;
	} else if (c >= 0xc2 && c <= 0xdf)
		t->left = 1;
	else if (c >= 0xe0 && c <= 0xef) {
		t->left = 2;
		if (c == 0xe0)
			t->least = 0xa0;
		if (c == 0xed)
			t->most = 0x9f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		t->left = 3;
		if (c == 0xf0)
			t->least = 0x90;
		if (c == 0xf4)
			t->most = 0x8f;
	} else
		t->bad = true;
}

static void
put_text(struct evidence_type *t, uint8_t c)
{
	if (t->left == 0)
		begin_character(t, c);
	else if (c < t->least || c > t->most)
		t->bad = true;
	else {
		t->left--;
		t->least = 0x80;
		t->most = 0xbf;
	}
	if (t->kind == EVIDENCE_JSON)
		json_scan_put(&t->json, c);
}

void
evidence_type_put(struct evidence_type *t, struct span s)
{
	size_t i;

	for (i = 0; i < s.n && t->nhead < sizeof(t->head); i++)
		t->head[t->nhead++] = s.p[i];
	if (t->kind == EVIDENCE_MAGIC)
		return;
	for (i = 0; i < s.n && !t->bad; i++)
		put_text(t, s.p[i]);
}

static bool
begins_right(const struct evidence_type *t)
{
	size_t i;

	for (i = 0; i < COUNT(magics); i++)
		if (strcmp(magics[i].name, t->name) == 0 &&
		    t->nhead >= magics[i].n &&
		    memcmp(magics[i].octets, t->head, magics[i].n) == 0)
			return true;
	return false;
}

static bool
holds(const struct evidence_type *t)
{
	if (t->kind == EVIDENCE_MAGIC)
		return begins_right(t);
	if (t->bad || t->left > 0)
		return false;
	return t->kind == EVIDENCE_TEXT || json_scan_end(&t->json);
}

int
evidence_type_end(const struct evidence_type *t)
{
	if (holds(t))
		return 0;
	return err_set_code(ERR_INPUT, "EVIDENCE_TYPE_MISMATCH",
	    "the file is said to be %s, and its content is not", t->name);
}
