#ifndef AUTHORITY_CA_REQUEST_FILE_H
#define AUTHORITY_CA_REQUEST_FILE_H

#include "authority/authority.h"

/*
 * requests.json of a root that is offline, made and signed here when the body
 * asks for it: what is carried to a ceremony must be what the authority wants
 * to have signed, whoever carries it.
 */

/* The oldest that is asked for.  *busy: there was one. */
int ca_request_file_run(struct authority *, bool *busy);

#endif
