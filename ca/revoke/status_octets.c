/*
 * The octets of the status index: what they mean, and the sums that tell
 * whether they are those that were written.
 */

#include <string.h>

#include "base/err.h"
#include "revoke/status_file.h"

#define WORDS (BLOCK / sizeof(uint32_t))

/* RFC 5280 section 5.3.1, in the order of the codes from 4. */
static const uint8_t reasons[] = { 0, 1, 2, 3, 4, 5, 9, 10 };

int
octet_of_reason(int reason, uint8_t *octet)
{
	unsigned i;

	for (i = 0; i < sizeof(reasons); i++)
		if (reasons[i] == reason) {
			*octet = OCTET(4 + i);
			return 0;
		}
	return err_set(ERR_INPUT,
	    "%d is no reason for a revocation (RFC 5280 section 5.3.1)",
	    reason);
}

int
octet_read(uint8_t octet, enum status_state *state, int *reason)
{
	unsigned code = octet & 0xf;

	*reason = 0;
	if (octet == OCTET_NEVER)
		*state = STATUS_NEVER;
	else if (octet != OCTET(code) || code == 0 ||
	    code >= 4 + sizeof(reasons))
		return err_set(ERR_INTERNAL,
		    "the status index is damaged: octet %02x", octet);
	else if (octet == OCTET_GOOD)
		*state = STATUS_GOOD;
	else if (octet == OCTET_VOID)
		*state = STATUS_VOID;
	else if (octet == OCTET_HOLD) {
		*state = STATUS_HOLD;
		*reason = 6;
	} else {
		*state = STATUS_REVOKED;
		*reason = reasons[code - 4];
	}
	return 0;
}

uint64_t
leaves_for(uint64_t size)
{
	return size / LEAF + (size % LEAF != 0);
}

/*
 * A block's sum is that of its words, each times an odd number of its own: a
 * change of one word always shows, a block of zeroes is 0, and one octet can be
 * changed without a look at the others.
 */
static const uint32_t *
factors(void)
{
	static uint32_t factor[WORDS];
	uint32_t i, x;

	if (factor[0] != 0)
		return factor;
	for (i = WORDS; i-- > 0;) {
		x = (i + 1) * 0x9e3779b1u;
		x = (x ^ x >> 15) * 0x85ebca6bu;
		factor[i] = (x ^ x >> 13) | 1;
	}
	return factor;
}

static uint32_t
word_at(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint32_t
block_sum(const uint8_t *p)
{
	const uint32_t *factor = factors();
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < WORDS; i++)
		sum += word_at(p + i * sizeof(uint32_t)) * factor[i];
	return sum;
}

static uint32_t *
sum_of(const struct shelf *sh, uint64_t index)
{
	struct leaf *leaf = (struct leaf *)sh->leaves.p + index / LEAF;

	return &leaf->octets[index % LEAF / BLOCK];
}

int
octet_check(const struct shelf *sh, uint64_t index)
{
	uint64_t start = index - index % BLOCK;

	if (start + BLOCK > sh->state.n ||
	    (index / LEAF + 1) * sizeof(struct leaf) > sh->leaves.n ||
	    block_sum(sh->state.p + start) != *sum_of(sh, index))
		return err_set(ERR_INTERNAL,
		    "the status index is damaged: the sum of its octets");
	return 0;
}

void
octet_put(struct shelf *sh, uint64_t index, uint8_t octet)
{
	uint8_t *word = sh->state.p + (index & ~UINT64_C(3));
	uint32_t before = word_at(word);

	sh->state.p[index] = octet;
	*sum_of(sh, index) +=
	    (word_at(word) - before) * factors()[index % BLOCK / 4];
}

static bool
is_empty(const uint8_t *p, uint64_t n)
{
	/* the first is, and each is as the one before */
	return p[0] == OCTET_NEVER && (n == 1 || memcmp(p, p + 1, n - 1) == 0);
}

/* Of one block: all at once where there was nothing before. */
static void
fill_block(struct shelf *sh, uint64_t first, uint64_t count, uint8_t octet)
{
	uint8_t *p = sh->state.p + first;
	uint64_t i;

	if (is_empty(p, count)) {
		memset(p, octet, count);
		*sum_of(sh, first) = block_sum(p - first % BLOCK);
		return;
	}
	for (i = 0; i < count; i++)
		if (p[i] == OCTET_NEVER)
			octet_put(sh, first + i, octet);
}

void
octets_fill(struct shelf *sh, uint64_t first, uint64_t count, uint8_t octet)
{
	uint64_t n;

	for (; count > 0; first += n, count -= n) {
		n = BLOCK - first % BLOCK;
		n = n < count ? n : count;
		fill_block(sh, first, n, octet);
	}
}
