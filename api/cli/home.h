#ifndef API_CLI_HOME_H
#define API_CLI_HOME_H

#include "api/cli/cli.h"
#include "api/cli/layout.h"
#include "api/cli/process.h"
#include "registry/instance.h"

/*
 * An instance's folder (VAR) in the hands of the one program that keeps it:
 * `assay init` or `assay run`.
 */
struct home {
	struct instance in;
	struct layout at;
	char conf[INSTANCE_PATH_MAX]; /* VAR/assay.cnf */
	char log[INSTANCE_PATH_MAX];  /* VAR/log */
	char user[64];		      /* of the operating system */
	int lock;		      /* held by every child, too */
};

/* The options of both commands: what assay.cnf is made or changed with. */
extern const struct cli_option home_options[];

/*
 * Make what is missing of folders and assay.cnf, change the settings that
 * options name, lock the folder.  ERR_CONFLICT: another one keeps it.
 */
int home_open(struct cli *, struct home *);
void home_close(struct home *);

/* Is there nothing left for `assay init` to do? */
bool home_is_ready(const struct home *);

/* In a settings file's text, give the one name another value.  ERR_ABSENT. */
int home_set(
    struct span text, const char *name, const char *value, struct buf *out);

#endif
