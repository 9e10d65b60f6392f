/*
 * The CRL that requests.json asks for, read strictly.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ceremony/requests_inside.h"

static int
read_revoked(json_t *o, const char *where, struct crl_entry *e)
{
	struct fields f;

	fields_of(&f, o, where);
	requests_read_serial(&f, "serial", e->serial, &e->serial_length);
	e->when = requests_read_time(&f, "date");
	e->reason = (int)fields_int(&f, "reason", 0, 10);
	if (!f.failed && (e->reason == 7 || e->reason == 8))
		fields_refuse(&f, "reason",
		    "must be a reason of RFC 5280 section 5.3.1 that takes a "
		    "certificate out of use");
	return fields_end(&f);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct crl_entry *x = *(const struct crl_entry *const *)a;
	const struct crl_entry *y = *(const struct crl_entry *const *)b;

	if (x->serial_length != y->serial_length)
		return x->serial_length < y->serial_length ? -1 : 1;
	return memcmp(x->serial, y->serial, x->serial_length);
}

static int
check_revoked_once(const struct requests *r)
{
	const struct crl_entry **sorted;
	int rc = 0;

	sorted = xcalloc(r->nrevoked + 1, sizeof(sorted[0]));
	for (size_t i = 0; i < r->nrevoked; i++)
		sorted[i] = &r->revoked[i];
	qsort(sorted, r->nrevoked, sizeof(sorted[0]), compare_entries);
	for (size_t i = 1; rc == 0 && i < r->nrevoked; i++)
		if (compare_entries(&sorted[i - 1], &sorted[i]) == 0)
			rc = err_set(ERR_INPUT,
			    "the field crl.revoked has a serial number twice");
	free(sorted);
	return rc;
}

static int
read_list(json_t *list, struct requests *r)
{
	char where[40];
	json_t *o;
	size_t i;

	r->revoked = xcalloc(json_array_size(list) + 1, sizeof(r->revoked[0]));
	r->nrevoked = json_array_size(list);
	json_array_foreach(list, i, o)
	{
		(void)snprintf(where, sizeof(where), "crl.revoked[%zu]", i);
		if (read_revoked(o, where, &r->revoked[i]) == -1)
			return -1;
	}
	return check_revoked_once(r);
}

int
requests_read_crl(json_t *o, struct requests *r)
{
	struct fields f;
	json_t *list;

	fields_of(&f, o, "crl");
	r->has_crl = true;
	r->crl_number = (uint64_t)fields_int(&f, "number", 1, NUMBER_MAX);
	r->this_update = requests_read_time(&f, "this_update");
	r->next_update = requests_read_time(&f, "next_update");
	if (!f.failed && r->next_update <= r->this_update)
		fields_refuse(&f, "next_update", "must be after this_update");
	list = fields_array(&f, "revoked", 0, REQUESTS_REVOKED_MAX);
	if (fields_end(&f) == -1)
		return -1;
	return read_list(list, r);
}
