#ifndef REGISTRY_FIELDS_INSIDE_H
#define REGISTRY_FIELDS_INSIDE_H

#include "registry/fields.h"

/* What fields.c and the getters in fields_value.c and fields_octets.c share. */

/* The member, remembered as asked for; NULL when absent or after a failure;
 * borrowed. */
json_t *fields_ask(struct fields *, const char *name, bool required);

/* Remember the first failure: "the field NAME RULE".  Returns -1. */
int fields_fail(
    struct fields *, const char *code, const char *name, const char *rule);

/* v as a text within bounds; NULL when v is, or after a failure. */
const char *fields_text_of(
    struct fields *, const char *name, json_t *v, size_t least, size_t most);

/* The text, if it is one of "a|b|c"; NULL when s is, or after a failure. */
const char *fields_word_of(
    struct fields *, const char *name, const char *s, const char *words);

#endif
