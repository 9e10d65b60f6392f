#ifndef API_CLI_LAYOUT_H
#define API_CLI_LAYOUT_H

#include "registry/instance.h"

/*
 * Where this installation's own files are: beside the running program, either
 * installed (PREFIX/bin, PREFIX/lib/assay, PREFIX/share/assay) or in the tree
 * that it was built in.
 */
struct layout {
	char bin[INSTANCE_PATH_MAX];   /* assay-authority, assay-follower */
	char lib[INSTANCE_PATH_MAX];   /* assay_api.so, assay_status.so */
	char share[INSTANCE_PATH_MAX]; /* db/, policy/, conf/ */
};

int layout_find(struct layout *);

/*
 * The folder of PostgreSQL's programs: $ASSAY_PGBIN, else the one that fits
 * the cluster in pgdata (its PG_VERSION; NULL: none yet), else the newest.
 */
int layout_postgres(const char *pgdata, char out[INSTANCE_PATH_MAX]);

/* A program on PATH or in the folders for administrators; ERR_ABSENT. */
int layout_program(const char *name, char out[INSTANCE_PATH_MAX]);

#endif
