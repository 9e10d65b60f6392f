/*
 * Every resource of the API.
 */

#include "api/routes.h"

extern const struct route certificate_routes[];
extern const struct route health_routes[];
extern const struct route whoami_routes[];

const struct route *const api_routes[] = {
	certificate_routes,
	health_routes,
	whoami_routes,
	NULL,
};
