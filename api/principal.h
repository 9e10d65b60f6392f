#ifndef API_PRINCIPAL_H
#define API_PRINCIPAL_H

#include <stdint.h>

#include "api/role.h"

/* Who asks: found by the client's certificate, octet for octet (api/auth.h). */
struct principal {
	int64_t id; /* 0: nobody */
	char handle[41];
	char organisation[41]; /* its handle */
	int64_t organisation_id;
	char organisation_kind[16]; /* body supplier auditor operator */
	unsigned role;		    /* one of enum role */
	uint8_t cert_sha256[32];
	int64_t ends; /* its certificate */
};

#endif
