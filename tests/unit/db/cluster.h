#ifndef UNIT_DB_CLUSTER_H
#define UNIT_DB_CLUSTER_H

/*
 * A private PostgreSQL for one test program: in a folder of its own under
 * /tmp, reached by a unix socket there, forgetful for speed, gone afterwards.
 * cmocka's group setup and teardown; the schema assay is there and empty.
 */

#include "../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/conn.h"

static char cluster_folder[] = "/tmp/assay-unit-XXXXXX";
static char cluster_conninfo[128];

/* As role: "user=..." is the superuser of tests, or a program's role. */
static inline struct db *
cluster_open(const char *role)
{
	char info[sizeof(cluster_conninfo) + 32];

	(void)snprintf(
	    info, sizeof(info), "%s user=%s", cluster_conninfo, role);
	return db_open(info);
}

static inline int
cluster_run(const char *script)
{
	char *text = xasprintf("d=%s; PATH=$(ls -d /usr/lib/postgresql/*/bin | "
			       "sort -V | tail -1):$PATH; { %s; } >$d/log 2>&1",
	    cluster_folder, script);
	int rc = system(text);

	free(text);
	return rc == 0 ? 0 : -1;
}

static inline int
cluster_begin(void **state)
{
	struct db *db;
	int rc;

	(void)state;
	if (mkdtemp(cluster_folder) == NULL ||
	    cluster_run("initdb -D $d/data -A trust -U tester --no-sync -E "
			"UTF8 --locale=C && pg_ctl -D $d/data -w -l $d/pg -o "
			"\"-k $d -c listen_addresses='' -c fsync=off -c "
			"timezone=UTC -c jit=off\" start") == -1)
		return -1;
	(void)snprintf(cluster_conninfo, sizeof(cluster_conninfo),
	    "host=%s dbname=postgres", cluster_folder);
	db = cluster_open("tester");
	rc = db_script(db,
	    "CREATE ROLE assay_owner; CREATE ROLE assay_api LOGIN;"
	    "CREATE ROLE assay_authority LOGIN BYPASSRLS;"
	    "CREATE ROLE assay_follower LOGIN BYPASSRLS;"
	    "CREATE ROLE assay_notifier LOGIN;"
	    "CREATE SCHEMA assay AUTHORIZATION assay_owner;"
	    "ALTER DATABASE postgres SET search_path = assay, pg_temp");
	db_close(db);
	return rc;
}

static inline int
cluster_end(void **state)
{
	(void)state;
	(void)cluster_run("pg_ctl -D $d/data -m immediate stop");
	return cluster_run("rm -rf $d/data $d/pg; rm -rf $d") == 0 ? 0 : 0;
}

#endif
