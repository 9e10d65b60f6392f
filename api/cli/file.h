#ifndef API_CLI_FILE_H
#define API_CLI_FILE_H

#include "api/cli/cli.h"

/*
 * The content of a file as base64: DER or whatever it is, or what stands in PEM
 * with that label (NULL: no PEM).  malloc'd; NULL with err_set().
 */
char *file_base64(const char *path, const char *label);

/*
 * The file that the option names as a member of the body, when the option was
 * given; of one that repeats, all files as a list.  -1 with err_set().
 */
int file_put(json_t *body, struct cli *, const char *member, const char *option,
    const char *label);
int file_put_all(json_t *body, struct cli *, const char *member,
    const char *option, const char *label);

#endif
