/*
 * The head that is kept outside the database.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "db/restore.h"
#include "revoke/seen.h"

#define FIRST_LINE "assay seen 1\n"
#define MAC_LINE   "mac "
#define FILE_MOST  (4u << 20)

static void
put_hex(struct buf *b, const char *name, uint64_t n, const uint8_t *hash)
{
	buf_printf(b, "%s %llu ", name, (unsigned long long)n);
	hex_encode(b, span_of(hash, HASH_SIZE));
	buf_puts(b, "\n");
}

static void
write_lines(const struct seen *s, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];
	size_t i;

	buf_printf(b, FIRST_LINE "name %s\n", s->name);
	put_hex(b, "event", s->event, s->hash);
	put_hex(b, "feed", s->feed, s->feed_sha256);
	put_hex(b, "kit", s->kit, s->kit_sha256);
	buf_printf(b, "notices %lld\ntime %s\n", (long long)s->notices,
	    clock_write(clock_now(), text));
	for (i = 0; i < s->nmarks; i++)
		buf_printf(b, "index %u %llu\n", s->marks[i].issuer,
		    (unsigned long long)s->marks[i].next);
}

static void
put_mac(const struct seen *s, struct span text, struct buf *out)
{
	uint8_t mac[HASH_SIZE];

	hash_hmac(span_of(s->key, HASH_SIZE), text, mac);
	buf_puts(out, MAC_LINE);
	hex_encode(out, span_of(mac, HASH_SIZE));
	buf_puts(out, "\n");
}

int
seen_write(struct seen *s)
{
	struct buf b = BUF_EMPTY, mac = BUF_EMPTY;
	int rc;

	write_lines(s, &b);
	put_mac(s, buf_span(&b), &mac);
	buf_put_span(&b, buf_span(&mac));
	rc = io_write_file(s->path, 0600, buf_span(&b));
	s->unwritten = rc == -1;
	buf_free(&mac);
	buf_free(&b);
	return rc;
}

/* ---- reading */

static int
damaged(void)
{
	return err_set(ERR_INPUT, "it is damaged");
}

static int
get_hash(const char *hex, uint8_t hash[HASH_SIZE])
{
	struct buf b = BUF_EMPTY;
	int rc = -1;

	if (hex_decode(&b, span_str(hex)) == 0 && b.n == HASH_SIZE) {
		memcpy(hash, b.p, HASH_SIZE);
		rc = 0;
	}
	buf_free(&b);
	return rc;
}

static int
read_line(struct seen *s, const char *line)
{
	unsigned long long n, next;
	char word[SEEN_NAME], hex[2 * HASH_SIZE + 1];
	long long notices;

	if (sscanf(line, "name %39[a-z0-9-]", word) == 1)
		(void)snprintf(s->name, sizeof(s->name), "%s", word);
	else if (sscanf(line, "event %llu %64[0-9a-f]", &n, hex) == 2) {
		s->event = n;
		return get_hash(hex, s->hash);
	} else if (sscanf(line, "feed %llu %64[0-9a-f]", &n, hex) == 2) {
		s->feed = n;
		return get_hash(hex, s->feed_sha256);
	} else if (sscanf(line, "kit %llu %64[0-9a-f]", &n, hex) == 2) {
		s->kit = n;
		return get_hash(hex, s->kit_sha256);
	} else if (sscanf(line, "notices %lld", &notices) == 1)
		s->notices = notices;
	else if (sscanf(line, "index %llu %llu", &n, &next) == 2)
		(void)seen_mark(s, (uint32_t)n, next);
	return 0;
}

/* The MAC is over all that stands before its line, and nothing is behind it. */
static int
check_mac(const struct seen *s, const char *text, const char *mac_line)
{
	struct buf want = BUF_EMPTY;
	int rc;

	put_mac(s, span_of((const uint8_t *)text, (size_t)(mac_line - text)),
	    &want);
	rc = strcmp(buf_str(&want), mac_line) == 0 ? 0 : damaged();
	buf_free(&want);
	return rc;
}

static int
read_all(struct seen *s, char *text)
{
	char *mac = strstr(text, "\n" MAC_LINE), *line, *rest;

	if (mac == NULL || strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0 ||
	    check_mac(s, text, mac + 1) == -1)
		return damaged();
	*mac = '\0';
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (read_line(s, line) == -1)
			return damaged();
	return 0;
}

static int
ready_key(struct seen *s, const char *folder)
{
	struct buf b = BUF_EMPTY;
	char *path = xasprintf("%s/seen.key", folder);
	int rc = io_read_file(path, HASH_SIZE, &b);

	if (rc == 0 && b.n == HASH_SIZE)
		memcpy(s->key, b.p, HASH_SIZE);
	else if (rc == 0 || err_kind() == ERR_ABSENT) {
		hash_random(s->key, HASH_SIZE);
		rc = io_write_file(path, 0600, span_of(s->key, HASH_SIZE));
	}
	buf_wipe(&b);
	free(path);
	return rc;
}

/* As if nothing had been seen; the name stays. */
static void
forget(struct seen *s)
{
	s->event = s->feed = s->kit = 0;
	s->notices = 0;
	s->nmarks = 0;
	memset(s->hash, 0, sizeof(s->hash));
	memset(s->feed_sha256, 0, sizeof(s->feed_sha256));
	memset(s->kit_sha256, 0, sizeof(s->kit_sha256));
}

static void
give_name(struct seen *s, const char *name)
{
	struct buf hex = BUF_EMPTY;
	uint8_t own[8];

	if (name != NULL) {
		(void)snprintf(s->name, sizeof(s->name), "%s", name);
		return;
	}
	hash_random(own, sizeof(own));
	hex_encode(&hex, span_of(own, sizeof(own)));
	(void)snprintf(s->name, sizeof(s->name), "follower-%s", buf_str(&hex));
	buf_free(&hex);
}

int
seen_open(struct seen *s, const char *folder, const char *name)
{
	struct buf b = BUF_EMPTY;
	int rc;

	memset(s, 0, sizeof(*s));
	s->path = xasprintf("%s/seen", folder);
	if (ready_key(s, folder) == -1)
		return -1;
	if ((rc = io_read_file(s->path, FILE_MOST, &b)) == 0 &&
	    read_all(s, (char *)(uintptr_t)buf_str(&b)) == -1) {
		log_write(LOG_ALARM, "%s: %s; what was seen is not known",
		    s->path, err_text());
		forget(s);
	} else if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = 0;
	if (s->name[0] == '\0' || name != NULL)
		give_name(s, name);
	buf_free(&b);
	return rc;
}

void
seen_free(struct seen *s)
{
	free(s->path);
	free(s->marks);
	explicit_bzero(s, sizeof(*s));
}

/* ---- marks */

bool
seen_mark(struct seen *s, uint32_t issuer, uint64_t next)
{
	size_t i;

	for (i = 0; i < s->nmarks; i++)
		if (s->marks[i].issuer == issuer) {
			if (s->marks[i].next >= next)
				return false;
			s->marks[i].next = next;
			return true;
		}
	s->marks = xrealloc(s->marks, (s->nmarks + 1) * sizeof(*s->marks));
	s->marks[s->nmarks++] = (struct seen_mark){ issuer, next };
	return true;
}

void
seen_marks_json(const struct seen *s, struct buf *b)
{
	size_t i;

	buf_puts(b, "{");
	for (i = 0; i < s->nmarks; i++)
		buf_printf(b, "%s\"%u\":%llu", i == 0 ? "" : ",",
		    s->marks[i].issuer, (unsigned long long)s->marks[i].next);
	buf_puts(b, "}");
}

/* ---- numbers that are given out */

static bool
is_numbered(
    const char *path, const char *folder, const char *suffix, uint64_t *n)
{
	size_t length = strlen(folder);
	char *end;

	if (strncmp(path, folder, length) != 0 || path[length] < '0' ||
	    path[length] > '9')
		return false;
	*n = strtoull(path + length, &end, 10);
	return strcmp(end, suffix) == 0;
}

int
seen_publication(struct seen *s, const char *path, struct span content)
{
	uint64_t n;

	if (is_numbered(path, "public/feed/", ".jws", &n) && n > s->feed) {
		s->feed = n;
		hash_sha256(content, s->feed_sha256);
	} else if (is_numbered(path, "public/kit/", ".delta", &n) &&
	    n > s->kit) {
		s->kit = n;
		hash_sha256(content, s->kit_sha256);
	} else if (!s->unwritten)
		return 0;
	return seen_write(s);
}

/* ---- telling the database */

int
seen_say(struct seen *s, struct db *db)
{
	static const char *const answers[] = { "stands", "waits", "lost",
		"resolved" };
	struct buf marks = BUF_EMPTY;
	struct witness w = { .name = s->name,
		.event = s->event,
		.hash = span_of(s->hash, s->event != 0 ? HASH_SIZE : 0),
		.feed = s->feed,
		.feed_sha256 = span_of(s->feed_sha256, HASH_SIZE),
		.kit = s->kit,
		.kit_sha256 = span_of(s->kit_sha256, HASH_SIZE),
		.notices = s->notices };
	char answer[16];
	int i, rc;

	seen_marks_json(s, &marks);
	w.marks = buf_str(&marks);
	rc = db_witness_say(db, &w, answer);
	buf_free(&marks);
	if (rc == -1)
		return -1;
	for (i = SEEN_STANDS; i <= SEEN_RESOLVED; i++)
		if (strcmp(answers[i], answer) == 0) {
			s->spoken = clock_ms();
			if (i == SEEN_RESOLVED)
				forget(s);
			return i;
		}
	return err_set(ERR_INTERNAL, "a witness is answered \"%s\"", answer);
}
