/*
 * What can be said of a row by itself.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/row.h"
#include "base/err.h"
#include "x509/cert.h"
#include "x509/crmf.h"

void
row_refuse(struct row *r, const char *reason, const char *fmt, ...)
{
	va_list ap;

	if (r->reason != NULL)
		return;
	r->reason = reason;
	va_start(ap, fmt);
	(void)vsnprintf(r->detail, sizeof(r->detail), fmt, ap);
	va_end(ap);
}

/* The reason as this file's constant: err_code() lasts until the next error. */
static const char *
reason_of_err(void)
{
	if (strcmp(err_code(), "KEY_NOT_ALLOWED") == 0)
		return "KEY_NOT_ALLOWED";
	if (strcmp(err_code(), "CSR_SIGNATURE") == 0)
		return "CSR_SIGNATURE";
	if (strcmp(err_code(), "CRMF_POP") == 0)
		return "CRMF_POP";
	return "CSR_MALFORMED";
}

/* PKCS#10, or what CMP has for it. */
static int
parse(struct span der, struct csr *csr)
{
	struct crmf c;

	if (!crmf_is(der))
		return csr_parse(der, csr);
	if (crmf_parse(der, &c) == -1)
		return -1;
	*csr = c.csr;
	return 0;
}

void
row_verify(struct row *r, struct span csr, bool verify)
{
	if (r->reason != NULL)
		return;
	if (parse(csr, &r->csr) == -1 || (verify && csr_verify(&r->csr) == -1))
		row_refuse(r, reason_of_err(), "%s", err_text());
}

void
row_judge_key(struct row *r, const struct profile *p)
{
	if (r->reason == NULL && profile_check_key(p, r->csr.kind) == -1)
		row_refuse(r, "KEY_NOT_ALLOWED", "%s", err_text());
}

void
row_take_key(struct row *r, struct span spki)
{
	if (r->reason == NULL && csr_take_key(spki, &r->csr) == -1)
		row_refuse(r,
		    strcmp(err_code(), "KEY_NOT_ALLOWED") == 0
			? "KEY_NOT_ALLOWED"
			: "KEY_MALFORMED",
		    "%s", err_text());
}

void
row_take_certificate(struct row *r, struct span der)
{
	struct cert c;

	if (r->reason != NULL)
		return;
	if (cert_parse(der, &c) == -1) {
		row_refuse(r,
		    strcmp(err_code(), "ALGORITHM_NOT_ALLOWED") == 0
			? "KEY_NOT_ALLOWED"
			: "CERTIFICATE_MALFORMED",
		    "%s", err_text());
		return;
	}
	r->csr.spki = c.spki;
	r->csr.kind = c.key_kind;
	r->csr.point = c.point;
	memcpy(r->csr.spki_sha256, c.spki_sha256, sizeof(c.spki_sha256));
}

void
rows_done(struct row *rows, int n)
{
	int i;

	for (i = 0; rows != NULL && i < n; i++)
		buf_free(&rows[i].line);
	free(rows);
}

/* Is tac one of the comma-separated list? */
static bool
listed(const char *tac, const char *tacs)
{
	const char *p = strstr(tacs, tac);

	return p != NULL && (p == tacs || p[-1] == ',') &&
	    (p[strlen(tac)] == ',' || p[strlen(tac)] == '\0');
}

const char *
row_tac(const char *tac, const char *tacs, char out[9])
{
	if (tac[0] == '\0' && strlen(tacs) != 8)
		return NULL;
	(void)snprintf(out, 9, "%s", tac[0] == '\0' ? tacs : tac);
	return out;
}

void
row_judge_form(struct row *r, enum row_kind kind, const char *tacs)
{
	char tac[9];

	if (kind == ROW_TRE) {
		if (r->tre[0] != '\0' || r->tac[0] != '\0')
			row_refuse(r, "ROW_MALFORMED",
			    "a TrE contains no TrE and has no TAC");
		return;
	}
	if (r->tre[0] == '\0')
		row_refuse(r, "ROW_MALFORMED",
		    "\"tre\" is missing: the TrE that the terminal contains");
	else if (r->tac[0] != '\0' && !listed(r->tac, tacs))
		row_refuse(
		    r, "TAC_NOT_OF_MODEL", "the model has no TAC %s", r->tac);
	else if (row_tac(r->tac, tacs, tac) == NULL)
		row_refuse(r, "TAC_NOT_OF_MODEL",
		    "the model has several TACs, so the row must name one");
}
