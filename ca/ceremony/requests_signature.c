/*
 * The signature of requests.json: made by the authority, and believed by a
 * ceremony.
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "ceremony/requests_signature.h"
#include "key/jws.h"
#include "x509/path.h"
#include "x509/roots.h"

int
requests_sign(struct requests *r, const struct key *key,
    const struct span *chain, size_t n)
{
	struct buf header = BUF_EMPTY;
	size_t i;
	int rc;

	buf_printf(&header,
	    "{\"alg\":\"%s\",\"typ\":\"" REQUESTS_TYP "\",\"x5c\":[",
	    jws_algorithm(key));
	for (i = 0; i < n; i++) {
		buf_puts(&header, i == 0 ? "\"" : ",\"");
		base64_encode(&header, chain[i]);
		buf_puts(&header, "\"");
	}
	buf_puts(&header, "]}");
	buf_clear(&r->content);
	buf_clear(&r->signature);
	rc = requests_content(r, &r->content);
	if (rc == 0)
		rc = jws_sign_detached(key, buf_str(&header),
		    buf_span(&r->content), &r->signature);
	buf_free(&header);
	return rc;
}

/* ---- verified */

struct chain {
	struct buf der[REQUESTS_CHAIN_MAX];
	size_t n;
};

static int
not_signer(const char *why)
{
	return err_set_code(ERR_DENIED, "REQUESTS_SIGNER",
	    "the requests are not signed by the instance of this root: %s",
	    why);
}

static int
altered(void)
{
	return err_set_code(ERR_DENIED, "REQUESTS_SIGNATURE",
	    "the requests are not as they were signed: something in the file "
	    "was changed, left out or put in");
}

static int
read_chain(const json_t *list, struct chain *c)
{
	const char *text;
	size_t n = json_array_size(list);

	if (n < 2 || n > REQUESTS_CHAIN_MAX)
		return not_signer("x5c must have the signer's certificate, "
				  "its CA's, and links if there are any");
	for (; c->n < n; c->n++) {
		text = json_string_value(json_array_get(list, c->n));
		if (text == NULL ||
		    base64_decode(&c->der[c->n], span_str(text)) == -1)
			return not_signer("x5c is no base64");
	}
	return 0;
}

/* The root, and by its links the roots before it. */
static int
read_anchors(struct span root, const struct chain *c, struct roots *anchors)
{
	struct buf pem = BUF_EMPTY;
	int rc;

	cert_write_pem(root, &pem);
	for (size_t i = 2; i < c->n; i++)
		cert_write_pem(buf_span(&c->der[i]), &pem);
	rc = roots_read(buf_span(&pem), anchors);
	buf_free(&pem);
	return rc == 0 ? 0 : not_signer(err_text());
}

static const char *
judge(const struct path_question *q, const struct roots *anchors,
    struct cert *leaf)
{
	const char *code = "CHAIN_UNTRUSTED";
	struct path_ca *anchor;

	for (size_t i = 0; i < anchors->n && code != NULL; i++) {
		if ((anchor = path_ca_new(buf_span(&anchors->der[i]))) == NULL)
			continue;
		code = path_judge(q, anchor, NULL, 0, leaf);
		path_ca_free(anchor);
		if (code != NULL && strcmp(code, "CHAIN_UNTRUSTED") != 0)
			break;
	}
	return code;
}

static int
check_signer(const struct requests *r, struct span root, const struct chain *c,
    struct cert *leaf)
{
	const struct path_question q = { .leaf = buf_span(&c->der[0]),
		.issuer = buf_span(&c->der[1]),
		.presented = 2,
		.role = PATH_ACCESS,
		.now = r->made };
	struct roots anchors;
	const char *code;
	int rc;

	memset(&anchors, 0, sizeof(anchors));
	rc = read_anchors(root, c, &anchors);
	code = rc == 0 ? judge(&q, &anchors, leaf) : NULL;
	roots_free(&anchors);
	if (rc == -1)
		return -1;
	if (code != NULL)
		return not_signer(path_sentence(code));
	return leaf->purposes == EKU_REQUEST_SIGNING
	    ? 0
	    : not_signer("the certificate is for another purpose");
}

static int
check_signature(
    const struct requests *r, const struct jws *j, const struct cert *leaf)
{
	struct key *key = key_from_spki(leaf->spki);
	int rc;

	if (key == NULL)
		return -1;
	rc = jws_verify_detached(j, key, buf_span(&r->content));
	key_free(key);
	return rc == 0 ? 0 : altered();
}

static int
verify(const struct requests *r, const struct jws *j, struct span root,
    struct requests_signer *s)
{
	struct chain c = { .n = 0 };
	struct cert leaf;
	int rc;

	rc = read_chain(json_object_get(j->header, "x5c"), &c);
	if (rc == 0 && check_signer(r, root, &c, &leaf) == 0 &&
	    check_signature(r, j, &leaf) == 0) {
		buf_put_span(&s->certificate, buf_span(&c.der[0]));
		buf_put_span(&s->issuer, buf_span(&c.der[1]));
	} else
		rc = -1;
	for (size_t i = 0; i < REQUESTS_CHAIN_MAX; i++)
		buf_free(&c.der[i]);
	return rc;
}

int
requests_verify(
    const struct requests *r, struct span root, struct requests_signer *s)
{
	struct jws j;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if (r->signature.n == 0)
		return err_set_code(ERR_DENIED, "REQUESTS_UNSIGNED",
		    "the requests have no signature: whoever carried them "
		    "could have changed them.  Fetch them again (assay ca "
		    "requests --out)");
	if (jws_split(buf_span(&r->signature), REQUESTS_SIGNATURE_MAX, &j) ==
		-1 ||
	    jws_check_header(&j, REQUESTS_TYP, "a:x5c") == -1)
		(void)altered();
	else
		rc = verify(r, &j, root, s);
	jws_free(&j);
	return rc;
}

void
requests_signer_free(struct requests_signer *s)
{
	buf_free(&s->certificate);
	buf_free(&s->issuer);
}
