/*
 * Reading the index on the command line.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "follower/show.h"
#include "revoke/status.h"

int
show_index(const char *folder)
{
	char text[CLOCK_TEXT_MAX];
	struct status *s;
	int64_t checked;

	if ((s = status_open_reader(folder)) == NULL)
		return -1;
	checked = status_checked(s);
	printf("event %llu\n", (unsigned long long)status_last_event(s));
	if (checked != 0)
		printf("checked %s\nbehind %lld\n", clock_write(checked, text),
		    (long long)(clock_now() - checked));
	status_free(s);
	if (checked == 0)
		return err_set(ERR_BUSY, "the status index is being built");
	return 0;
}

static int
read_number(const char *text, unsigned long long *n)
{
	char *end;

	*n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0')
		return err_set(ERR_INPUT, "\"%s\" is no number", text);
	return 0;
}

/* By which a measure may hold it. */
static void
show_cohorts(struct status *s, uint32_t issuer, uint64_t index)
{
	uint64_t cohort[COHORT_OF_RANGE];
	int i;

	if (!status_cohorts(s, issuer, index, cohort))
		return;
	for (i = 0; i < COHORT_OF_RANGE; i++)
		if (cohort[i] != 0)
			printf("%s %llu\n", status_cohort_name(i),
			    (unsigned long long)cohort[i]);
}

int
show_certificate(const char *folder, const char *issuer, const char *index)
{
	static const char *const states[] = { "never", "good", "hold",
		"revoked", "void" };
	unsigned long long i, n;
	char text[CLOCK_TEXT_MAX];
	struct status_answer a;
	struct status *s;
	int rc;

	if (read_number(issuer, &i) == -1 || read_number(index, &n) == -1)
		return -1;
	if (i > STATUS_ISSUER_MAX)
		return err_set(ERR_INPUT, "there is no issuer %llu", i);
	if ((s = status_open_reader(folder)) == NULL)
		return -1;
	if ((rc = status_get(s, (uint32_t)i, n, &a)) == 0) {
		printf("state %s\n", states[a.state]);
		if (a.state == STATUS_HOLD || a.state == STATUS_REVOKED)
			printf("reason %d\nsince %s\n", a.reason,
			    clock_write(a.when, text));
		if (a.by_cohort)
			printf("by event %llu\n", (unsigned long long)a.event);
		show_cohorts(s, (uint32_t)i, n);
	}
	status_free(s);
	return rc;
}
