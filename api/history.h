#ifndef API_HISTORY_H
#define API_HISTORY_H

#include "api/request.h"
#include "db/conn.h"

/*
 * Who asks the history: about what, as of when, by what was known when; as
 * parameters $1 to $3, which live as long as the question.
 */
struct history_question {
	char subject[129], as_of[41], known_at[41];
};

int history_question_read(
    struct request *, struct history_question *, struct db_args *);

#endif
