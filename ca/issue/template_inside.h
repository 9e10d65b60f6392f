#ifndef ISSUE_TEMPLATE_INSIDE_H
#define ISSUE_TEMPLATE_INSIDE_H

/*
 * A template is a little program that writes the certificate's content
 * backwards: octets that are always the same, holes for what differs, and
 * headers around those.  For the files template*.c only.
 */

#include "issue/template.h"
#include "x509/der.h"

#define TEMPLATE_STEPS 96
#define TEMPLATE_FIXED 6144 /* octets */
#define TEMPLATE_DEPTH 16

enum step_kind {
	STEP_FIXED,	/* octets as they are */
	STEP_MARK,	/* here ends what the next STEP_WRAP goes around */
	STEP_WRAP,	/* its header */
	STEP_SERIAL,	/* INTEGER */
	STEP_POINT,	/* the key, bare octets */
	STEP_ALGORITHM, /* its algorithm, a whole element */
	STEP_KEY_ID,	/* its identifier, bare octets */
	STEP_DEVICE_ID, /* bare octets */
	STEP_TAC,	/* bare octets */
	STEP_SHARD,	/* the CRL shard's number in decimal */
	STEP_BINDING,	/* treBinding */
};

struct step {
	enum step_kind kind;
	uint8_t tag;	    /* of STEP_WRAP */
	struct span octets; /* of STEP_FIXED */
};

struct template
{
	struct template_spec spec;
	struct step steps[TEMPLATE_STEPS];
	size_t nsteps;
	bool full; /* of steps */

	/* the signature algorithm, a whole element */
	struct span algorithm;

	/* while it is made: fixed octets grow downwards in here */
	struct der fixed;
	size_t flushed; /* of them, those that are in a step */
	struct {
		size_t nsteps, mark;
	} open[TEMPLATE_DEPTH];
	size_t depth;
	uint8_t space[TEMPLATE_FIXED];
};

/* Begin an element: call before its content is written (backwards!), and
 * close with its tag behind. */
void template_open(struct template *);
void template_close(struct template *, uint8_t tag);
/* A hole. */
void template_step(struct template *, enum step_kind);

/* All extensions of the spec, in template_ext.c. */
void template_extensions(struct template *, const struct template_spec *);
/* Does the spec make sense?  In template_check.c. */
int template_check(const struct template_spec *);
int template_check_row(const struct template *, const struct template_row *);

#endif
