/*
 * Receipts to the TSA (db/schema/342_receipt_stamp.sql): one request a minute
 * at most, again and again until it is answered.
 */

#include <sys/prctl.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <curl/curl.h>

#include "api/notifier/stamper.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "db/conn.h"
#include "key/hash.h"
#include "key/merkle.h"
#include "x509/tsp.h"

#define LOOK_S	    2
#define AGAIN_S	    5 /* after a failure */
#define TIMEOUT_MS  20000L
#define ANSWER_MOST (256 * 1024)
#define CA_MOST	    (1024 * 1024)

struct stamper {
	const struct instance *in;
	struct db *db;
};

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
	struct buf *answer = ctx;

	if (answer->n + size * n > ANSWER_MOST)
		return 0;
	buf_put(answer, p, size * n);
	return size * n;
}

/* RFC 3161 section 3.4 */
static int
post(const struct stamper *s, struct span request, struct buf *answer)
{
	struct curl_slist *headers = curl_slist_append(
	    NULL, "Content-Type: application/timestamp-query");
	CURL *c = curl_easy_init();
	long status = 0;
	CURLcode rc;

	if (c == NULL)
		abort(); /* out of memory */
	(void)curl_easy_setopt(c, CURLOPT_URL, s->in->tsa_url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(
	    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.n);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, (const char *)request.p);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	rc = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		return err_set(ERR_BUSY, "%s", curl_easy_strerror(rc));
	return status == 200 ? 0 : err_set(ERR_BUSY, "it answered %ld", status);
}

/* What comes is verified before it is kept, by the CAs that are in the file by
 * then: it may have to be put right first. */
static int
ask(const struct stamper *s, const uint8_t *root, struct buf *token,
    int64_t *when)
{
	struct buf request = BUF_EMPTY, answer = BUF_EMPTY, cas = BUF_EMPTY;
	uint8_t nonce[TSP_NONCE];
	int rc = -1;

	hash_random(nonce, sizeof(nonce));
	if (io_read_file(s->in->tsa_ca, CA_MOST, &cas) == 0 &&
	    tsp_request_write(root, nonce, &request) == 0 &&
	    post(s, buf_span(&request), &answer) == 0 &&
	    tsp_response_read(buf_span(&answer), root, nonce, token) == 0)
		rc = tsp_token_verify(
		    buf_span(token), root, buf_span(&cas), when);
	buf_free(&cas);
	buf_free(&request);
	buf_free(&answer);
	return rc;
}

static int
stamp(const struct stamper *s, int64_t id, struct span leaves)
{
	struct merkle *tree = merkle_new(leaves.p, leaves.n / MERKLE_SIZE);
	struct db_args args = DB_ARGS_EMPTY;
	struct buf token = BUF_EMPTY;
	uint8_t root[MERKLE_SIZE];
	int64_t when;
	int rc;

	merkle_root(tree, root);
	merkle_free(tree);
	if ((rc = ask(s, root, &token, &when)) == 0) {
		db_arg_int(&args, id);
		db_arg_bytes(&args, buf_span(&token));
		db_arg_time(&args, when);
		rc = db_exec(s->db, "receipt_stamp_add_do", &args) == -1 ? -1
									 : 0;
	}
	buf_free(&token);
	return rc;
}

static int
turn(const struct stamper *s)
{
	struct db_rows *rows = db_query(s->db, "receipt_stamp_next_do", NULL);
	int rc = 0;

	if (rows == NULL)
		return -1;
	if (rows_count(rows) == 1)
		rc = stamp(s, row_int(rows, 0, 0), row_bytes(rows, 0, 1));
	rows_free(rows);
	return rc;
}

/* Its first failure is told, and that it works again. */
static void
serve(struct stamper *s)
{
	bool failing = false;
	int rc;

	for (;;) {
		rc = turn(s);
		if (rc == -1 && !failing)
			log_err("have receipts stamped");
		else if (rc == 0 && failing)
			log_write(LOG_NOTE, "receipts are stamped again");
		failing = rc == -1;
		(void)sleep(failing ? AGAIN_S : LOOK_S);
	}
}

/* Without it no receipt is stamped, and nobody would notice: both start again.
 */
static void
has_ended(int sig)
{
	(void)sig;
	_exit(1);
}

int
stamper_start(const struct instance *in)
{
	char conninfo[INSTANCE_CONNINFO_MAX];
	struct stamper s = { .in = in };
	pid_t parent = getpid(), child;

	if (in->tsa_url[0] == '\0')
		return 0;
	(void)signal(SIGCHLD, has_ended);
	if ((child = fork()) != 0)
		return child != -1
		    ? 0
		    : err_set(ERR_INTERNAL, "could not start the stamper");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	if (getppid() != parent)
		_exit(1);
	s.db = db_open(instance_conninfo(in, "assay_notifier", conninfo));
	serve(&s);
	_exit(1);
}
