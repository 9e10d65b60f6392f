#ifndef REGISTRY_PKI_H
#define REGISTRY_PKI_H

#include "db/conn.h"
#include "x509/path.h"

/*
 * Our CAs, parsed once: what paths are judged against.  Read from the record,
 * and again when an issuer turns up that is not among them (new suppliers get
 * new CAs), at most once a second.
 */
struct pki;

struct pki *pki_new(void);
void pki_free(struct pki *);

/* path_judge() with our CAs, to one of our roots.  NULL when good, or the code.
 */
const char *pki_judge(
    struct pki *, struct db *, const struct path_question *, struct cert *leaf);

/* ERR_BUSY until the record could be read once. */
int pki_ready(struct pki *, struct db *);

#endif
