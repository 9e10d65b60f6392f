/*
 * What occurs twice in a lot.
 */

#include "authority/repeats.h"
#include "key/hash.h"

static void
judge(struct repeats *seen, struct row *row)
{
	uint8_t id[HASH_SIZE], tre[HASH_SIZE];

	hash_sha256(span_str(row->id), id);
	if (row->tre[0] != '\0')
		hash_sha256(span_str(row->tre), tre);
	if (set_has(&seen->keys, row->csr.spki_sha256)) {
		row_refuse(row, "KEY_REPEATED", KEY_REPEATED);
		/* both: it is the same device again */
		row->clone = set_has(&seen->ids, id) ? NULL : "key";
	} else if (set_has(&seen->ids, id)) {
		row_refuse(row, "ID_REPEATED", ID_REPEATED, row->id);
		row->clone = "id";
	} else if (row->tre[0] != '\0' && set_has(&seen->tres, tre))
		row_refuse(row, "TRE_BOUND_ELSEWHERE",
		    "an earlier row of this lot contains the TrE %s", row->tre);
	if (row->reason != NULL)
		return;
	set_add(&seen->keys, row->csr.spki_sha256);
	set_add(&seen->ids, id);
	if (row->tre[0] != '\0')
		set_add(&seen->tres, tre);
}

void
repeats_judge(struct repeats *seen, struct row *rows, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (rows[i].reason == NULL)
			judge(seen, &rows[i]);
}

void
repeats_free(struct repeats *seen)
{
	set_free(&seen->keys);
	set_free(&seen->ids);
	set_free(&seen->tres);
}

void
repeats_judge_all(struct row *rows, int n)
{
	struct repeats seen = REPEATS_EMPTY;

	repeats_judge(&seen, rows, n);
	repeats_free(&seen);
}
