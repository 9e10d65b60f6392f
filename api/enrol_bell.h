#ifndef API_ENROL_BELL_H
#define API_ENROL_BELL_H

#include "db/conn.h"
#include "registry/instance.h"

/*
 * Between an api process and the authority on the same machine: its bell is
 * rung when something was recorded, and it tells of what it has stored on ours
 * (base/bell.h).  Where there is none, the database carries both (410).
 */

void enrol_bell_open(const struct instance *);
/* Which one is ours, as a statement's next parameter; NULL: none is any good.
 */
void enrol_bell_arg(struct db_args *);
/* What was recorded with that is committed. */
void enrol_bell_ring(struct db *);

/* ---- for the module */

int enrol_bell_fd(void);
/* Take what has come; was there anything? */
bool enrol_bell_hear(void);

#endif
