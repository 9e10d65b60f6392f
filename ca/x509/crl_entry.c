/*
 * The entries of CRLs.
 */

#include <string.h>

#include "base/err.h"
#include "x509/crl_entry.h"
#include "x509/der.h"
#include "x509/oid.h"

#define REMOVE_FROM_CRL 8
#define UTC_TIME_END	INT64_C(2524608000) /* 2050; RFC 5280 5.1.2.4 */

static void
put_extension(struct der *d, struct span oid, size_t mark)
{
	der_wrap(d, DER_OCTET_STRING, mark);
	der_put_oid(d, oid);
	der_wrap(d, DER_SEQUENCE, mark);
}

/* All but the time is as before, and the time as long: it alone is written. */
static bool
put_other_time(struct crl_entry_form *f, const struct crl_entry *e)
{
	uint8_t space[17];
	struct span time;
	struct der d;

	if (f->behind.n == 0 || f->reason != e->reason ||
	    f->invalidity != e->invalidity ||
	    (f->when < UTC_TIME_END) != (e->when < UTC_TIME_END))
		return false;
	der_start(&d, space, sizeof(space));
	der_put_time(&d, e->when);
	if (der_done(&d, &time) == -1)
		return false;
	memcpy(f->space + (sizeof(f->space) - f->behind.n), time.p, time.n);
	f->when = e->when;
	return true;
}

/* revocationDate and crlEntryExtensions */
static int
put_behind(struct crl_entry_form *f, const struct crl_entry *e)
{
	uint8_t reason = (uint8_t)e->reason;
	struct der d;
	size_t mark;

	if (put_other_time(f, e))
		return 0;

	der_start(&d, f->space, sizeof(f->space));
	if (e->invalidity != 0) {
		der_put_generalized_time(&d, e->invalidity);
		put_extension(&d, oid_invalidity_date, 0);
	}
	if (e->reason != 0) {
		mark = der_mark(&d);
		der_put_tlv(&d, DER_ENUMERATED, span_of(&reason, 1));
		put_extension(&d, oid_crl_reason, mark);
	}
	if (der_mark(&d) > 0)
		der_wrap(&d, DER_SEQUENCE, 0);
	der_put_time(&d, e->when);
	f->when = e->when;
	f->invalidity = e->invalidity;
	f->reason = e->reason;
	return der_done(&d, &f->behind);
}

static bool
has_sense(const struct crl_entry *e, bool delta)
{
	return e->serial_length >= 1 && e->serial_length <= sizeof(e->serial) &&
	    e->reason >= 0 && e->reason != 7 && e->reason <= 10 &&
	    (e->reason != REMOVE_FROM_CRL || delta);
}

/* How long what stands behind the serial number will be. */
static size_t
behind_length(const struct crl_entry *e)
{
	size_t time = e->when < UTC_TIME_END ? 15 : 17, ext = 0;

	if (e->reason != 0)
		ext += 12; /* SEQUENCE, OID of 3, OCTET STRING of 3 */
	if (e->invalidity != 0)
		ext += 26; /* with 17 in it */
	return time + (ext > 0 ? 2 + ext : 0);
}

static bool
is_same(const struct crl_entry_form *f, const struct crl_entry *e)
{
	return f->behind.n > 0 && f->when == e->when &&
	    f->reason == e->reason && f->invalidity == e->invalidity;
}

/* All lengths are below 128: one octet each. */
size_t
crl_entry_put(struct crl_entry_form *f, const struct crl_entry *e, bool delta,
    uint8_t *to)
{
	struct span s = span_of(e->serial, e->serial_length);
	size_t pad, n;

	if (!has_sense(e, delta)) {
		(void)err_set(ERR_INPUT,
		    "a revocation has no serial number or no reason");
		return 0;
	}
	while (s.n > 0 && s.p[0] == 0)
		s = span_of(s.p + 1, s.n - 1);
	pad = s.n == 0 || (s.p[0] & 0x80) != 0;
	n = 2 + pad + s.n + behind_length(e);
	if (to == NULL)
		return 2 + n;
	if (!is_same(f, e) && put_behind(f, e) == -1)
		return 0;
	*to++ = DER_SEQUENCE;
	*to++ = (uint8_t)n;
	*to++ = DER_INTEGER;
	*to++ = (uint8_t)(pad + s.n);
	if (pad)
		*to++ = 0;
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	memcpy(to + s.n, f->behind.p, f->behind.n);
	return 4 + pad + s.n + f->behind.n;
}
