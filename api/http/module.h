#ifndef API_HTTP_MODULE_H
#define API_HTTP_MODULE_H

#include <stdbool.h>

#include "api/reply.h"
#include "api/request.h"

/*
 * What a Kore module gives to the adapter: assay_api.so in api/module.c,
 * assay_status.so in api/status/module.c.  All of it runs in the one worker
 * process, one request at a time.
 */
struct module {
	const char *name; /* for the log: "assay-api" */
	/*
	 * Once, before the first request; conf is the path of assay.cnf.  -1
	 * with err_set() ends the process, and assay run starts it again.
	 */
	int (*start)(const char *conf);
	/* Answer; the reply is REPLY_EMPTY before and must be one after. */
	void (*serve)(struct request *, struct reply *);
	/* Every second between requests; NULL for none. */
	void (*tick)(void);
	/*
	 * What to poll for news (-1: nothing now), and a number that changes
	 * with it; NULL where none come.
	 */
	int (*news_fd)(unsigned *session);
	/* Take news; fd_ready: there are some to read.  true: those who wait
	 * (reply_resume()) and are ready, by what they left, are called again.
	 */
	bool (*news)(bool fd_ready);
	bool (*ready)(const void *resume, size_t n);
	/*
	 * The same of what is heard otherwise than by the connection to the
	 * database: what to poll (-1: nothing), and to take what has come.
	 */
	int (*bell_fd)(void);
	bool (*bell)(void);
	/*
	 * Is there something to be done for several requests at once?  When
	 * those that came together have been served, it is; NULL for none.
	 * And how many milliseconds after the first of them, when it pays to
	 * wait for others; NULL: at once.
	 */
	bool (*gathers)(void);
	unsigned (*gathers_for)(void);
	void (*flush)(void);
	/* Before the worker ends; NULL for none. */
	void (*stop)(void);
	/* Is this one left out of the log?  NULL: all are written. */
	bool (*quiet)(const struct request *, const struct reply *);
};

extern const struct module module;

#endif
