/*
 * The header of a lot.
 */

#include <string.h>

#include <jansson.h>

#include "api/signed_header.h"
#include "base/err.h"
#include "x509/cert.h"

static int
bad_header(void)
{
	return err_set_code(
	    ERR_INPUT, "MANIFEST_HEADER", "the header: %s", err_text());
}

/* The caller's certificate is the one that is named, and its key signed. */
static int
check_signer(const struct request *req, const struct jws *j)
{
	struct cert cert;
	struct key *key;
	char thumbprint[44];
	int rc;

	jws_thumbprint(req->certificate, thumbprint);
	if (strcmp(json_string_value(json_object_get(j->header, "x5t#S256")),
		thumbprint) != 0)
		return err_set_code(ERR_DENIED, "MANIFEST_SIGNER",
		    "the header names another certificate than the one that "
		    "you show");
	if (cert_parse(req->certificate, &cert) == -1 ||
	    (key = key_from_spki(cert.spki)) == NULL)
		return -1;
	rc = jws_verify(j, key);
	key_free(key);
	return rc == 0 ? 0
		       : err_set_code(err_kind(), "MANIFEST_SIGNATURE",
			     "the header's signature does not hold");
}

int
signed_header(const struct request *req, struct span text, size_t most,
    const char *typ, struct jws *j)
{
	memset(j, 0, sizeof(*j));
	if (jws_split(text, most, j) == -1 ||
	    jws_check_header(j, typ, "s:x5t#S256") == -1)
		return bad_header();
	return check_signer(req, j);
}
