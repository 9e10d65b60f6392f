#ifndef CEREMONY_YAML_H
#define CEREMONY_YAML_H

#include <jansson.h>

#include "base/buf.h"

/*
 * One YAML document (1.1, by libyaml) as the JSON that it would be, for what
 * reads JSON strictly.  Plain true and false, null and ~, and whole numbers of
 * up to 15 digits without leading zeroes are what they look like; all else is
 * text.
 *
 * What a reader of the text could overlook is refused: anchors and aliases,
 * tags, directives, a key twice, a second document.  ERR_INPUT, code
 * YAML_REFUSED, with the line; NULL then.
 */
#define YAML_DEPTH_MAX 16

/* A new reference. */
json_t *yaml_read(struct span);

#endif
