/*
 * A batch's answer goes through a file without a name.
 */

#include <unistd.h>

#include "api/batch_answer.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "db/conn.h"
#include "key/merkle.h"
#include "registry/instance.h"

enum column { HEAD, ID, SIZE, LEAVES };

/* Of the operator that is named, where it is. */
static struct db_rows *
ask(struct request *req, const char *batch, int from)
{
	char whose[128];
	int named = request_query(req, "operator", whose, sizeof(whose));
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	if (named == -1)
		return NULL;
	db_arg_text(&args, batch);
	if (from >= 0)
		db_arg_int(&args, from);
	else
		db_arg_null(&args);
	db_arg_text(&args, named == 1 ? whose : NULL);
	rows = db_query(req->db, "decision_batch_get", &args);
	if (rows != NULL && rows_count(rows) == 0) {
		rows_free(rows);
		rows = NULL;
		err_set_code(ERR_ABSENT, "BATCH_ABSENT",
		    "there is no such batch of yours");
	}
	return rows;
}

int
batch_answer_head(struct request *req, struct reply *reply, const char *batch)
{
	struct db_rows *rows = ask(req, batch, -1);

	if (rows == NULL)
		return -1;
	reply_json(reply, 200, row_text(rows, 0, HEAD));
	rows_free(rows);
	return 0;
}

static void
put_line(
    struct buf *out, const struct merkle *tree, int index, const char *leaf)
{
	uint8_t path[MERKLE_DEEP][MERKLE_SIZE];
	size_t i, n = merkle_path(tree, (size_t)index, path);

	buf_printf(out, "{\"index\":%d,\"item\":%s,\"path\":[", index, leaf);
	for (i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? ",\"" : "\"");
		hex_encode(out, span_of(path[i], MERKLE_SIZE));
		buf_putc(out, '"');
	}
	buf_puts(out, "]}\n");
}

/* A thousand of them from that one on; how many, or -1. */
static int
put_page(struct request *req, int64_t id, int from, const struct merkle *tree,
    struct buf *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int i, n;

	db_arg_int(&args, id);
	db_arg_int(&args, from);
	if ((rows = db_query(req->db, "decision_batch_items", &args)) == NULL)
		return -1;
	n = rows_count(rows);
	for (i = 0; i < n; i++)
		put_line(
		    out, tree, (int)row_int(rows, i, 0), row_text(rows, i, 1));
	rows_free(rows);
	return n;
}

static int
write_answer(struct request *req, struct db_rows *rows, int from,
    const struct merkle *tree, int fd)
{
	struct buf out = BUF_EMPTY;
	int n, rc = -1;

	buf_printf(&out, "%s\n", row_text(rows, 0, HEAD));
	do {
		n = put_page(req, row_int(rows, 0, ID), from, tree, &out);
		if (n == -1 || io_write_all(fd, buf_span(&out)) == -1)
			goto out;
		buf_clear(&out);
		from += n;
	} while (n > 0);
	rc = lseek(fd, 0, SEEK_SET) == 0
	    ? 0
	    : err_set(ERR_INTERNAL, "an answer's file cannot be read");
out:
	buf_free(&out);
	return rc;
}

int
batch_answer(
    struct request *req, struct reply *reply, const char *batch, int from)
{
	struct db_rows *rows = ask(req, batch, from);
	struct merkle *tree = NULL;
	struct span leaves;
	int fd = -1, rc = -1;

	if (rows == NULL)
		return -1;
	leaves = row_bytes(rows, 0, LEAVES);
	if (leaves.n == 0) {
		err_set_code(ERR_CONFLICT, "BATCH_UNDECIDED",
		    "the batch is not judged yet: send it again");
		goto out;
	}
	tree = merkle_new(leaves.p, leaves.n / MERKLE_SIZE);
	if ((fd = instance_temporary(req->instance)) == -1 ||
	    write_answer(req, rows, from, tree, fd) == -1)
		goto out;
	rc = reply_file(reply, "application/x-ndjson", fd);
	fd = -1;
out:
	if (fd != -1)
		(void)close(fd);
	merkle_free(tree);
	rows_free(rows);
	return rc;
}
