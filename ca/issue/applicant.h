#ifndef ISSUE_APPLICANT_H
#define ISSUE_APPLICANT_H

#include "issue/manifest.h"

/*
 * What a request says in its subject, where a manifest's row would: CN the
 * device's id, of a terminal dnQualifier the TrE that it contains and
 * serialNumber its TAC.  All other names come from the register.
 */
struct applicant {
	char id[MANIFEST_ID_MAX + 1];
	char tre[MANIFEST_ID_MAX + 1]; /* "" where it says none */
	char tac[9];
};

/* names: a Name's content.  ERR_INPUT: DEVICE_ID_MISSING, DEVICE_ID,
 * CSR_MALFORMED. */
int applicant_read(struct span names, struct applicant *);

#endif
