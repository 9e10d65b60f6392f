#ifndef X509_CONF_H
#define X509_CONF_H

#include "base/buf.h"

/*
 * Settings in OpenSSL's CONF syntax (config(5)): [sections] of name = value,
 * with # comments and $name for an earlier value.
 */

struct conf;

/* NULL with ERR_ABSENT, or ERR_INPUT that names the line. */
struct conf *conf_open(const char *path);
/* The same of a text; name is what errors call it. */
struct conf *conf_parse(struct span text, const char *name);
void conf_free(struct conf *);

/* The value, "" when it is empty, NULL when it is not there; borrowed. */
const char *conf_get(const struct conf *, const char *section, const char *);

/*
 * Each name of a section, in the file's order; stops when visit returns other
 * than 0 and returns that.  ERR_ABSENT when there is no such section.
 */
int conf_each(const struct conf *, const char *section,
    int (*visit)(const char *name, const char *value, void *), void *);

#endif
