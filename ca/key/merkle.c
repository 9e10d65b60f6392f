/*
 * Merkle trees, row by row: of each two nodes their parent; one that is left
 * over goes up as it is, which is RFC 9162's tree.
 */

#include <stdlib.h>
#include <string.h>

#include "key/merkle.h"

enum { LEAF = 0x00, NODE = 0x01 };

struct merkle {
	size_t n[MERKLE_DEEP + 1]; /* nodes in each row */
	uint8_t *row[MERKLE_DEEP + 1];
	size_t nrows;
};

void
merkle_leaf(struct span octets, uint8_t leaf[MERKLE_SIZE])
{
	static const uint8_t tag = LEAF;
	struct buf b = BUF_EMPTY;

	buf_put(&b, &tag, 1);
	buf_put_span(&b, octets);
	hash_sha256(buf_span(&b), leaf);
	buf_free(&b);
}

static void
join(const uint8_t *left, const uint8_t *right, uint8_t *node)
{
	uint8_t octets[1 + 2 * MERKLE_SIZE] = { NODE };

	memcpy(octets + 1, left, MERKLE_SIZE);
	memcpy(octets + 1 + MERKLE_SIZE, right, MERKLE_SIZE);
	hash_sha256(span_of(octets, sizeof(octets)), node);
}

struct merkle *
merkle_new(const uint8_t *leaves, size_t n)
{
	struct merkle *m = xcalloc(1, sizeof(*m));
	uint8_t *below, *row;
	size_t i;

	m->row[0] = xcalloc(n, MERKLE_SIZE);
	memcpy(m->row[0], leaves, n * MERKLE_SIZE);
	m->n[0] = n;
	for (m->nrows = 1; n > 1; m->nrows++) {
		below = m->row[m->nrows - 1];
		row = xcalloc((n + 1) / 2, MERKLE_SIZE);
		for (i = 0; i + 1 < n; i += 2)
			join(below + i * MERKLE_SIZE,
			    below + (i + 1) * MERKLE_SIZE,
			    row + i / 2 * MERKLE_SIZE);
		if (n % 2 == 1)
			memcpy(row + n / 2 * MERKLE_SIZE,
			    below + (n - 1) * MERKLE_SIZE, MERKLE_SIZE);
		n = (n + 1) / 2;
		m->row[m->nrows] = row;
		m->n[m->nrows] = n;
	}
	return m;
}

void
merkle_free(struct merkle *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->nrows; i++)
		free(m->row[i]);
	free(m);
}

void
merkle_root(const struct merkle *m, uint8_t root[MERKLE_SIZE])
{
	memcpy(root, m->row[m->nrows - 1], MERKLE_SIZE);
}

size_t
merkle_path(const struct merkle *m, size_t index,
    uint8_t path[MERKLE_DEEP][MERKLE_SIZE])
{
	size_t r, n = 0;

	for (r = 0; r + 1 < m->nrows; r++, index /= 2)
		if ((index ^ 1) < m->n[r])
			memcpy(path[n++], m->row[r] + (index ^ 1) * MERKLE_SIZE,
			    MERKLE_SIZE);
	return n;
}

int
merkle_climb(const uint8_t leaf[MERKLE_SIZE], uint64_t index, uint64_t size,
    const uint8_t *path, size_t npath, uint8_t root[MERKLE_SIZE])
{
	uint8_t node[MERKLE_SIZE];
	uint64_t last = size - 1;

	if (index >= size)
		return -1;
	memcpy(node, leaf, MERKLE_SIZE);
	for (; last > 0; index /= 2, last /= 2) {
		if (index == last && index % 2 == 0)
			continue; /* it goes up as it is */
		if (npath == 0)
			return -1;
		if (index % 2 == 1)
			join(path, node, node);
		else
			join(node, path, node);
		path += MERKLE_SIZE;
		npath--;
	}
	memcpy(root, node, MERKLE_SIZE);
	return npath == 0 ? 0 : -1;
}
