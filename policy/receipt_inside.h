#ifndef POLICY_RECEIPT_INSIDE_H
#define POLICY_RECEIPT_INSIDE_H

#include "policy/receipt.h"

/* What receipt.c, receipt_text.c and receipt_decision.c share. */

#define RECEIPT_FLOOR "floor-v1"

/* Tiers, of draft-ietf-rats-ear. */
int receipt_tier(const struct verdict *, bool held);

struct receipt_vector {
	int identity, hardware, executables;
};
struct receipt_vector receipt_vector(
    const struct facts *, const struct side_facts *);

/* ---- text */

struct saying {
	struct buf *out;
	const struct receipt *r;
	const char *batch; /* NULL: a receipt */
	int index;
};

/* false: there is nothing to say of it, not even its name */
struct member {
	const char *name;
	bool (*put)(struct saying *);
};

#define MEMBERS_MOST 24
struct members {
	const struct member *told;
	size_t n;
	struct member sorted[MEMBERS_MOST];
};

#define MEMBERS(told)                                                          \
	{                                                                      \
		told, sizeof(told) / sizeof((told)[0]),                        \
		{                                                              \
			{                                                      \
				NULL, NULL                                     \
			}                                                      \
		}                                                              \
	}

extern struct members receipt_decision;

/* What is in an object. */
bool receipt_put_text(struct saying *, const char *); /* NULL: false */
bool receipt_put_null(struct saying *);
bool receipt_put_number(struct saying *, int64_t);
bool receipt_put_hex(struct saying *, struct span); /* empty: null */
/* As name says it, with the quotes and the colon, then a text. */
void receipt_put_named(struct saying *, const char *name, const char *text);

#endif
