#ifndef REGISTRY_FIELDS_H
#define REGISTRY_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "registry/json_long.h"

/*
 * A JSON object from outside, read strictly: no duplicate names, no trailing
 * octets, bounded depth, no field that nobody asked for.
 *
 *	struct fields f;
 *	const char *handle, *name;
 *
 *	fields_open(&f, req->body);
 *	handle = fields_handle(&f, "handle");
 *	name = fields_text(&f, "name", 1, 64);
 *	if (fields_end(&f) == -1)
 *		goto out;
 *
 * The first failure is remembered and every getter after it returns nothing,
 * so only fields_end() needs a check; use no value before it.  The sentence
 * names the field and the rule: ERR_INPUT, code FIELD_* or JSON_MALFORMED.
 * Texts live until fields_free().
 */

#define FIELDS_DEPTH_MAX 16
#define FIELDS_COUNT_MAX 64

struct fields {
	json_t *root;	   /* owned, except in a part of another */
	const char *where; /* "" or the name of the object that this is in */
	bool failed;
	bool borrowed;
	const char *asked[FIELDS_COUNT_MAX];
	size_t nasked;
	const struct json_long *texts; /* that jansson was not shown, or NULL */
};

void fields_open(struct fields *, struct span json);
/*
 * One of which long texts were put aside: in a list of texts they are good,
 * whatever is in them, and fields_text_whole() gives them; to every other
 * getter they break a rule.
 */
void fields_open_long(struct fields *, const struct json_long *);

/* One that is parsed already; the reference stays the caller's. */
void fields_of(struct fields *, json_t *object, const char *where);

/* UTF-8 that steers nobody (base/text.h), least to most octets. */
const char *fields_text(
    struct fields *, const char *name, size_t least, size_t most);
/* The same, NULL when it is not there. */
const char *fields_text_opt(
    struct fields *, const char *name, size_t least, size_t most);

/* ^[a-z0-9][a-z0-9-]{1,39}$ */
const char *fields_handle(struct fields *, const char *name);
const char *fields_handle_opt(struct fields *, const char *name);

/* "country": two capital letters. */
const char *fields_country(struct fields *);

/* One of the words, "a|b|c". */
const char *fields_word(struct fields *, const char *name, const char *words);
const char *fields_word_opt(
    struct fields *, const char *name, const char *words);

/* A whole number; 0 after a failure. */
int64_t fields_int(
    struct fields *, const char *name, int64_t least, int64_t most);
int64_t fields_int_opt(struct fields *, const char *name, int64_t least,
    int64_t most, int64_t otherwise);

bool fields_bool(struct fields *, const char *name);
bool fields_bool_opt(struct fields *, const char *name, bool otherwise);

/* RFC 3339 in UTC, as seconds since 1970. */
int64_t fields_time(struct fields *, const char *name);
int64_t fields_time_opt(struct fields *, const char *name, int64_t otherwise);
/* YYYY-MM-DD, as it was written. */
const char *fields_date(struct fields *, const char *name);
const char *fields_date_opt(struct fields *, const char *name);

/* Exactly n octets as 2n lower-case hex digits; zeroes after a failure. */
void fields_hex(struct fields *, const char *name, uint8_t *out, size_t n);
/* Base64 (RFC 4648 section 4), least to most octets decoded, appended. */
void fields_base64(
    struct fields *, const char *name, size_t least, size_t most, struct buf *);
/* The same; false, and nothing appended, when it is not there. */
bool fields_base64_opt(
    struct fields *, const char *name, size_t least, size_t most, struct buf *);

/* Whatever it is; borrowed, NULL after a failure. */
json_t *fields_any(struct fields *, const char *name);

/* An array of least to most of whatever; borrowed. */
json_t *fields_array(
    struct fields *, const char *name, size_t least, size_t most);

/* An array of least to most texts of up to length octets; borrowed. */
json_t *fields_texts(struct fields *, const char *name, size_t least,
    size_t most, size_t length);
json_t *fields_texts_opt(
    struct fields *, const char *name, size_t most, size_t length);
/* The same of words, each one of "a|b|c". */
json_t *fields_words(struct fields *, const char *name, size_t least,
    size_t most, const char *words);
json_t *fields_words_opt(
    struct fields *, const char *name, size_t most, const char *words);
/* All of a text of such a list. */
struct span fields_text_whole(const struct fields *, const json_t *text);

/* The same of SHA-256, each 64 lower-case hex digits; least 0: may be absent.
 */
json_t *fields_hashes(
    struct fields *, const char *name, size_t least, size_t most);

/* Is it there, and null?  Such a member is asked for by this alone. */
bool fields_is_null(struct fields *, const char *name);

/* An object for the caller to read further; borrowed. */
json_t *fields_object(struct fields *, const char *name);
json_t *fields_object_opt(struct fields *, const char *name);

/* A rule of the caller's own that a field broke. */
void fields_refuse(struct fields *, const char *name, const char *rule, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * All is read: refuses fields that no getter asked for.  0, or -1 with the
 * first failure in the error slot.  Safe to call on a failed fields_open().
 */
int fields_end(struct fields *);

void fields_free(struct fields *);

#endif
