/*
 * Settings files, read by OpenSSL's own reader.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>

#include "base/err.h"
#include "base/io.h"
#include "x509/conf.h"

#define CONF_MAX (1 << 20)

/* NCONF hides behind our name: its type stays in here. */
static CONF *
inner(const struct conf *c)
{
	return (CONF *)(uintptr_t)c;
}

struct conf *
conf_open(const char *path)
{
	struct buf text = BUF_EMPTY;
	struct conf *c = NULL;

	if (access(path, R_OK) == -1) {
		err_set(errno == ENOENT	  ? ERR_ABSENT
			: errno == EACCES ? ERR_DENIED
					  : ERR_INTERNAL,
		    "could not read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (io_read_file(path, CONF_MAX, &text) == 0)
		c = conf_parse(buf_span(&text), path);
	buf_free(&text);
	return c;
}

struct conf *
conf_parse(struct span text, const char *name)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	CONF *c = NCONF_new(NULL);
	long line = -1;

	if (bio == NULL || c == NULL || NCONF_load_bio(c, bio, &line) != 1) {
		const char *why =
		    ERR_reason_error_string(ERR_peek_last_error());

		err_set(ERR_INPUT, "%s, line %ld: %s", name, line,
		    why != NULL ? why : "is no settings file");
		NCONF_free(c);
		c = NULL;
	}
	BIO_free(bio);
	ERR_clear_error();
	return (struct conf *)c;
}

void
conf_free(struct conf *c)
{
	NCONF_free(inner(c));
}

const char *
conf_get(const struct conf *c, const char *section, const char *name)
{
	const char *value;

	(void)ERR_set_mark();
	value = NCONF_get_string(inner(c), section, name);
	(void)ERR_pop_to_mark();
	return value;
}

int
conf_each(const struct conf *c, const char *section,
    int (*visit)(const char *, const char *, void *), void *ctx)
{
	STACK_OF(CONF_VALUE) *all = NCONF_get_section(inner(c), section);
	CONF_VALUE *v;
	int i, rc;

	if (all == NULL)
		return err_set(ERR_ABSENT, "there is no section [%s]", section);
	for (i = 0; i < sk_CONF_VALUE_num(all); i++) {
		v = sk_CONF_VALUE_value(all, i);
		if ((rc = visit(v->name, v->value, ctx)) != 0)
			return rc;
	}
	return 0;
}
