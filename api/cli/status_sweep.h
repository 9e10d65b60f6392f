#ifndef CLI_STATUS_SWEEP_H
#define CLI_STATUS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "api/cli/status_check.h"

/*
 * Each certificate that is revoked or on hold by itself, one after the other
 * and again: a sample finds one of many that is said to be good by luck alone,
 * and whoever writes the index may say so of one.
 */
struct sweep {
	char after[64]; /* ISSUER/INDEX where it is */
	size_t beyond;	/* that differ there */
	bool said;	/* of these, since sweep_say_again() */
};

/* The next hundred, in the index and by OCSP; the same again while one differs.
 */
void sweep_some(struct cli *, struct kit_chain *, struct sweep *);
void sweep_say_again(struct sweep *);

#endif
