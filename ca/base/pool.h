#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Threads that share out a long row of equal pieces of work.
 *
 * Pieces must not touch what another piece touches.  What a piece may use from
 * below has a slot a thread: the last failure (err.h), contexts of libcrypto
 * (key/hash.h, key/key.h).  Not the database, not the log.
 */
struct pool;

/*
 * threads: how many work at the same time, the caller among them; 0: as many
 * as there are cores.  at_end, if any, is called by each as it ends.
 */
struct pool *pool_new(int threads, void (*at_end)(void));
void pool_free(struct pool *);
/*
 * How many pieces a thread takes together: 32 unless this says otherwise,
 * before anything is begun.  No other thread is woken for so few.
 */
void pool_share_out(struct pool *, size_t at_once);

/*
 * piece(ctx, i) for each i below n, in no order.  Returns when all is done.
 * -1 if a piece returned -1: with its failure in the caller's slot; of several
 * that failed the lowest i's.  Pieces behind one that failed may be left out.
 */
int pool_each(
    struct pool *, size_t n, int (*piece)(void *ctx, size_t i), void *ctx);

/*
 * The same in two halves: the other threads work while the caller does
 * something else, which touches nothing of the pieces', and then helps with
 * what is left.  Where there are no other threads, pool_begin() does it all.
 * Nothing else may be begun before pool_join(), which returns as pool_each()
 * does.
 */
void pool_begin(
    struct pool *, size_t n, int (*piece)(void *ctx, size_t i), void *ctx);
int pool_join(struct pool *);
/*
 * Instead of pool_join(), by whoever has failed meanwhile: nothing more is
 * begun, and the failure is kept.
 */
void pool_drop(struct pool *);
/*
 * Between the two: help until piece i is done, which from then on is the
 * caller's to read.  -1: a piece has failed; pool_join() tells how.
 */
int pool_until(struct pool *, size_t i);
/* Between the two: is nothing left to be done, so that pool_join() won't wait?
 */
bool pool_has_ended(struct pool *);

#endif
