#ifndef API_FIELDS_H
#define API_FIELDS_H

/* Bodies are read as every JSON object from outside is. */
#include "registry/fields.h"

#endif
