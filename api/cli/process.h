#ifndef API_CLI_PROCESS_H
#define API_CLI_PROCESS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "registry/instance.h"

/*
 * A child process that is kept alive: its log, its end, its next start.  Each
 * has a session of its own, so that Ctrl-C reaches the supervisor alone, and
 * dies with the supervisor whatever that dies of (PR_SET_PDEATHSIG).
 */

#define PROCESS_ARGS_MAX 24
#define PROCESS_ENV_MAX	 8

struct process {
	char name[32]; /* "api-0": its log is VAR/log/api-0.log */
	char program[INSTANCE_PATH_MAX];
	char *argv[PROCESS_ARGS_MAX];
	char *env[PROCESS_ENV_MAX]; /* "NAME=value" beside ours */
	char socket[108];	    /* "" or the unix socket it makes */
	char bell[108];		    /* "" or where its bell may be */
	int stop_signal;	    /* asks it to end in good order */
	int orphan_signal;	    /* it gets when the supervisor is dead */
	int patience_ms;	    /* until it is killed instead */
	int files;	  /* 0 or how many it may have open at first */
	bool descriptors; /* it gets ours, and those of process_keep() anew */

	pid_t pid; /* 0: not running */
	bool wanted;
	unsigned ends;	 /* in a row, each soon after its start */
	int64_t started; /* clock_ms() */
	int64_t due;	 /* of the next start */
};

/* One more word of its command line; malloc'd inside. */
void process_arg(struct process *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void process_env(struct process *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A secret is on that descriptor, which can be read again (private.h): each
 * process that gets it reads it from its beginning.
 */
void process_keep(int fd);

/* Between fork and exec: no more open files than it says. */
void process_limit(const struct process *);

/* Fork and exec; log is the folder of logs.  pid is set. */
int process_start(struct process *, const char *log);

/* Run to its end: its exit code, or -1 (a signal, or could not start). */
int process_run(struct process *, const char *log, int timeout_ms);

/*
 * Note that pid ended.  Returns the process that it was, or NULL; due says
 * when it is to be started again: at once the first time, then 0.2 s to 1 s.
 */
struct process *process_ended(
    struct process *, size_t n, pid_t pid, int64_t now);

/*
 * err_set() of what went wrong with it, with what it wrote last, which says
 * why; -1.
 */
int process_failed(const struct process *, const char *log, const char *what);

/* Send its stop signal, and wait; SIGKILL after its patience. */
void process_stop(struct process *);

/* Kill, and wait for, every child that is left, adopted ones too. */
void process_sweep(void);

void process_free(struct process *);

#endif
