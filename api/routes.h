#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/route.h"

/* Every table of the API, NULL at the end: openapi.yaml has the same. */
extern const struct route *const api_routes[];

#endif
