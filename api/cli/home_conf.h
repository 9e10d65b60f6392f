#ifndef API_CLI_HOME_CONF_H
#define API_CLI_HOME_CONF_H

#include "api/cli/home.h"

/*
 * Options into assay.cnf of VAR, which is made if it is not there, and from
 * there into h->in.  What is refused is not remembered.
 */
int home_conf_settle(const struct cli *, struct home *, const char *var);

/* In a settings file's text, give the one name another value.  ERR_ABSENT. */
int home_conf_set(
    struct span text, const char *name, const char *value, struct buf *out);

#endif
