/*
 * What a supplier signs of an open lot.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/enc.h"
#include "base/err.h"
#include "issue/manifest.h"
#include "issue/open_lot.h"
#include "key/hash.h"
#include "x509/cmp.h"

static int
wrong(const char *why)
{
	return err_set_code(ERR_INPUT, "OPEN_LOT_HEADER",
	    "the header of the open lot: %.160s", why);
}

/* Printable, and short enough for its place. */
static int
put_text(char *to, size_t size, const char *from, size_t n)
{
	size_t i;

	if (n >= size)
		return wrong("a text is too long");
	for (i = 0; i < n; i++)
		if ((unsigned char)from[i] < ' ' || from[i] == 0x7f)
			return wrong("a text holds a control character");
	memcpy(to, from, n);
	to[n] = '\0';
	return 0;
}

static int
put_secrets(struct open_lot *o, const json_t *list)
{
	struct buf digest = BUF_EMPTY;
	size_t i, n = json_array_size(list);
	const json_t *v;
	int rc = 0;

	if (n > OPEN_LOT_SECRETS_MAX)
		return wrong("it has more than 75 \"secrets\": open another");
	json_array_foreach(list, i, v)
	{
		buf_clear(&digest);
		if (json_string_length(v) != 64 ||
		    hex_decode(&digest, span_str(json_string_value(v))) == -1) {
			rc = wrong("each of \"secrets\" is a SHA-256 in 64 "
				   "hexadecimal digits");
			break;
		}
		memcpy(o->secrets[i], digest.p, 32);
	}
	o->nsecrets = (int)n;
	buf_free(&digest);
	return rc;
}

static int
put_factory(struct open_lot *o, const json_t *list)
{
	struct buf der = BUF_EMPTY;
	const json_t *v;
	size_t i;
	int rc = 0;

	if (!json_is_array(list) ||
	    json_array_size(list) > OPEN_LOT_FACTORY_MAX)
		return wrong("\"factory\" is a list of four certificates at "
			     "most");
	json_array_foreach(list, i, v)
	{
		buf_clear(&der);
		if (!json_is_string(v) ||
		    base64_decode(&der, span_str(json_string_value(v))) == -1 ||
		    der.n > OPEN_LOT_CERT_MAX ||
		    cmp_check_anchor(buf_span(&der)) == -1) {
			rc =
			    wrong("each of \"factory\" is a DER certificate in "
				  "base64, of 2048 octets at most and a key "
				  "of at least 112 bits of strength");
			break;
		}
		memcpy(o->factory[i], der.p, der.n);
		o->factory_size[i] = der.n;
		o->nfactory++;
	}
	buf_free(&der);
	return rc;
}

static int
put_macs(struct open_lot *o, json_t *list)
{
	struct open_lot_mac *mac;
	const char *device;
	json_t *key;

	if (!json_is_object(list) || json_object_size(list) > OPEN_LOT_MACS_MAX)
		return wrong("\"mac\" has keys of 64 devices at most");
	json_object_foreach(list, device, key)
	{
		mac = &o->macs[o->nmacs++];
		if (!manifest_id_ok(span_str(device)) ||
		    json_string_length(key) < OPEN_LOT_MAC_MIN)
			return wrong(
			    "\"mac\" has a device's id and a key of 20 "
			    "to 64 characters");
		if (put_text(mac->device, sizeof(mac->device), device,
			strlen(device)) == -1 ||
		    put_text(mac->key, sizeof(mac->key), json_string_value(key),
			json_string_length(key)) == -1)
			return -1;
	}
	return 0;
}

static int
take(struct open_lot *o, json_t *json)
{
	const char *model, *site, *reference;
	size_t nmodel, nsite, nreference;
	json_int_t count, until, iat;
	json_t *secrets, *factory = NULL, *macs = NULL;
	json_error_t why;
	int renewal;

	if (json_unpack_ex(json, &why, JSON_STRICT,
		"{s:s%,s:s%,s:s%,s:I,s:I,s:I,s:b,s:o,s?o,s?o}", "model", &model,
		&nmodel, "site", &site, &nsite, "reference", &reference,
		&nreference, "count", &count, "until", &until, "iat", &iat,
		"renewal", &renewal, "secrets", &secrets, "factory", &factory,
		"mac", &macs) == -1)
		return wrong(why.text);
	if (!json_is_array(secrets))
		return wrong("\"secrets\" must be a list");
	if (count < 1 || count > OPEN_LOT_COUNT_MAX)
		return wrong("\"count\" is out of range");
	if (until < 1 || until > INT64_C(1) << 36 || iat < 1 ||
	    iat > INT64_C(1) << 36)
		return wrong("\"until\" and \"iat\" are seconds since 1970");
	o->count = (int)count;
	o->until = until;
	o->iat = iat;
	o->renewal = renewal != 0;
	if (put_text(o->model, sizeof(o->model), model, nmodel) == -1 ||
	    put_text(o->site, sizeof(o->site), site, nsite) == -1 ||
	    put_text(o->reference, sizeof(o->reference), reference,
		nreference) == -1)
		return -1;
	if ((factory != NULL && put_factory(o, factory) == -1) ||
	    (macs != NULL && put_macs(o, macs) == -1))
		return -1;
	return put_secrets(o, secrets);
}

int
open_lot_parse(struct span payload, struct open_lot *o)
{
	json_error_t why;
	json_t *json;
	int rc;

	memset(o, 0, sizeof(*o));
	json = json_loadb(
	    (const char *)payload.p, payload.n, JSON_REJECT_DUPLICATES, &why);
	rc = json_is_object(json) ? take(o, json)
				  : wrong("its payload is no JSON object");
	json_decref(json);
	return rc;
}

void
open_lot_free(struct open_lot *o)
{
	if (o == NULL)
		return;
	explicit_bzero(o, sizeof(*o));
	free(o);
}

/* What only CMP needs stands there only if it does. */
static void
write_cmp(json_t *json, const struct open_lot *o)
{
	json_t *factory = json_array(), *macs = json_object();
	struct buf text = BUF_EMPTY;
	int i;

	for (i = 0; i < o->nfactory; i++) {
		buf_clear(&text);
		base64_encode(
		    &text, span_of(o->factory[i], o->factory_size[i]));
		json_array_append_new(factory, json_string(buf_str(&text)));
	}
	for (i = 0; i < o->nmacs; i++)
		json_object_set_new(
		    macs, o->macs[i].device, json_string(o->macs[i].key));
	if (o->nfactory > 0)
		json_object_set(json, "factory", factory);
	if (o->nmacs > 0)
		json_object_set(json, "mac", macs);
	json_decref(factory);
	json_decref(macs);
	buf_free(&text);
}

void
open_lot_write(struct buf *out, const struct open_lot *o)
{
	struct buf hex = BUF_EMPTY;
	json_t *secrets = json_array(), *json;
	char *dump;
	int i;

	for (i = 0; i < o->nsecrets; i++) {
		buf_clear(&hex);
		hex_encode(&hex, span_of(o->secrets[i], 32));
		json_array_append_new(secrets, json_string(buf_str(&hex)));
	}
	json = json_pack("{s:s,s:s,s:i,s:I,s:b,s:o,s:s,s:I}", "model", o->model,
	    "site", o->site, "count", o->count, "until", (json_int_t)o->until,
	    "renewal", o->renewal, "secrets", secrets, "reference",
	    o->reference, "iat", (json_int_t)o->iat);
	write_cmp(json, o);
	dump = json_dumps(json, JSON_COMPACT);
	buf_puts(out, dump != NULL ? dump : "");
	free(dump);
	json_decref(json);
	buf_free(&hex);
}

bool
open_lot_is_strict(const struct open_lot *o)
{
	return o->nfactory > 0 && o->nsecrets == 0 && o->nmacs == 0;
}

const char *
open_lot_mac_key(const struct open_lot *o, struct span device)
{
	int i;

	for (i = 0; i < o->nmacs; i++)
		if (span_equal(span_str(o->macs[i].device), device))
			return o->macs[i].key;
	return NULL;
}

void
open_lot_secret(char secret[OPEN_LOT_SECRET_SIZE + 1])
{
	struct buf text = BUF_EMPTY;
	uint8_t octets[20];

	hash_random(octets, sizeof(octets));
	base64url_encode(&text, span_of(octets, sizeof(octets)));
	memcpy(secret, buf_str(&text), OPEN_LOT_SECRET_SIZE + 1);
	buf_wipe(&text);
}

void
open_lot_secret_hash(struct span device, struct span secret, uint8_t sha256[32])
{
	struct buf both = BUF_EMPTY;

	buf_put_span(&both, device);
	buf_putc(&both, ':');
	buf_put_span(&both, secret);
	hash_sha256(buf_span(&both), sha256);
	buf_wipe(&both);
}
