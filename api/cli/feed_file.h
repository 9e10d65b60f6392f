#ifndef API_CLI_FEED_FILE_H
#define API_CLI_FEED_FILE_H

#include "api/cli/cli.h"
#include "registry/feed.h"
#include "x509/roots.h"

/* One number of the status feed, as it was read or fetched. */
struct feed_file {
	struct buf text;
	struct feed feed;
};

#define FEED_FILE_EMPTY ((struct feed_file){ .text = { NULL, 0, 0 } })

/* Read it, or fetch "latest" or a number, as far as who signed it.  Free in
 * either case. */
int feed_file_read(const char *path, struct feed_file *);
int feed_file_fetch(struct cli *, const char *name, struct feed_file *);
/* Is it signed by one under any of the roots?  Then what it says is there. */
int feed_file_verify(struct feed_file *, const struct roots *);
void feed_file_free(struct feed_file *);

/* Files that hold one each, by their numbers. */
struct feed_name {
	char *path;
	int64_t no;
};
struct feed_names {
	struct feed_name *all;
	size_t n;
};

/* A file, verified, by the number that it says; of a folder all its files
 * NUMBER.jws. */
int feed_names_add(struct feed_names *, const char *path, const struct roots *);
void feed_names_sort(struct feed_names *);
void feed_names_free(struct feed_names *);

#endif
