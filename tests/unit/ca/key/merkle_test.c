/*
 * The tree of RFC 9162: roots that others have published, the definition
 * itself, and every path of every small tree, whole and spoiled.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "key/merkle.h"

#define MOST 70

static void
get_hex(const char *hex, struct buf *b)
{
	buf_clear(b);
	assert_int_equal(hex_decode(b, span_str(hex)), 0);
}

/* The inputs and roots of the Certificate Transparency test data. */
static void
agrees_with_the_roots_that_others_have(void **state)
{
	static const char *const inputs[] = { "", "00", "10", "2021", "3031",
		"40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f" };
	static const char *const roots[] = {
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa0"
		"1d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c1"
		"25",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e"
		"77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614"
		"b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264"
		"d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087"
		"ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c"
		"8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff46043"
		"28"
	};
	uint8_t leaves[8 * MERKLE_SIZE], root[MERKLE_SIZE];
	struct buf b = BUF_EMPTY;
	struct merkle *m;
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		get_hex(inputs[i], &b);
		merkle_leaf(buf_span(&b), leaves + i * MERKLE_SIZE);
		m = merkle_new(leaves, i + 1);
		merkle_root(m, root);
		merkle_free(m);
		get_hex(roots[i], &b);
		assert_memory_equal(root, b.p, MERKLE_SIZE);
	}
	buf_free(&b);
}

/* Section 2.1.1, word for word. */
static void
by_definition(const uint8_t *leaves, size_t n, uint8_t root[MERKLE_SIZE])
{
	uint8_t octets[1 + 2 * MERKLE_SIZE] = { 0x01 };
	size_t k = 1;

	if (n == 1) {
		memcpy(root, leaves, MERKLE_SIZE);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	by_definition(leaves, k, octets + 1);
	by_definition(
	    leaves + k * MERKLE_SIZE, n - k, octets + 1 + MERKLE_SIZE);
	hash_sha256(span_of(octets, sizeof(octets)), root);
}

static void
make_leaves(uint8_t leaves[MOST * MERKLE_SIZE])
{
	for (uint8_t i = 0; i < MOST; i++)
		merkle_leaf(span_of(&i, 1), leaves + i * MERKLE_SIZE);
}

static bool
leads(const uint8_t *leaf, size_t index, size_t size,
    uint8_t path[MERKLE_DEEP][MERKLE_SIZE], size_t n, const uint8_t *root)
{
	uint8_t got[MERKLE_SIZE];

	return merkle_climb(leaf, index, size, path[0], n, got) == 0 &&
	    memcmp(got, root, MERKLE_SIZE) == 0;
}

static void
every_path_leads_to_the_root_and_no_spoiled_one_does(void **state)
{
	static uint8_t leaves[MOST * MERKLE_SIZE];
	uint8_t root[MERKLE_SIZE], want[MERKLE_SIZE];
	uint8_t path[MERKLE_DEEP][MERKLE_SIZE];
	const uint8_t *leaf;
	struct merkle *m;
	size_t n, i, k, depth;

	(void)state;
	make_leaves(leaves);
	for (n = 1; n <= MOST; n++) {
		m = merkle_new(leaves, n);
		merkle_root(m, root);
		by_definition(leaves, n, want);
		assert_memory_equal(root, want, MERKLE_SIZE);
		for (i = 0; i < n; i++) {
			leaf = leaves + i * MERKLE_SIZE;
			memset(path, 0, sizeof(path));
			depth = merkle_path(m, i, path);
			assert_true(leads(leaf, i, n, path, depth, root));
			assert_false(leads(leaf, i, n, path, depth + 1, root));
			assert_false(leads(leaf, n, n, path, depth, root));
			if (depth == 0)
				continue;
			assert_false(leads(leaf, i, n, path, depth - 1, root));
			assert_false(leads(leaf, i ^ 1, n, path, depth, root) &&
			    (i ^ 1) < n);
			for (k = 0; k < depth; k++) {
				path[k][k % MERKLE_SIZE] ^= 1;
				assert_false(
				    leads(leaf, i, n, path, depth, root));
				path[k][k % MERKLE_SIZE] ^= 1;
			}
		}
		merkle_free(m);
	}
}

/* A node's two children, joined, are no leaf: 0x00 and 0x01 keep them apart. */
static void
a_node_does_not_pass_for_a_leaf(void **state)
{
	static uint8_t leaves[MOST * MERKLE_SIZE];
	uint8_t forged[MERKLE_SIZE], root[MERKLE_SIZE], got[MERKLE_SIZE];
	struct merkle *m;

	(void)state;
	make_leaves(leaves);
	m = merkle_new(leaves, 2);
	merkle_root(m, root);
	merkle_leaf(span_of(leaves, 2 * MERKLE_SIZE), forged);
	assert_int_equal(merkle_climb(forged, 0, 1, NULL, 0, got), 0);
	assert_memory_not_equal(got, root, MERKLE_SIZE);
	merkle_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_roots_that_others_have),
		cmocka_unit_test(
		    every_path_leads_to_the_root_and_no_spoiled_one_does),
		cmocka_unit_test(a_node_does_not_pass_for_a_leaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
