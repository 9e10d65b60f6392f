/*
 * The entries of CRLs, out of runs and of certificates by themselves.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "issue/serial.h"
#include "revoke/crl_list.h"

#define KEPT	65536  /* rows in memory: four megabytes */
#define AT_ONCE 262144 /* octets to and from the file */

#define REMOVE_FROM_CRL 8

struct crl_list {
	struct serial_key *serials;
	uint32_t issuer;

	/* the rows: the first ones here, others in a file without a name */
	struct crl_row *rows;
	size_t n, room;
	FILE *more;
	uint64_t nmore;

	/* where a walk is: the next row, and the run that it is in */
	uint64_t at, given;
	struct crl_row row;
	bool have_row;
	struct crl_row run;
	uint64_t run_at, run_end;

	/* of a delta: what it is about, and the entry that comes next */
	const struct crl_touch *touches;
	size_t ntouches, touch;
	uint64_t index; /* the next one that is looked at */
	struct crl_entry entry;
	uint64_t entry_index;
	bool have_entry;
	bool delta;
};

struct crl_list *
crl_list_new(struct serial_key *serials, uint32_t issuer)
{
	struct crl_list *l = xcalloc(1, sizeof(*l));

	l->serials = serials;
	l->issuer = issuer;
	return l;
}

void
crl_list_free(struct crl_list *l)
{
	if (l == NULL)
		return;
	if (l->more != NULL)
		(void)fclose(l->more);
	free(l->rows);
	free(l);
}

static int
add_to_file(struct crl_list *l, const struct crl_row *row)
{
	if (l->more == NULL) {
		if ((l->more = tmpfile()) == NULL)
			return io_err("create", "a temporary file");
		(void)setvbuf(l->more, NULL, _IOFBF, AT_ONCE);
	}
	if (fwrite_unlocked(row, sizeof(*row), 1, l->more) != 1)
		return io_err("write", "a temporary file");
	l->nmore++;
	return 0;
}

int
crl_list_add(const struct crl_row *row, void *list)
{
	struct crl_list *l = list;

	if (l->n == KEPT)
		return add_to_file(l, row);
	if (l->n == l->room) {
		l->room = l->room == 0 ? 16 : l->room * 2;
		l->rows = xrealloc(l->rows, l->room * sizeof(*l->rows));
	}
	l->rows[l->n++] = *row;
	return 0;
}

void
crl_list_touch(struct crl_list *l, const struct crl_touch *touches, size_t n)
{
	l->delta = true;
	l->touches = touches;
	l->ntouches = n;
}

uint64_t
crl_list_given(const struct crl_list *l)
{
	return l->given;
}

static int
next_row(struct crl_list *l)
{
	l->have_row = l->at < l->n + l->nmore;
	if (!l->have_row)
		return 0;
	if (l->at < l->n)
		l->row = l->rows[l->at];
	else if (fread_unlocked(&l->row, sizeof(l->row), 1, l->more) != 1)
		return io_err("read", "a temporary file");
	l->at++;
	return 0;
}

int
crl_list_rewind(void *list)
{
	struct crl_list *l = list;

	if (l->more != NULL &&
	    (fflush(l->more) != 0 || fseeko(l->more, 0, SEEK_SET) != 0))
		return io_err("rewind", "a temporary file");
	l->at = l->given = 0;
	l->run_at = l->run_end = 0;
	l->touch = 0;
	l->index = 0;
	l->have_entry = false;
	return next_row(l);
}

static void
set_serial(struct crl_list *l, uint64_t index, struct crl_entry *e)
{
	serial_make(l->serials, l->issuer, index, e->serial);
	e->serial_length = SERIAL_SIZE;
}

static void
set_entry(const struct crl_row *row, struct crl_entry *e)
{
	e->when = row->since;
	e->reason = row->reason;
	e->invalidity = row->invalidity;
}

/* The next of everything, and its index; 1, 0 at the end, -1. */
static int
next_listed(struct crl_list *l, struct crl_entry *e, uint64_t *index)
{
	while (l->have_row || l->run_at < l->run_end) {
		if (l->run_at < l->run_end &&
		    (!l->have_row || l->run_at < l->row.first)) {
			*index = l->run_at++;
			set_entry(&l->run, e);
			set_serial(l, *index, e);
			return 1;
		}
		if (l->row.count > 0) { /* a run begins */
			l->run = l->row;
			l->run_at = l->row.first;
			l->run_end = l->row.first + l->row.count;
			if (next_row(l) == -1)
				return -1;
			continue;
		}
		*index = l->row.first;
		if (l->run_at == *index)
			l->run_at++;
		set_entry(&l->row, e);
		memcpy(e->serial, l->row.serial, l->row.serial_length);
		e->serial_length = l->row.serial_length;
		return next_row(l) == -1 ? -1 : 1;
	}
	return 0;
}

/* Up to the first entry that is not before this index. */
static int
catch_up(struct crl_list *l, uint64_t index)
{
	int rc = 1;

	while (!l->have_entry || l->entry_index < index) {
		l->entry = (struct crl_entry){ 0 };
		if ((rc = next_listed(l, &l->entry, &l->entry_index)) == -1)
			return -1;
		if (rc == 0)
			l->entry_index = UINT64_MAX;
		l->have_entry = true;
	}
	return 0;
}

/* What the next index is touched by; NULL: there is none. */
static const struct crl_touch *
next_touch(struct crl_list *l)
{
	const struct crl_touch *t;

	for (; l->touch < l->ntouches; l->touch++) {
		t = &l->touches[l->touch];
		if (l->index < t->first)
			l->index = t->first;
		if (l->index < t->first + t->count)
			return t;
	}
	return NULL;
}

static int
next_touched(struct crl_list *l, struct crl_entry *e)
{
	const struct crl_touch *t = next_touch(l);

	if (t == NULL)
		return 0;
	if (catch_up(l, l->index) == -1)
		return -1;
	if (l->entry_index == l->index) {
		*e = l->entry;
	} else {
		e->when = t->at;
		e->reason = REMOVE_FROM_CRL;
		set_serial(l, l->index, e);
	}
	l->index++;
	return 1;
}

int
crl_list_next(void *list, struct crl_entry *e)
{
	struct crl_list *l = list;
	uint64_t index;
	int rc = l->delta ? next_touched(l, e) : next_listed(l, e, &index);

	if (rc == 1)
		l->given++;
	return rc;
}
