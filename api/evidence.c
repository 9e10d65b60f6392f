/*
 * Evidence: files under their SHA-256, and whether somebody else than their
 * submitter accepted them.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "registry/evidence.h"
#include "registry/evidence_type.h"
#include "registry/fields.h"

/* The path's {sha256} as octets. */
static int
name_of(const struct request *req, uint8_t sha256[HASH_SIZE])
{
	struct span hex = span_str(request_param(req, "sha256"));
	struct buf octets = BUF_EMPTY;
	int rc = -1;

	if (hex.n == 2 * HASH_SIZE && hex_decode(&octets, hex) == 0) {
		memcpy(sha256, octets.p, HASH_SIZE);
		rc = 0;
	} else
		err_set_code(ERR_INPUT, "SHA256_MALFORMED",
		    "evidence is named by its SHA-256: 64 "
		    "hexadecimal digits");
	buf_free(&octets);
	return rc;
}

static int
evidence_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"organisation", NULL };

	return forward_search(req, reply, "evidence_list", queries);
}

static int
evidence_show(struct request *req, struct reply *reply)
{
	uint8_t sha256[HASH_SIZE];

	if (name_of(req, sha256) == -1)
		return -1;
	return forward_named(req, reply, "evidence_get", "sha256");
}

/* Is it new here?  For the status alone: 201 or 200. */
static bool
is_new(struct request *req, const struct db_args *named)
{
	struct db_rows *rows = db_query(req->db, "evidence_of", named);
	bool new = rows != NULL &&rows_count(rows) == 0;

	rows_free(rows);
	return new;
}

/* What does not fit is not put where it would stay. */
static int
has_room(struct request *req, const uint8_t sha256[HASH_SIZE])
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_bytes(&args, span_of(sha256, HASH_SIZE));
	db_arg_int(&args, (int64_t)req->body_size);
	rows = db_query(req->db, "evidence_room_do", &args);
	rows_free(rows);
	return rows == NULL ? -1 : 0;
}

/* ?valid_until=, which may be missing: until then, exclusive. */
static int
take_end(const struct request *req, struct db_args *args)
{
	char text[CLOCK_TEXT_MAX];
	int64_t t;
	int rc = request_query(req, "valid_until", text, sizeof(text));

	if (rc == 1 && clock_parse(span_str(text), &t) == -1)
		return err_set_code(ERR_INPUT, "QUERY_VALUE",
		    "the query parameter \"valid_until\" must be a time in UTC "
		    "such as 2026-11-24T02:03:04Z (RFC 3339)");
	if (rc == 1)
		db_arg_time(args, t);
	else
		db_arg_null(args);
	return rc == -1 ? -1 : 0;
}

static int
evidence_upload(struct request *req, struct reply *reply)
{
	static const char *const known[] = { "filename", "valid_until", NULL };
	const char *type = request_header(req, "content-type");
	struct db_args args = DB_ARGS_EMPTY, named = DB_ARGS_EMPTY;
	char filename[201] = "";
	uint8_t sha256[HASH_SIZE];
	uint64_t size;

	if (name_of(req, sha256) == -1 ||
	    request_query_known(req, known) == -1 ||
	    request_query(req, "filename", filename, sizeof(filename)) == -1)
		return -1;
	if (type == NULL)
		type = "";
	if (has_room(req, sha256) == -1 ||
	    evidence_put(req->instance, req->body_fd, sha256, &type, &size) ==
		-1)
		return -1;
	db_arg_text(&named, request_param(req, "sha256"));
	db_arg_bytes(&args, span_of(sha256, sizeof(sha256)));
	db_arg_int(&args, (int64_t)size);
	db_arg_text(&args, type);
	db_arg_text(&args,
	    filename[0] != '\0' ? filename : request_param(req, "sha256"));
	if (take_end(req, &args) == -1)
		return -1;
	return forward(req, reply, is_new(req, &named) ? 201 : 200,
	    "evidence_add_do", &args);
}

/* The octets.  A browser must save them, not show them as ours. */
static int
evidence_content(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct evidence_type type;
	uint8_t sha256[HASH_SIZE];
	struct db_rows *rows;
	int fd, rc = -1;

	if (name_of(req, sha256) == -1)
		return -1;
	db_arg_text(&args, request_param(req, "sha256"));
	if ((rows = db_query_one(req->db, "evidence_of", &args)) == NULL)
		return -1;
	if (evidence_type_begin(&type, row_text(rows, 0, 0)) == 0 &&
	    (fd = evidence_get(req->instance, sha256)) != -1) {
		reply_header(reply, "Content-Disposition", "attachment");
		reply_header(reply, "X-Content-Type-Options", "nosniff");
		rc = reply_file(reply, type.name, fd);
	}
	rows_free(rows);
	return rc;
}

static int
judge(struct request *req, struct reply *reply, const char *state)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[HASH_SIZE];
	struct fields f;
	int64_t until;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "sha256"));
	db_arg_text(&args, state);
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	until = strcmp(state, "accepted") == 0
	    ? fields_time_opt(&f, "valid_until", 0)
	    : 0;
	if (until != 0)
		db_arg_time(&args, until);
	else
		db_arg_null(&args);
	if (fields_end(&f) == 0 && name_of(req, sha256) == 0)
		rc = forward(req, reply, 200, "evidence_judge_do", &args);
	fields_free(&f);
	return rc;
}

static int
evidence_accept(struct request *req, struct reply *reply)
{
	return judge(req, reply, "accepted");
}

static int
evidence_reject(struct request *req, struct reply *reply)
{
	return judge(req, reply, "rejected");
}

static int
evidence_supersede(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[HASH_SIZE], by[HASH_SIZE];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "sha256"));
	forward_hash(&args, &f, "by", by);
	if (fields_end(&f) == 0 && name_of(req, sha256) == 0)
		rc = forward(req, reply, 200, "evidence_supersede_do", &args);
	fields_free(&f);
	return rc;
}

static int
evidence_repudiate(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[HASH_SIZE];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "sha256"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if (fields_end(&f) == 0 && name_of(req, sha256) == 0)
		rc = forward(req, reply, 200, "evidence_repudiate_do", &args);
	fields_free(&f);
	return rc;
}

#define ONE	    "/v1/evidence/{sha256}"
#define SUBMITTERS  (ROLE_SUPPLIER | ROLE_AUDITOR | ROLE_OFFICER)
#define JUDGES	    (ROLE_OFFICER | ROLE_DECIDER)
#define REPUDIATORS (ROLE_OFFICER | ROLE_DECIDER | ROLE_SECURITY)

const struct route evidence_routes[] = {
	{ METHOD_GET, "/v1/evidence", ROLE_ANY, 0, 0, evidence_list,
	    "The evidence that the caller may see" },
	{ METHOD_PUT, ONE, SUBMITTERS, ROUTE_BODY_FILE | ROUTE_ANY_TYPE,
	    EVIDENCE_MAX, evidence_upload,
	    "Upload a file under its SHA-256; ?filename= names it for people" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, evidence_show,
	    "What a file is, who judged it, and what rests on it" },
	{ METHOD_GET, ONE "/content", ROLE_ANY, 0, 0, evidence_content,
	    "The file itself" },
	{ METHOD_POST, ONE "/accept", JUDGES, ROUTE_SIGNED, 0, evidence_accept,
	    "Accept what somebody else submitted" },
	{ METHOD_POST, ONE "/reject", JUDGES, ROUTE_SIGNED, 0, evidence_reject,
	    "Reject what somebody else submitted, and say why" },
	{ METHOD_POST, ONE "/supersede", JUDGES, ROUTE_SIGNED, 0,
	    evidence_supersede,
	    "Put another accepted piece in its place: what rests on it stays" },
	{ METHOD_POST, ONE "/repudiate", REPUDIATORS, ROUTE_SIGNED, 0,
	    evidence_repudiate,
	    "It proved false: what rests on it is judged again, now" },
	ROUTE_END,
};
