#ifndef API_REPLY_H
#define API_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What a handler answers.  Either the body, or an open file to stream; the
 * adapter sends it and frees it.  A handler that returns -1 need not touch it:
 * the error slot becomes the answer (reply_problem).
 */

#define REPLY_HEADERS_MAX 8
#define REPLY_VALUE_MAX	  256
#define REPLY_RESUME_MAX  96

struct reply_header {
	const char *name; /* static */
	char value[REPLY_VALUE_MAX];
};

struct reply {
	int status;
	const char *content_type; /* static */
	struct buf body;
	int file_fd; /* -1: the body counts */
	uint64_t file_size;
	struct reply_header headers[REPLY_HEADERS_MAX];
	size_t nheaders;
	bool withheld; /* the address must not be logged */
	/*
	 * Not yet: the handler wants to be called again, with these octets as
	 * req->resumed, when its module has heard something, and in a moment
	 * anyhow; others are served meanwhile.  How long it goes on so is the
	 * handler's to say.
	 */
	uint8_t resume[REPLY_RESUME_MAX];
	size_t nresume;
};

#define REPLY_EMPTY ((struct reply){ .status = 500, .file_fd = -1 })

/* Each of these returns 0, so a handler may end with: return reply_json(...) */

/* JSON that is made already (the text that SQL returned). */
int reply_json(struct reply *, int status, const char *text);

/* These octets, as they are. */
int reply_octets(
    struct reply *, int status, const char *content_type, struct span);

/* Call me again: n octets, REPLY_RESUME_MAX at most. */
void reply_resume(struct reply *, const void *, size_t n);

/*
 * Stream the file; the reply owns fd from now on.  -1 with ERR_INTERNAL when
 * its size cannot be had.
 */
int reply_file(struct reply *, const char *content_type, int fd);

/* One header more; name is static, the value is cut at REPLY_VALUE_MAX. */
void reply_header(struct reply *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of a text that is there already. */
void reply_header_text(struct reply *, const char *name, const char *text);

/*
 * The error slot as problem+json (RFC 9457): type REPLY_PROBLEM_BASE + code,
 * title, status, detail (the sentence), instance urn:assay:request:ID.  One
 * table in reply.c maps kind and code to the status; the text of an internal
 * error goes to the log, never to the caller.
 */
#define REPLY_PROBLEM_BASE "https://assay.example/problems/"
int reply_problem(struct reply *, const char *request_id);

/* The status that the error slot stands for. */
int reply_status_of_err(void);

void reply_free(struct reply *);
/* As REPLY_EMPTY, but for the body's room, which stays; of an open file it lets
 * go. */
void reply_clear(struct reply *);

#endif
