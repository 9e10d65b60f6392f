/*
 * Decisions in the record.  Words of the database that we don't know become
 * the fact that permits nothing.
 */

#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/decision_inside.h"

#define EVIDENCE_CLOCK_TEXT 64

static const struct word certificate_words[] = {
	{ "issued", STANDING_GOOD },
	{ "on_hold", STANDING_ON_HOLD },
	{ "revoked", STANDING_REVOKED },
	{ NULL, 0 },
};

/* a retired CA signs no more, and what it has signed stays good */
static const struct word issuer_words[] = {
	{ "active", STANDING_GOOD },
	{ "retired", STANDING_GOOD },
	{ "on_hold", STANDING_ON_HOLD },
	{ "revoked", STANDING_REVOKED },
	{ NULL, 0 },
};

static const struct word device_words[] = {
	{ "accredited", DEVICE_IS_FINE },
	{ "in_service", DEVICE_IS_FINE },
	{ "quarantined", DEVICE_IS_QUARANTINED },
	{ "stolen", DEVICE_IS_STOLEN },
	{ "retired", DEVICE_IS_RETIRED },
	{ NULL, 0 },
};

static const struct word mode_words[] = {
	{ "tre_and_platform", MODE_TRE_AND_PLATFORM },
	{ "platform_only", MODE_PLATFORM_ONLY },
	{ NULL, 0 },
};

/* Would leaving the TrE away be a way round what is known of it? */
static bool
bound_is_bad(const struct db_rows *rows, int row)
{
	if (row_null(rows, row, BOUND_TO))
		return false;
	return db_word_find(certificate_words,
		   row_text(rows, row, BOUND_STANDING)) != STANDING_GOOD ||
	    db_word_find(device_words, row_text(rows, row, BOUND_STATE)) !=
	    DEVICE_IS_FINE ||
	    db_measures_forbid(row_text(rows, row, BOUND_MEASURES));
}

/* Of a terminal: its TrE's, where not all of that is in force. */
static void
read_bound(struct db_rows *rows, int row, struct facts *f)
{
	json_t *j;
	char *hardware;

	if (row_null(rows, row, HARDWARE))
		return;
	j = json_loads(row_text(rows, row, HARDWARE), 0, NULL);
	f->bound_doubtful = true;
	f->bound_issuer = (enum standing)db_word_find(
	    issuer_words, json_string_value(json_object_get(j, "issuer")));
	f->bound_issued = json_integer_value(json_object_get(j, "issued"));
	db_coc_read(row_text(rows, row, HARDWARE), &f->bound_model);
	hardware = json_dumps(json_object_get(j, "hardware"), JSON_COMPACT);
	db_coc_read(hardware != NULL ? hardware : "", &f->bound_hardware);
	free(hardware);
	json_decref(j);
}

static void
read_consent(struct db_rows *rows, int row, struct decision_consent *c)
{
	json_t *j = json_loads(row_text(rows, row, CUSTODY), 0, NULL);
	const char *issuer = json_string_value(json_object_get(j, "issuer"));

	buf_put_span(&c->der, row_bytes(rows, row, DER));
	c->good = db_word_find(certificate_words,
		      row_text(rows, row, CERT_STATE)) == STANDING_GOOD;
	(void)snprintf(
	    c->issuer, sizeof(c->issuer), "%s", issuer != NULL ? issuer : "");
	c->organisation =
	    json_integer_value(json_object_get(j, "organisation"));
	c->device = json_integer_value(json_object_get(j, "device"));
	c->custodian = json_is_true(json_object_get(j, "custodian"));
	c->used = !json_is_false(json_object_get(j, "used"));
	c->forgotten = json_integer_value(json_object_get(j, "forgotten"));
	json_decref(j);
}

static void
read_side(struct db_rows *rows, int row, struct facts *f,
    struct side_facts *side, struct decision_side *record)
{
	record->registered = true;
	record->in_pieces = row_null(rows, row, DER);
	buf_put_span(&record->der, row_bytes(rows, row, DER));
	record->device = row_int(rows, row, DEVICE);
	record->not_in_service =
	    strcmp(row_text(rows, row, DEVICE_STATE), "accredited") == 0;
	record->bound_to = row_int(rows, row, BOUND_TO);
	record->crl_number = row_int(rows, row, CRL_NUMBER);
	ROW_COPY(record->tac, rows, row, TAC);
	side->standing = (enum standing)db_word_find(
	    certificate_words, row_text(rows, row, CERT_STATE));
	side->issuer = (enum standing)db_word_find(
	    issuer_words, row_text(rows, row, ISSUER_STATE));
	side->status_fresh = strcmp(row_text(rows, row, FRESH), "true") == 0;
	side->device = (enum device_fact)db_word_find(
	    device_words, row_text(rows, row, DEVICE_STATE));
	side->issued = row_time(rows, row, ISSUED);
	db_coc_read(row_text(rows, row, MODEL), &side->model);
	side->site_accredited_at_issue =
	    strcmp(row_text(rows, row, SITE), "true") == 0;
	db_custody_read(row_text(rows, row, CUSTODY), &side->custody);
	if (!db_measures_read(row_text(rows, row, MEASURES), f))
		f->measures_known = false;
}

/* The clock, the last event, the operator and its policy. */
static void
read_now(struct db_rows *rows, int row, struct facts *f,
    struct decision_record *record)
{
	struct span hash;

	record->now = row_time(rows, row, ISSUED);
	record->event = row_int(rows, row, LAST_EVENT);
	hash = row_bytes(rows, row, DER);
	if (hash.n == sizeof(record->event_sha256))
		memcpy(record->event_sha256, hash.p, hash.n);
	f->operator_authenticated = true;
	f->operator_enabled =
	    strcmp(row_text(rows, row, CERT_STATE), "active") == 0;
	f->operator_platform_only = row_bool(rows, row, PLATFORM_ONLY);
	if (row_null(rows, row, POLICY))
		f->policy = &operator_policy_floor;
	else if (operator_policy_read(
		     row_text(rows, row, POLICY), &record->policy) == 0)
		f->policy = &record->policy;
}

static void
put_consent(struct db_args *args, const struct decision_consent *c)
{
	if (c->id == NULL) {
		db_arg_null(args);
		db_arg_null(args);
		db_arg_null(args);
		return;
	}
	db_arg_bytes(args, c->signer);
	db_arg_text(args, c->id);
	db_arg_bytes(args, c->certificate);
}

void
db_decision_read(struct db_rows *rows, int row, struct facts *f,
    struct decision_record *record)
{
	const char *side = row_text(rows, row, SIDE);

	if (strcmp(side, "now") == 0)
		read_now(rows, row, f, record);
	else if (strcmp(side, "consent") == 0)
		read_consent(rows, row, &record->consent);
	else if (strcmp(side, "tre") == 0) {
		read_side(rows, row, f, &f->tre, &record->tre);
		db_coc_read(row_text(rows, row, HARDWARE), &f->hardware);
		f->evidence.asked =
		    evidence_kind_find(row_text(rows, row, EVIDENCE));
		record->referenced =
		    strcmp(row_text(rows, row, REFERENCED), "false") != 0;
	} else {
		read_side(rows, row, f, &f->platform, &record->platform);
		f->bound_tre_known_bad = bound_is_bad(rows, row);
		read_bound(rows, row, f);
		record->default_mode = (enum decision_mode)db_word_find(
		    mode_words, row_text(rows, row, DEFAULT_MODE));
	}
}

int
db_decision_facts(struct db *db, int64_t operator, const char * purpose,
    struct span tre_sha256, struct span platform_sha256, struct facts *f,
    struct decision_record *record)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int i;

	if (tre_sha256.n > 0)
		db_arg_bytes(&args, tre_sha256);
	else
		db_arg_null(&args);
	if (platform_sha256.n > 0)
		db_arg_bytes(&args, platform_sha256);
	else
		db_arg_null(&args);
	db_arg_int(&args, operator);
	db_arg_text(&args, purpose);
	put_consent(&args, &record->consent);
	if ((rows = db_query(db, "decision_facts", &args)) == NULL)
		return -1;
	f->nmeasures = 0;
	f->measures_known = true;
	for (i = 0; i < rows_count(rows); i++)
		db_decision_read(rows, i, f, record);
	rows_free(rows);
	return 0;
}

/* What all have in common; the policy stays the first one's. */
static void
take_common(struct decision_wanted *w, const struct facts *f,
    const struct decision_record *record)
{
	w->facts->nmeasures = 0;
	w->facts->measures_known = true;
	w->facts->operator_authenticated = f->operator_authenticated;
	w->facts->operator_enabled = f->operator_enabled;
	w->facts->operator_platform_only = f->operator_platform_only;
	w->facts->policy = f->policy;
	w->record->now = record->now;
	w->record->event = record->event;
	memcpy(w->record->event_sha256, record->event_sha256,
	    sizeof(record->event_sha256));
}

int
db_decision_facts_many(struct db *db, const struct facts *f,
    const struct decision_record *record, struct decision_wanted *wanted,
    size_t n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array tre, platform;
	struct decision_wanted *w;
	struct db_rows *rows;
	size_t i;
	int r;

	db_array_begin(&tre, DB_BYTEA);
	db_array_begin(&platform, DB_BYTEA);
	for (i = 0; i < n; i++) {
		take_common(&wanted[i], f, record);
		db_array_put(&tre, wanted[i].tre_sha256);
		db_array_put(&platform, wanted[i].platform_sha256);
	}
	db_arg_array(&args, &tre);
	db_arg_array(&args, &platform);
	rows = db_query_binary(db, "decision_facts_many", &args);
	for (r = 0; rows != NULL && r < rows_count(rows); r++) {
		w = &wanted[row_int(rows, r, PLACE) - 1];
		db_decision_read(rows, r, w->facts, w->record);
	}
	db_array_free(&tre);
	db_array_free(&platform);
	if (rows == NULL)
		return -1;
	rows_free(rows);
	return 0;
}

/* A row of the database's type evidence_clock; NULL: not shown. */
static const char *
clock_text(const struct evidence_clock *c, char text[EVIDENCE_CLOCK_TEXT])
{
	if (!c->shown)
		return NULL;
	(void)snprintf(text, EVIDENCE_CLOCK_TEXT,
	    "(%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%s)", c->clock, c->resets,
	    c->restarts, c->safe ? "t" : "f");
	return text;
}

int
db_decision_evidence(struct db *db, struct span tre_sha256,
    const char *measured, const char *claimed,
    const struct evidence_clock *clock, struct facts *f)
{
	struct evidence_facts *e = &f->evidence;
	struct db_args args = DB_ARGS_EMPTY;
	char text[EVIDENCE_CLOCK_TEXT];
	struct db_rows *rows;

	db_arg_bytes(&args, tre_sha256);
	db_arg_text(&args, evidence_kind_text(e->shown));
	db_arg_text(&args, measured);
	db_arg_text(&args, claimed);
	db_arg_text(&args, clock_text(clock, text));
	if ((rows = db_query_one(db, "decision_evidence_do", &args)) == NULL)
		return -1;
	e->measurement = measurement_fact_find(row_text(rows, 0, 0));
	if (!row_null(rows, 0, 1))
		ROW_COPY(f->firmware, rows, 0, 1);
	e->update_available = row_bool(rows, 0, 2);
	e->key_enrolled = row_bool(rows, 0, 3);
	e->order = order_fact_find(row_text(rows, 0, 4));
	rows_free(rows);
	return 0;
}

int
db_decision_consent(struct db *db, struct decision_consent *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	if (c->id == NULL)
		return 0;
	put_consent(&args, c);
	if ((rows = db_query(db, "decision_consent", &args)) == NULL)
		return -1;
	if (rows_count(rows) == 1)
		read_consent(rows, 0, c);
	rows_free(rows);
	return 0;
}

void
decision_record_free(struct decision_record *record)
{
	buf_free(&record->tre.der);
	buf_free(&record->platform.der);
	buf_free(&record->consent.der);
	operator_policy_free(&record->policy);
}

enum challenge_fact
db_challenge_find(const char *text)
{
	static const struct word words[] = {
		{ "good", CHALLENGE_IS_GOOD },
		{ "expired", CHALLENGE_IS_EXPIRED },
		{ "replayed", CHALLENGE_IS_REPLAYED },
		{ NULL, 0 },
	};

	return (enum challenge_fact)db_word_find(words, text);
}

int
db_challenge_consume(
    struct db *db, struct span challenge, enum challenge_fact *fact)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_bytes(&args, challenge);
	rows = db_query_one(db, "challenge_consume_do", &args);
	if (rows == NULL)
		return -1;
	*fact = db_challenge_find(row_text(rows, 0, 0));
	rows_free(rows);
	return 0;
}
