#ifndef API_CLI_CLI_H
#define API_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buf.h"
#include "key/key.h"

/*
 * The frame of `assay NOUN VERB`.  Each noun file api/cli/NOUN.c exports
 *
 *	const struct cli_command NOUN_commands[] = { {...}, CLI_END };
 *
 * and api/cli/commands.c lists the tables; help is made from them.  run()
 * returns CLI_OK, an exit code of its own, or -1 with err_set(): main prints
 * the sentence with its code on standard error and exits with the code for the
 * kind of error.
 */

enum cli_exit {
	CLI_OK = 0,
	CLI_REFUSED = 1,     /* the answer is no: decide=refuse, verify=bad */
	CLI_USAGE = 2,	     /* the command line makes no sense */
	CLI_DENIED = 3,	     /* not with this credential, or policy says no */
	CLI_ABSENT = 4,	     /* the thing named does not exist */
	CLI_CONFLICT = 5,    /* it exists already, or its state forbids it */
	CLI_UNAVAILABLE = 6, /* no answer, or try again */
	CLI_INPUT = 7,	     /* what was sent was refused as malformed */
	CLI_INTERNAL = 8     /* our fault, here or at the server */
};

struct cli_option {
	const char *name;  /* without the dashes */
	const char *value; /* "FILE"; NULL: a switch without a value */
	const char *help;
	bool required;
	bool repeats;
};

struct cli;

struct cli_command {
	const char *noun;
	const char *verb; /* one or two words; NULL: `assay NOUN ARGS` */
	/* "NUMBER [FILE...]": [] may be missing, ... repeats (last only) */
	const char *args;
	const char *summary;		  /* one line */
	const struct cli_option *options; /* NULL or ended by CLI_OPTION_END */
	int (*run)(struct cli *);
	const char *details; /* more help: what it does, an example; or NULL */
};

#define CLI_END                                                                \
	{                                                                      \
		.noun = NULL                                                   \
	}
#define CLI_OPTION_END                                                         \
	{                                                                      \
		.name = NULL                                                   \
	}

#define CLI_ARGS_MAX 1024

/* One invocation.  Read it through the functions below. */
struct cli {
	const char *var; /* --var, default $ASSAY_VAR or ./var */
	const char *as;	 /* --as NAME, default $ASSAY_AS; "" for nobody */
	const char *url; /* --url, default from var's assay.cnf */
	bool json, quiet;
	const struct cli_command *command;
	const char *args[CLI_ARGS_MAX];
	size_t nargs;
	const struct cli_option *given[64]; /* options as they were given */
	const char *values[64];
	size_t ngiven;
};

/* Argument i, or NULL when there are fewer. */
const char *cli_arg(const struct cli *, size_t i);
/* The option's value, or NULL; "" for a switch that was given. */
const char *cli_option(const struct cli *, const char *name);
/* The same, or otherwise when it was not given. */
const char *cli_option_or(
    const struct cli *, const char *name, const char *otherwise);
bool cli_switch(const struct cli *, const char *name);
/* The i-th value of one that repeats, or NULL. */
const char *cli_option_at(const struct cli *, const char *name, size_t i);
/*
 * The option as a whole number from least to most, otherwise when it was not
 * given.  0, or -1 with CLI_USAGE's error.
 */
int cli_option_int(const struct cli *, const char *name, long least, long most,
    long otherwise, long *);

/* --algorithm, P-256 when it was not given; and what it is in a list. */
int cli_algorithm(const struct cli *, enum key_kind *);
#define CLI_ALGORITHM                                                          \
	{                                                                      \
		"algorithm", "NAME",                                           \
		    "of the key: P-256, P-384, Ed25519, ML-DSA-44, "           \
		    "ML-DSA-65",                                               \
		    false, false                                               \
	}

/* A usage error: err_set() whose exit code is CLI_USAGE; returns -1. */
int cli_usage(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * Requests as --as (api/cli/client.c).  path begins with /v1.  POSTs carry an
 * Assay-Statement when the caller has a credential.  Each returns what the
 * server sent (a new reference), or NULL with err_set_code(): a problem's
 * sentence and code, or why there was no answer.
 */
json_t *cli_get(struct cli *, const char *path, ...)
    __attribute__((format(printf, 2, 3)));
/* body may be NULL for {}; its reference is taken. */
json_t *cli_post(struct cli *, json_t *body, const char *path, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with everything said; 0, or -1 with err_set_code(). */
struct client_call {
	const char *method;
	const char *path;
	const char *content_type; /* NULL: application/json when a body */
	const char *accept;	  /* NULL: application/json */
	struct span body;
	const char *body_file; /* sent instead of body when not NULL */
	bool unsigned_act;     /* no Assay-Statement (lots, evidence, ...) */
	const char *progress;  /* what to write before a bar, or NULL */
	int save_fd;	       /* > 0: a good answer's body goes there */
};
struct client_reply {
	long status;
	struct buf body;
	char content_type[64];
};
int client_do(struct cli *, const struct client_call *, struct client_reply *);
void client_reply_free(struct client_reply *);
/* An answer's JSON as cli_plain() has it, {} of an empty one; a new reference,
 * or NULL with err_set(). */
json_t *client_reply_json(const struct cli *, const struct client_reply *);
/* err_text() for a terminal: what did not hold is told in its own words. */
const char *cli_why(void);
/* What came from a server, without what would steer the terminal: the same, or
 * NULL of NULL. */
json_t *cli_plain(const struct cli *, json_t *);

/* The API's address: --url, or what assay.cnf in --var says; malloc'd.  NULL
 * with err_set(). */
char *cli_url(const struct cli *);

/* Percent-encode one path segment or query value; static rotating buffers. */
const char *cli_escape(const char *);

/* A text member of an answer; "" when it has none. */
const char *cli_text(const json_t *, const char *name);

/*
 * Show an answer on standard output: --json as it came, else a record (object)
 * or a table (array, or an object with one array in it).  columns, "a,b,c",
 * picks and orders a table's; NULL shows every member that is no container.
 * The reference is taken; NULL gives -1, so: return cli_show(cli, cli_get())
 */
int cli_show(struct cli *, json_t *, const char *columns);
/*
 * A table that comes in pieces; the first rows say how wide columns are.  With
 * no rows at all: "none".
 */
struct cli_table;
struct cli_table *cli_table_new(const char *columns);
void cli_table_put(struct cli_table *, json_t *rows);
void cli_table_free(struct cli_table *);
/* One line for people on standard output, not with --json or --quiet. */
void cli_say(const struct cli *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Path of a credential's file: VAR/credentials/NAME + suffix; malloc'd. */
char *cli_credential(const struct cli *, const char *name, const char *suffix);
/* Path of a device's that is played: VAR/devices/ID + suffix; malloc'd. */
char *cli_device(const struct cli *, const char *id, const char *suffix);

/*
 * A bar on standard error, once something has taken longer than a second and
 * standard error is a terminal.  total 0: unknown.
 */
struct cli_progress;
struct cli_progress *cli_progress_begin(
    const struct cli *, const char *what, double total);
void cli_progress_set(struct cli_progress *, double done);
void cli_progress_end(struct cli_progress *);

#endif
