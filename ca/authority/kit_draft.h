#ifndef AUTHORITY_KIT_DRAFT_H
#define AUTHORITY_KIT_DRAFT_H

#include "authority/authority.h"
#include "kit/members.h"

/* One number of the kit in the making: for kit*.c only. */

struct draft_issuer {
	uint32_t id;
	uint8_t key_id[20], sha256[32];
	struct kit_members members; /* of a snapshot */
	struct buf changed;	    /* records: of a delta, */
	struct buf listed;	    /* of a snapshot */
	struct buf layers[KIT_LAYERS];
};

struct kit_draft {
	struct authority *a;
	struct kit kit;
	struct draft_issuer *issuers; /* as many as in kit */
	char *lots;
	int64_t since_event; /* of the number before; 0: there is none */
	bool same_lots;
	bool full; /* a snapshot, too */
	struct buf certificates[2];
};

/*
 * Everything that the number says, in the caller's transaction, which reads
 * from one snapshot: what has changed, and with d->full what there is.
 */
int kit_collect(struct kit_draft *);
/* Its parts in kit_states.c: what one CA's snapshot says; all that changed. */
int kit_collect_states(
    struct kit_draft *, bool delegated, struct draft_issuer *);
int kit_collect_changes(struct kit_draft *);
void kit_draft_free(struct kit_draft *);

/*
 * Build a snapshot's content in a thread of its own, from the draft alone,
 * which is not touched until kit_build_end() has taken the content.
 */
struct kit_build;
struct kit_build *kit_build_begin(struct kit_draft *);
bool kit_build_is_done(struct kit_build *);
int kit_build_end(struct kit_build *, struct buf *content);

#endif
