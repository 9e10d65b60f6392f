#ifndef API_CLI_DEVICE_H
#define API_CLI_DEVICE_H

#include "api/cli/cli.h"

/*
 * Show a device as the server tells of it: for people, without the octets of
 * its certificates.  The reference is taken; NULL gives -1.
 */
int device_show(struct cli *, json_t *device);

#endif
