#ifndef DB_TICK_H
#define DB_TICK_H

#include <stdint.h>

#include "db/conn.h"

/*
 * Write down everything that is due by the clock: ends of CoCs, declarations
 * and sites, lapses of emergency measures (db/schema, clock_tick).  For
 * assay-authority, every second or so.  Calling it twice does nothing twice.
 *
 * wall is where the database's clock was when looked at (clock_wall): nothing
 * is due by one that has leapt since.
 *
 * Returns how many rows changed, or -1.
 */
int64_t db_tick(struct db *, int64_t wall);

#endif
