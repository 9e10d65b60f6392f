#ifndef UNIT_STATUS_WORLD_H
#define UNIT_STATUS_WORLD_H

/*
 * What tests of the status index live in: a folder of their own, and events of
 * one issuer, each with the next number.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "revoke/status_file.h"
#include "tests/unit/folder.h"

static uint64_t last;

static inline int
start(void **state)
{
	last = 0;
	log_open("status_test", LOG_ALARM);
	return make_folder(state);
}

static inline struct status_event
an_event(enum event_kind kind, uint64_t first, uint64_t count)
{
	return (struct status_event){
		.id = ++last,
		.kind = kind,
		.at = 1700000000 + (int64_t)last,
		.issuer = 3,
		.first = first,
		.count = count,
		.cohort = { [COHORT_LOT] = 11, [COHORT_MODEL] = 12 },
	};
}

static inline void
issue(struct status *s, uint64_t first, uint64_t count)
{
	struct status_event e = an_event(EVENT_ISSUED, first, count);

	assert_int_equal(status_apply(s, &e), 0);
}

static inline void
do_one(struct status *s, enum event_kind kind, uint64_t index, int reason)
{
	struct status_event e = an_event(kind, index, 1);

	e.reason = reason;
	assert_int_equal(status_apply(s, &e), 0);
}

static inline void
on_cohort(struct status *s, enum event_kind kind, enum cohort_kind of,
    uint64_t id, uint64_t measure)
{
	struct status_event e = an_event(kind, 0, 0);

	e.cohort_kind = of;
	e.cohort_id = id;
	e.measure = measure;
	assert_int_equal(status_apply(s, &e), 0);
}

static inline struct status *
a_writer(void)
{
	struct status *s = status_open_writer(folder);

	assert_non_null(s);
	return s;
}

/* A writer that readers listen to. */
static inline struct status *
a_serving_writer(void)
{
	struct status *s = a_writer();

	status_set_checked(s, 1700000000);
	return s;
}

static inline enum status_state
state_of(struct status *s, uint64_t index)
{
	struct status_answer a;

	assert_int_equal(status_get(s, 3, index, &a), 0);
	return a.state;
}

static inline struct status_answer
answer_of(struct status *s, uint64_t index)
{
	struct status_answer a;

	assert_int_equal(status_get(s, 3, index, &a), 0);
	return a;
}

/* When an event happened. */
#define AT(event) (1700000000 + (int64_t)(event))

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, remove_folder)

#endif
