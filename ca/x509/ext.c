/*
 * Our own extensions; their ASN.1 stands in ext.h.
 */

#include "x509/ext.h"
#include "base/err.h"
#include "x509/oid.h"

static int
bad_ext(const char *why)
{
	return err_set_code(ERR_INPUT, "DER_MALFORMED", "%s", why);
}

static int
get_text(struct span *in, struct span *text)
{
	if (der_get_string(in, DER_UTF8, text) == -1)
		return -1;
	if (text->n < 1 || text->n > EXT_STRING_MAX)
		return bad_ext("an extension's string is empty or too long");
	return 0;
}

static int
get_version(struct span *in)
{
	uint64_t version;

	if (der_get_uint(in, &version) == -1)
		return -1;
	return version == 1 ? 0 : bad_ext("an extension's version is not 1");
}

static int
get_level(struct span *in, unsigned *level)
{
	uint64_t value;

	if (der_get_uint(in, &value) == -1)
		return -1;
	if (value < 1 || value > 4)
		return bad_ext("a level is not 1 to 4");
	*level = (unsigned)value;
	return 0;
}

static int
get_octets(struct span *in, size_t n, struct span *octets)
{
	if (der_get(in, DER_OCTET_STRING, octets) == -1)
		return -1;
	return octets->n == n ? 0 : bad_ext("a digest has the wrong size");
}

int
tre_info_parse(struct span der, struct tre_info *t)
{
	struct span in;

	if (der_get_only(der, DER_SEQUENCE, "treInfo", &in) == -1 ||
	    get_version(&in) == -1 || get_text(&in, &t->model) == -1 ||
	    get_text(&in, &t->hardware_version) == -1 ||
	    get_text(&in, &t->least_firmware) == -1 ||
	    get_text(&in, &t->coc_number) == -1 ||
	    get_text(&in, &t->rule_set) == -1 ||
	    get_text(&in, &t->site) == -1 || get_level(&in, &t->level) == -1)
		return -1;
	return der_end(in, "treInfo's level");
}

int
terminal_info_parse(struct span der, struct terminal_info *t)
{
	struct span in;

	if (der_get_only(der, DER_SEQUENCE, "terminalInfo", &in) == -1 ||
	    get_version(&in) == -1 || get_text(&in, &t->model) == -1 ||
	    get_text(&in, &t->hardware_platform) == -1 ||
	    der_get_string(&in, DER_NUMERIC, &t->tac) == -1)
		return -1;
	if (!ext_is_tac(t->tac))
		return bad_ext("a TAC is not 8 digits");
	if (get_text(&in, &t->coc_number) == -1 ||
	    get_text(&in, &t->site) == -1 || get_level(&in, &t->level) == -1)
		return -1;
	return der_end(in, "terminalInfo's level");
}

int
tre_binding_parse(struct span der, struct tre_binding *b)
{
	struct span in, algorithm;

	if (der_get_only(der, DER_SEQUENCE, "treBinding", &in) == -1 ||
	    get_version(&in) == -1 || der_get_oid(&in, &algorithm) == -1)
		return -1;
	if (!span_equal(algorithm, oid_sha256))
		return bad_ext("a treBinding is not by SHA-256");
	if (get_octets(&in, 32, &b->key_sha256) == -1 ||
	    get_octets(&in, 20, &b->issuer_key_id) == -1 ||
	    der_get_integer(&in, &b->serial) == -1)
		return -1;
	if (b->serial.n > 20)
		return bad_ext("a treBinding's serial is too long");
	return der_end(in, "treBinding's serial");
}

bool
ext_is_tac(struct span tac)
{
	for (size_t i = 0; i < tac.n; i++)
		if (tac.p[i] < '0' || tac.p[i] > '9')
			return false;
	return tac.n == 8;
}

void
tre_info_put(struct der *w, const struct tre_info *t)
{
	size_t mark = der_mark(w);

	der_put_uint(w, t->level);
	der_put_tlv(w, DER_UTF8, t->site);
	der_put_tlv(w, DER_UTF8, t->rule_set);
	der_put_tlv(w, DER_UTF8, t->coc_number);
	der_put_tlv(w, DER_UTF8, t->least_firmware);
	der_put_tlv(w, DER_UTF8, t->hardware_version);
	der_put_tlv(w, DER_UTF8, t->model);
	der_put_uint(w, 1);
	der_wrap(w, DER_SEQUENCE, mark);
}

void
terminal_info_put(struct der *w, const struct terminal_info *t)
{
	size_t mark = der_mark(w);

	der_put_uint(w, t->level);
	der_put_tlv(w, DER_UTF8, t->site);
	der_put_tlv(w, DER_UTF8, t->coc_number);
	der_put_tlv(w, DER_NUMERIC, t->tac);
	der_put_tlv(w, DER_UTF8, t->hardware_platform);
	der_put_tlv(w, DER_UTF8, t->model);
	der_put_uint(w, 1);
	der_wrap(w, DER_SEQUENCE, mark);
}

void
tre_binding_put(struct der *w, const struct tre_binding *b)
{
	size_t mark = der_mark(w);

	der_put_integer(w, b->serial);
	der_put_tlv(w, DER_OCTET_STRING, b->issuer_key_id);
	der_put_tlv(w, DER_OCTET_STRING, b->key_sha256);
	der_put_oid(w, oid_sha256);
	der_put_uint(w, 1);
	der_wrap(w, DER_SEQUENCE, mark);
}
