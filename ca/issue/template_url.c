/*
 * The addresses that stand in certificates.
 */

#include <inttypes.h>

#include "issue/template.h"

void
template_crl_url(
    struct buf *out, const char *public_url, uint32_t issuer_id, uint64_t shard)
{
	if (issuer_id == TEMPLATE_ROOT_ID)
		buf_printf(out, "%s/crl/root.crl", public_url);
	else
		buf_printf(out, "%s/crl/%" PRIu32 "/%" PRIu64 ".crl",
		    public_url, issuer_id, shard);
}

void
template_delta_url(
    struct buf *out, const char *public_url, uint32_t issuer_id, uint64_t shard)
{
	buf_printf(out, "%s/crl/%" PRIu32 "/%" PRIu64 "-delta.crl", public_url,
	    issuer_id, shard);
}

void
template_complete_url(
    struct buf *out, const char *public_url, uint32_t issuer_id)
{
	buf_printf(
	    out, "%s/crl/%" PRIu32 "/complete.crl", public_url, issuer_id);
}

void
template_issuer_url(struct buf *out, const char *public_url, uint32_t issuer_id)
{
	if (issuer_id == TEMPLATE_ROOT_ID)
		buf_printf(out, "%s/ca/root.cer", public_url);
	else
		buf_printf(out, "%s/ca/%" PRIu32 ".cer", public_url, issuer_id);
}

void
template_ocsp_url(struct buf *out, const char *public_url)
{
	buf_printf(out, "%s/ocsp", public_url);
}
