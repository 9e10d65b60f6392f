/*
 * A ceremony's script, read strictly.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ceremony/requests.h"
#include "ceremony/script.h"
#include "ceremony/yaml.h"
#include "registry/fields.h"

#define PATH_MOST  400
#define URI_MOST   511
#define NUMBER_MAX INT64_C(9007199254740991)
#define DAYS_MOST  9125
#define NONE	   "none"

static int
read_key(json_t *o, const char *where, struct script_key *k)
{
	struct fields f;

	fields_of(&f, o, where);
	k->file = fields_text_opt(&f, "file", 1, PATH_MOST);
	k->passphrase = fields_text_opt(&f, "passphrase", 1, PATH_MOST);
	k->token = fields_text_opt(&f, "token", 1, URI_MOST);
	k->label = fields_text_opt(&f, "label", 1, 63);
	k->last = fields_text_opt(&f, "last", 1, PATH_MOST);
	if (!f.failed &&
	    ((k->file != NULL) == (k->token != NULL) ||
		(k->token != NULL) != (k->label != NULL) ||
		(k->token != NULL && k->last == NULL) ||
		(k->passphrase != NULL && k->file == NULL)))
		fields_refuse(&f, "file",
		    "must be there, perhaps with passphrase, or else token, "
		    "label and last");
	return fields_end(&f);
}

static int
read_root(json_t *o, struct script *s)
{
	const char *algorithm = NULL;
	struct fields f;
	json_t *key;

	fields_of(&f, o, "root");
	s->new_root = fields_bool(&f, "new");
	if (s->new_root) {
		algorithm = fields_text(&f, "algorithm", 1, 15);
		s->root_public = fields_text_opt(&f, "public", 1, PATH_MOST);
	} else
		s->root_certificate =
		    fields_text(&f, "certificate", 1, PATH_MOST);
	if (algorithm != NULL &&
	    key_by_name(span_str(algorithm), &s->algorithm) == -1)
		fields_refuse(&f, "algorithm", "is none: %s", err_text());
	key = fields_object(&f, "key");
	if (fields_end(&f) == -1 ||
	    read_key(key, "root.key", &s->root_key) == -1)
		return -1;
	if (s->new_root && s->root_public == NULL && s->root_key.file == NULL)
		return err_set(ERR_INPUT,
		    "the field root.public is missing: the file that the new "
		    "key's public half goes to");
	return 0;
}

static int
read_previous(json_t *o, struct script *s)
{
	struct fields f;
	json_t *key;

	if (o == NULL)
		return 0;
	s->has_previous = true;
	fields_of(&f, o, "previous_root");
	s->previous_certificate = fields_text(&f, "certificate", 1, PATH_MOST);
	key = fields_object_opt(&f, "key");
	s->has_previous_key = key != NULL;
	s->previous_was_online = fields_bool_opt(&f, "was_online", false);
	if (s->previous_was_online && key == NULL)
		fields_refuse(&f, "was_online", "needs its key, too");
	if (fields_end(&f) == -1)
		return -1;
	return key == NULL
	    ? 0
	    : read_key(key, "previous_root.key", &s->previous_key);
}

static int
read_requests(json_t *o, struct script *s)
{
	struct fields f;

	fields_of(&f, o, "requests");
	s->requests = fields_text(&f, "file", 1, PATH_MOST);
	fields_hex(&f, "sha256", s->requests_sha256, 32);
	s->unsigned_requests = fields_bool_opt(&f, "unsigned", false);
	return fields_end(&f);
}

static int
read_crl(json_t *o, struct script *s)
{
	struct fields f;

	if (o == NULL)
		return 0;
	s->has_crl = true;
	fields_of(&f, o, "crl");
	s->crl_number = (uint64_t)fields_int(&f, "number", 1, NUMBER_MAX);
	s->previous_crl = fields_text(&f, "previous", 1, PATH_MOST);
	if (s->previous_crl != NULL && strcmp(s->previous_crl, NONE) == 0)
		s->previous_crl = NULL;
	return fields_end(&f);
}

static int
read_certify(json_t *list, struct script *s)
{
	struct script_certify *c;
	char where[40];
	struct fields f;
	json_t *o;
	size_t i;

	s->certify = xcalloc(json_array_size(list) + 1, sizeof(*c));
	json_array_foreach(list, i, o)
	{
		c = &s->certify[i];
		(void)snprintf(where, sizeof(where), "certify[%zu]", i);
		fields_of(&f, o, where);
		c->name = fields_handle(&f, "name");
		c->from = fields_time_opt(&f, "from", 0);
		c->days = fields_int_opt(&f, "days", 1, DAYS_MOST, 0);
		if (c->name != NULL && script_find(s, c->name) != NULL)
			fields_refuse(&f, "name", "is there already");
		if (fields_end(&f) == -1)
			return -1;
		s->ncertify = i + 1;
	}
	return 0;
}

static int
read_custodians(json_t *list, struct script *s)
{
	struct script_custodian *c;
	char where[40];
	struct fields f;
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		c = &s->custodians[i];
		(void)snprintf(where, sizeof(where), "custodians[%zu]", i);
		fields_of(&f, o, where);
		c->name = fields_handle(&f, "name");
		c->key = fields_text(&f, "key", 1, PATH_MOST);
		for (size_t j = 0; c->name != NULL && j < i; j++)
			if (strcmp(c->name, s->custodians[j].name) == 0)
				fields_refuse(&f, "name", "is there already");
		if (fields_end(&f) == -1)
			return -1;
		s->ncustodians = i + 1;
	}
	return 0;
}

static int
read_all(struct fields *f, struct script *s)
{
	json_t *requests, *root, *previous, *certify, *crl, *custodians;

	s->title = fields_text(f, "title", 1, 200);
	s->date = fields_time(f, "date");
	requests = fields_object(f, "requests");
	s->profiles = fields_text_opt(f, "profiles", 1, PATH_MOST);
	root = fields_object(f, "root");
	previous = fields_object_opt(f, "previous_root");
	certify = fields_array(f, "certify", 0, REQUESTS_CERTIFICATES_MAX);
	crl = fields_object_opt(f, "crl");
	custodians = fields_array(
	    f, "custodians", SCRIPT_NEEDED_MIN, SCRIPT_CUSTODIANS_MAX);
	s->needed = (size_t)fields_int(
	    f, "needed", SCRIPT_NEEDED_MIN, SCRIPT_CUSTODIANS_MAX);
	if (custodians != NULL && s->needed > json_array_size(custodians))
		fields_refuse(
		    f, "needed", "must not be more than there are custodians");
	s->results = fields_text(f, "results", 1, PATH_MOST);
	if (fields_end(f) == -1 || read_requests(requests, s) == -1 ||
	    read_root(root, s) == -1 || read_previous(previous, s) == -1 ||
	    read_certify(certify, s) == -1 || read_crl(crl, s) == -1)
		return -1;
	return read_custodians(custodians, s);
}

int
script_parse(struct span yaml, struct script *s)
{
	struct fields f;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if ((s->json = yaml_read(yaml)) != NULL) {
		fields_of(&f, s->json, "script");
		f.where = json_is_object(s->json) ? "" : f.where;
		rc = read_all(&f, s);
	}
	if (rc == -1)
		(void)err_set_code(err_kind(), "SCRIPT_REFUSED",
		    "the script is refused: %s", err_text());
	return rc;
}

void
script_free(struct script *s)
{
	free(s->certify);
	json_decref(s->json);
	memset(s, 0, sizeof(*s));
}

const struct script_certify *
script_find(const struct script *s, const char *name)
{
	for (size_t i = 0; i < s->ncertify; i++)
		if (strcmp(s->certify[i].name, name) == 0)
			return &s->certify[i];
	return NULL;
}
