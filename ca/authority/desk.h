#ifndef AUTHORITY_DESK_H
#define AUTHORITY_DESK_H

#include "authority/authority.h"

/*
 * Open lots whose devices wait for an answer: the short way to a certificate.
 *
 * A desk is what is remembered of such a lot: that its right to be issued was
 * proven, and on what footing (db/schema/418_footing.sql); who issues it; and
 * indexes that were reserved ahead, in the database as ever.  All that wait are
 * then looked at, made and stored together: one statement reads them, another
 * stores them and looks whether the footing has moved.  It can be lost at any
 * time.
 *
 * Whatever is out of the ordinary is left to lot_run(), which takes its time:
 * devices that renew or have another TrE now, rows that are to be refused,
 * rights that ended.
 */
struct desk;

/*
 * As long as somebody waits, or for a moment.  *busy: there is more;
 * *left: there is something for lot_run().
 */
int desk_run(struct authority *, bool *busy, bool *left);

/* Lots that need no lot_run(): put behind what is in an array's literal. */
void desk_put_ids(const struct authority *, struct buf *);
/* lot_run() has been at it: from now on the short way again. */
void desk_done(struct authority *, int64_t lot);

/* Before waiting: whoever asks from now on calls (410).  Look once more. */
void desk_sleep(struct authority *);

/*
 * The bell that the api rings when it has recorded something (base/bell.h), or
 * the wish that we end: what to poll.  Nothing that is said there is read.
 */
int desk_bell_fd(struct authority *);
bool desk_bell_rang(void);

/* In how many ms those who follow the status log are to hear of what was
 * issued; and tell them, if it is time. */
int64_t desk_tell_in(void);
int desk_tell_followers(struct authority *);

/* Indexes of lots that are over become void. */
int desk_sweep(struct authority *);
/* All that is reserved will be void (main.c), or is (the connection is lost).
 */
void desk_forget_all(struct authority *);
/* The end: what is reserved is void. */
void desk_close_all(struct authority *);

#endif
