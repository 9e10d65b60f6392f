/*
 * What others tell over the database: LISTEN, and waiting for it.
 */

#include <libpq-fe.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"
#include "db/error.h"
#include "db/pg.h"

int
db_listen_again(struct db *db)
{
	char sql[96];

	(void)snprintf(sql, sizeof(sql), "LISTEN %s", db->listening);
	return db_command(db, sql);
}

int
db_listen(struct db *db, const char *channel)
{
	free(db->listening);
	db->listening = xstrdup(channel);
	if (db->pg == NULL || PQstatus(db->pg) != CONNECTION_OK)
		return db_connect(db);
	return db_listen_again(db);
}

/* How many notifications have arrived; all but the first payload is forgotten.
 */
static int
take_notifications(struct db *db)
{
	PGnotify *note;
	int n = 0;

	while ((note = PQnotifies(db->pg)) != NULL) {
		if (n++ == 0)
			(void)snprintf(
			    db->heard, sizeof(db->heard), "%s", note->extra);
		else if (strcmp(db->heard, note->extra) != 0)
			db->heard[0] = '\0';
		PQfreemem(note);
	}
	return n;
}

bool
db_heard_only(const struct db *db, const char *payload)
{
	return strcmp(db->heard, payload) == 0;
}

int
db_take_notifications(
    struct db *db, bool read, void (*each)(const char *payload))
{
	PGnotify *note;
	int n = 0;

	if (db->pg == NULL)
		return 0;
	if (read && !PQconsumeInput(db->pg)) {
		PQfinish(db->pg);
		db->pg = NULL;
		return 0;
	}
	while ((note = PQnotifies(db->pg)) != NULL) {
		each(note->extra);
		PQfreemem(note);
		n++;
	}
	return n;
}

int
db_wait(struct db *db, int wake_fd, int timeout_ms)
{
	struct pollfd fds[2];

	db->heard[0] = '\0';
	if (db_connect(db) == -1)
		return -1;
	if (take_notifications(db) > 0)
		return 1;
	fds[0] = (struct pollfd){ PQsocket(db->pg), POLLIN, 0 };
	fds[1] = (struct pollfd){ wake_fd, POLLIN, 0 };
	if (poll(fds, wake_fd == -1 ? 1 : 2, timeout_ms) <= 0)
		return 0;
	if (fds[0].revents != 0 && !PQconsumeInput(db->pg))
		return db_error(db->pg, NULL);
	return take_notifications(db) > 0 ? 1 : 0;
}
