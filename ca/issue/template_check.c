/*
 * What a template and a row must be like before anything is built of them.
 */

#include <string.h>

#include "base/err.h"
#include "issue/template_inside.h"

static int
bad(const char *why)
{
	return err_set(ERR_INPUT, "cannot build certificates: %s", why);
}

static int
check_names(const struct template_spec *s)
{
	struct name n = { 0 };

	if (s->country == NULL || s->organisation == NULL ||
	    s->common_name == NULL)
		return bad("a subject must have C, O and CN");
	n.country = span_str(s->country);
	n.organisation = span_str(s->organisation);
	n.common_name = span_str(s->common_name);
	if (n.country.n == 0 || n.organisation.n == 0 || n.common_name.n == 0)
		return bad("a subject must have C, O and CN");
	if (s->unit != NULL)
		n.unit = span_str(s->unit);
	if (name_check(&n) == -1)
		return bad(err_text());
	return 0;
}

static int
check_root(const struct template_spec *s)
{
	if (s->profile->kind != PROFILE_ROOT)
		return bad("only the root has no issuer");
	if (profile_check_key(s->profile, key_kind(s->issuer_key)) == -1)
		return bad(err_text());
	return 0;
}

/* The issuer may issue it, and it is whose key we hold. */
static int
check_issuer(const struct template_spec *s)
{
	const struct cert *ca = s->issuer;
	struct span o = span_str(s->organisation), c = span_str(s->country);

	if (s->profile->kind == PROFILE_ROOT)
		return bad("the root has no issuer");
	if (!span_equal(ca->point, key_point(s->issuer_key)))
		return bad("the key is not the issuer's");
	if (!ca->ca || (ca->key_usage & KU_KEY_CERT_SIGN) == 0)
		return bad("the issuer is no CA");
	if (s->profile->kind == PROFILE_ROOT_OCSP_SIGNER && ca->path_length < 1)
		return bad("a root_ocsp_signer is certified by the root alone");
	/* An OCSP key is certified by the issuer that it speaks for. */
	if (s->profile->kind != PROFILE_OCSP_SIGNER &&
	    s->profile->kind != PROFILE_ROOT_OCSP_SIGNER &&
	    s->profile->ca != (ca->path_length > 0))
		return bad("the root issues CAs, and CAs all others (paths "
			   "have exactly three certificates)");
	if ((ca->present & CERT_NAME_CONSTRAINTS) &&
	    (!span_equal(ca->permitted.country, c) ||
		!span_equal(ca->permitted.organisation, o)))
		return bad("C and O are outside the issuer's name constraints");
	if (s->not_before < ca->not_before || s->not_before > ca->not_after)
		return bad("notBefore is outside the issuer's validity");
	return 0;
}

static int
check_role(const struct template_spec *s)
{
	if (s->profile->policy == CERT_POLICY_ALL_LEVELS &&
	    s->role != PROFILE_TRE && s->role != PROFILE_TERMINAL)
		return bad("an issuing CA is for TrEs or for terminals");
	if (s->profile->kind == PROFILE_TLS_SERVER &&
	    (s->nhosts == 0 || s->nhosts > TEMPLATE_HOSTS))
		return bad("a server must have 1 to 16 names");
	for (size_t i = 0; i < s->nhosts; i++)
		if (s->hosts[i][0] == '\0' || strlen(s->hosts[i]) > 253 ||
		    strpbrk(s->hosts[i], " \t\r\n@/") != NULL)
			return bad("a server's name is no host name");
	return 0;
}

static int
check_texts(const struct span *texts, size_t n, unsigned level)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i].n < 1 || texts[i].n > EXT_STRING_MAX ||
		    !der_is_utf8(texts[i]))
			return bad("a text about the model is missing, too "
				   "long or no UTF-8");
	if (level < 1 || level > 4)
		return bad("the level must be 1 to 4");
	return 0;
}

static int
check_device(const struct template_spec *s)
{
	const struct tre_info *t = &s->tre;
	const struct terminal_info *m = &s->terminal;
	const struct span tre[] = { t->model, t->hardware_version,
		t->least_firmware, t->coc_number, t->rule_set, t->site };
	const struct span terminal[] = { m->model, m->hardware_platform,
		m->coc_number, m->site };

	if (s->profile->kind == PROFILE_TRE)
		return check_texts(tre, 6, t->level);
	if (s->profile->kind == PROFILE_TERMINAL)
		return check_texts(terminal, 4, m->level);
	return 0;
}

int
template_check(const struct template_spec *s)
{
	size_t n = s->public_url != NULL ? strlen(s->public_url) : 0;

	if (n == 0 || n > 255 || strncmp(s->public_url, "http://", 7) != 0 ||
	    s->public_url[n - 1] == '/')
		return bad("the public address must be http://HOST without a "
			   "slash behind");
	if (s->not_after < s->not_before || s->not_after > DER_TIME_END ||
	    s->not_before < 0)
		return bad("they would end before they begin");
	if (check_names(s) == -1 ||
	    (s->issuer == NULL ? check_root(s) : check_issuer(s)) == -1)
		return -1;
	if (check_role(s) == -1 || check_device(s) == -1)
		return -1;
	return 0;
}

static bool
is_printable(struct span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!der_is_printable(id.p[i]))
			return false;
	return id.n >= 1 && id.n <= 64;
}

int
template_check_row(const struct template *t, const struct template_row *row)
{
	const struct tre_binding *b = &row->binding;

	if (row->serial.n < 1 || row->serial.n > 20 ||
	    (row->serial.n == 20 && row->serial.p[0] & 0x80))
		return bad("a serial number must have 1 to 20 octets (RFC "
			   "5280 4.1.2.2)");
	if (profile_check_key(t->spec.profile, row->key) == -1)
		return -1;
	if (row->point.n < 32 ||
	    (key_point_size(row->key) != 0 &&
		row->point.n != key_point_size(row->key)))
		return bad("a key is not of its algorithm's length");
	if (t->spec.profile->alt_name == ALT_NAME_HARDWARE &&
	    !is_printable(row->device_id))
		return bad("a device's id must be 1 to 64 printable letters");
	if (t->spec.profile->kind != PROFILE_TERMINAL)
		return 0;
	if (!ext_is_tac(row->tac))
		return bad("a TAC must be 8 digits");
	if (b->key_sha256.n != 32 || b->issuer_key_id.n != 20 ||
	    b->serial.n < 1 || b->serial.n > 20)
		return bad("a terminal must be bound to its TrE");
	return 0;
}
