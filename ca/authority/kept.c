/*
 * Templates in the register, and those of them that were used last.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/kept.h"
#include "base/enc.h"
#include "db/certificate.h"

#define PLACES 1024 /* half of them are used, then all are forgotten */

struct place {
	uint8_t digest[HASH_SIZE];
	int64_t id; /* 0: empty */
};
struct kept {
	struct place place[PLACES];
	size_t n;
};

static void
put_pieces(const struct template *t, const struct template_cut *c,
    struct span content, struct buf *out)
{
	struct buf piece = BUF_EMPTY;

	for (int i = 0; i <= CUTS; i++) {
		buf_clear(&piece);
		template_piece(t, c, content, i, &piece);
		buf_puts(out, i == 0 ? "{\"\\\\x" : ",\"\\\\x");
		hex_encode(out, buf_span(&piece));
		buf_putc(out, '"');
	}
	buf_putc(out, '}');
	buf_free(&piece);
}

static int
store(struct authority *a, int64_t coc, const struct template *t,
    const struct template_cut *c, struct span content, int64_t *id)
{
	struct certificate_template row = {
		.digest = span_of(c->digest, HASH_SIZE),
		.octets = (int64_t)template_octets(t, content),
		.lasts = template_lasts(t),
		.coc_id = coc,
	};
	struct buf pieces = BUF_EMPTY;
	int rc;

	put_pieces(t, c, content, &pieces);
	row.pieces = buf_str(&pieces);
	rc = db_certificate_template(a->db, &row, id);
	buf_free(&pieces);
	return rc;
}

/* Where it is, or where it may come to be. */
static struct place *
find(struct kept *k, const uint8_t digest[HASH_SIZE])
{
	size_t at = (size_t)digest[0] << 8 | digest[1];

	for (;; at++) {
		struct place *p = &k->place[at % PLACES];

		if (p->id == 0 || memcmp(p->digest, digest, HASH_SIZE) == 0)
			return p;
	}
}

int
kept_template(struct authority *a, int64_t coc, const struct template *t,
    const struct template_cut *c, struct span content, int64_t *id)
{
	struct place *p;

	if (a->kept != NULL && a->kept->n == PLACES / 2)
		kept_forget(a);
	if (a->kept == NULL)
		a->kept = xcalloc(1, sizeof(*a->kept));
	p = find(a->kept, c->digest);
	if (p->id == 0) {
		if (store(a, coc, t, c, content, id) == -1)
			return -1;
		memcpy(p->digest, c->digest, HASH_SIZE);
		p->id = *id;
		a->kept->n++;
	}
	*id = p->id;
	return 0;
}

void
kept_forget(struct authority *a)
{
	free(a->kept);
	a->kept = NULL;
}
