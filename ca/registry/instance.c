/*
 * assay.cnf into a struct.
 */

#include <arpa/inet.h>
#include <fcntl.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "registry/instance.h"
#include "x509/conf.h"

#define TEXT(name)                                                             \
	{                                                                      \
#name, offsetof(struct instance, name),                        \
		    sizeof(((struct instance *)0)->name), 0, 0, false          \
	}
#define NUMBER(name, least, most)                                              \
	{                                                                      \
#name, offsetof(struct instance, name), 0, least, most, false  \
	}
/* These may be left out: empty, 0, and no. */
#define TEXT_OPT(name)                                                         \
	{                                                                      \
#name, offsetof(struct instance, name),                        \
		    sizeof(((struct instance *)0)->name), 0, 0, true           \
	}
#define NUMBER_OPT(name, least, most)                                          \
	{                                                                      \
#name, offsetof(struct instance, name), 0, least, most, true   \
	}
#define YES_NO_OPT(name)                                                       \
	{                                                                      \
#name, offsetof(struct instance, name), 0, 0, 0, true          \
	}

/* Every setting there is, and where it goes. */
static const struct setting {
	const char *name;
	size_t offset;
	size_t size;	 /* 0: a number, or yes and no */
	int least, most; /* both 0: yes and no */
	bool optional;
} settings[] = {
	TEXT(var),
	TEXT(run),
	TEXT(share),
	TEXT(listen),
	NUMBER(port, 1, 65535),
	NUMBER(public_port, 1, 65535),
	TEXT(url),
	TEXT(public_url),
	TEXT(oid_arc),
	TEXT(body_name),
	TEXT(body_country),
	NUMBER(api_instances, 1, 64),
	NUMBER(status_instances, 1, 64),
	NUMBER_OPT(long_instances, 1, 16),
	NUMBER_OPT(crowd_instances, 1, 64),
	NUMBER_OPT(enrol_instances, 1, 64),
	TEXT_OPT(root),
	NUMBER_OPT(root_crl_days, 8, 365),
	TEXT_OPT(root_algorithm),
	TEXT_OPT(access_algorithm),
	TEXT_OPT(issuer_algorithm),
	NUMBER_OPT(authority_threads, 0, 64),
	TEXT(passphrase_file),
	TEXT_OPT(pkcs11_token),
	YES_NO_OPT(webhook_private),
	TEXT_OPT(webhook_ca),
	TEXT_OPT(tsa_url),
	TEXT_OPT(tsa_ca),
	YES_NO_OPT(separate),
};

#define NSETTINGS (sizeof(settings) / sizeof(settings[0]))

/*
 * Values go on into connection strings and nginx's settings, so what would end
 * a word there is refused here.
 */
static int
put_setting(struct instance *in, const struct setting *s, const char *value)
{
	char *end, *to = (char *)in + s->offset;
	long n;

	if (s->size != 0) {
		if (strlen(value) >= s->size)
			return err_set(ERR_INPUT,
			    "the setting %s is longer than %zu octets", s->name,
			    s->size - 1);
		if (strpbrk(value, "'\"\\;{}\n") != NULL)
			return err_set(ERR_INPUT,
			    "the setting %s must not have any of ' \" \\ ; { } "
			    "in it",
			    s->name);
		memcpy(to, value, strlen(value) + 1);
		return 0;
	}
	if (s->most == 0) {
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return err_set(ERR_INPUT,
			    "the setting %s must be yes or no", s->name);
		*(bool *)(void *)to = strcmp(value, "yes") == 0;
		return 0;
	}
	n = strtol(value, &end, 10);
	if (*value == '\0' || *end != '\0' || n < s->least || n > s->most)
		return err_set(ERR_INPUT,
		    "the setting %s must be a number from %d to %d", s->name,
		    s->least, s->most);
	*(int *)(void *)to = (int)n;
	return 0;
}

static int
take_setting(const char *name, const char *value, void *ctx)
{
	size_t i;

	for (i = 0; i < NSETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return put_setting(ctx, &settings[i], value);
	return err_set(ERR_INPUT, "the setting %s is not known", name);
}

/* There is something behind the scheme, and none of it parts words. */
static bool
is_url(const char *s)
{
	const char *host = strstr(s, "://") + 3;

	for (; *s > 0x20 && *s < 0x7f; s++)
		;
	return *s == '\0' && *host != '\0' && *host != '/';
}

/* What single settings cannot tell. */
static int
check_whole(const struct instance *in)
{
	uint8_t address[16];

	if (in->var[0] != '/')
		return err_set(ERR_INPUT, "var must be an absolute path");
	if (in->run[0] != '/' || in->share[0] != '/')
		return err_set(ERR_INPUT,
		    "the settings run and share must be absolute paths");
	if (strncmp(in->url, "https://", 8) != 0 || !is_url(in->url))
		return err_set(ERR_INPUT,
		    "the setting url must begin with https://, with neither "
		    "blanks nor what is not ASCII");
	if (inet_pton(AF_INET, in->listen, address) != 1 &&
	    inet_pton(AF_INET6, in->listen, address) != 1)
		return err_set(ERR_INPUT,
		    "the setting listen must be an IP address, like 127.0.0.1");
	if (in->tsa_url[0] != '\0' && in->tsa_ca[0] != '/')
		return err_set(ERR_INPUT,
		    "with tsa_url, the setting tsa_ca must be the path of a "
		    "file");
	if (in->body_name[0] == '\0' || strlen(in->body_country) != 2 ||
	    strspn(in->body_country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return err_set(ERR_INPUT,
		    "the settings body_name and body_country must be a name "
		    "and two capital letters");
	if (in->root[0] != '\0' && strcmp(in->root, "online") != 0 &&
	    strcmp(in->root, "offline") != 0)
		return err_set(
		    ERR_INPUT, "the setting root must be online or offline");
	if (in->port == in->public_port)
		return err_set(
		    ERR_INPUT, "the settings port and public_port must differ");
	if ((strncmp(in->public_url, "http://", 7) != 0 &&
		strncmp(in->public_url, "https://", 8) != 0) ||
	    !is_url(in->public_url))
		return err_set(ERR_INPUT,
		    "the setting public_url must begin with http:// or "
		    "https://, with neither blanks nor what is not ASCII");
	return 0;
}

int
instance_open(const char *path, struct instance *in)
{
	struct conf *c;
	int rc = -1;
	size_t i;

	memset(in, 0, sizeof(*in));
	if ((c = conf_open(path)) == NULL)
		return -1;
	if (conf_each(c, "instance", take_setting, in) == -1) {
		err_set(ERR_INPUT, "%s: %s", path, err_text());
		goto out;
	}
	for (i = 0; i < NSETTINGS; i++)
		if (!settings[i].optional &&
		    conf_get(c, "instance", settings[i].name) == NULL) {
			err_set(ERR_INPUT, "%s: the setting %s is missing",
			    path, settings[i].name);
			goto out;
		}
	/* Whoever started us knows better where we were installed. */
	if (getenv("ASSAY_SHARE") != NULL)
		(void)snprintf(
		    in->share, sizeof(in->share), "%s", getenv("ASSAY_SHARE"));
	if (in->root_crl_days == 0)
		in->root_crl_days = 180;
	if (in->long_instances == 0)
		in->long_instances = 2;
	if (in->crowd_instances == 0)
		in->crowd_instances = (in->api_instances + 1) / 2;
	if (in->enrol_instances == 0)
		in->enrol_instances = 1;
	if ((rc = check_whole(in)) == -1)
		err_set(ERR_INPUT, "%s: %s", path, err_text());
out:
	conf_free(c);
	return rc;
}

static const char *
join(const char *folder, char *out, const char *rest, va_list ap)
{
	int n = snprintf(out, INSTANCE_PATH_MAX, "%s/", folder);

	if (n >= 0 && n < INSTANCE_PATH_MAX)
		(void)vsnprintf(
		    out + n, INSTANCE_PATH_MAX - (size_t)n, rest, ap);
	return out;
}

const char *
instance_path(const struct instance *in, char *out, const char *rest, ...)
{
	va_list ap;

	va_start(ap, rest);
	(void)join(in->var, out, rest, ap);
	va_end(ap);
	return out;
}

int
instance_temporary(const struct instance *in)
{
	char path[INSTANCE_PATH_MAX];
	int fd;

	(void)instance_path(in, path, "api/tmp");
	fd = open(path, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	return fd != -1 ? fd : io_err("make a temporary file in", path);
}

const char *
instance_share(const struct instance *in, char *out, const char *rest, ...)
{
	va_list ap;

	va_start(ap, rest);
	(void)join(in->share, out, rest, ap);
	va_end(ap);
	return out;
}

const char *
instance_line(const struct instance *in, const char *name, const char *what,
    char out[INSTANCE_LINE_MAX])
{
	int kind = (int)strcspn(name, "-");
	bool bell = strcmp(what, "bell") == 0;

	if (in->separate)
		(void)snprintf(out, INSTANCE_LINE_MAX, "%.60s/%s%.*s/%.20s.%s",
		    in->run, bell ? "bell/" : "", kind < 20 ? kind : 20, name,
		    name, what);
	else
		(void)snprintf(out, INSTANCE_LINE_MAX, "%.80s/%.20s.%s",
		    in->run, name, what);
	return out;
}

int
instance_apart(const struct instance *in)
{
	static const char *const closed[][2] = { { "authority",
						     "where the keys are" },
		{ "credentials", "where people's are" },
		{ "postgres", "where the record is" } };
	char path[INSTANCE_PATH_MAX];
	size_t i;

	for (i = 0; in->separate && i < sizeof(closed) / sizeof(closed[0]); i++)
		if (access(instance_path(in, path, "%s", closed[i][0]), X_OK) ==
		    0)
			return err_set(ERR_DENIED,
			    "separate = yes, but this user can enter %s, %s",
			    path, closed[i][1]);
	return 0;
}

const char *
instance_conninfo(const struct instance *in, const char *role, char *out)
{
	(void)snprintf(out, INSTANCE_CONNINFO_MAX,
	    "host='%s' port=5432 dbname=assay user=%s connect_timeout=5 "
	    /* a session that began while the schema was loaded has it, too */
	    "options='-c search_path=assay,pg_temp'",
	    in->run, role);
	return out;
}
