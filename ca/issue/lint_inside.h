#ifndef ISSUE_LINT_INSIDE_H
#define ISSUE_LINT_INSIDE_H

/* The rules of the inspection: for the files lint*.c only. */

#include "issue/lint.h"

struct lint {
	const struct cert *c;
	const struct template_spec *s;
	const struct template_row *row;
	const struct profile *p;
};

/* Is it that text; when there is none, empty? */
bool lint_is_text(struct span, const char *);

/* Rules about the issuer and about kinds of certificates (lint_kind.c). */
bool lint_issuer_may(const struct lint *);
bool lint_link_has_its_issuers_name(const struct lint *);
bool lint_is_within_issuers_validity(const struct lint *);
bool lint_issuers_policies_fit(const struct lint *);
bool lint_usage_is_of_its_kind(const struct lint *);
bool lint_has_what_its_kind_has(const struct lint *);
bool lint_is_short_enough(const struct lint *);
bool lint_can_be_revoked(const struct lint *);

/* Rules about extensions; their sentences stand in lint.c's table. */
bool lint_extensions_fit(const struct lint *);
bool lint_order_fits(const struct lint *);
bool lint_criticality_fits(const struct lint *);
bool lint_key_ids_fit(const struct lint *);
bool lint_usage_fits(const struct lint *);
bool lint_constraints_fit(const struct lint *);
bool lint_policies_fit(const struct lint *);
bool lint_alt_name_fits(const struct lint *);
bool lint_scope_fits(const struct lint *);
bool lint_crl_url_fits(const struct lint *);
bool lint_access_urls_fit(const struct lint *);
bool lint_tre_info_fits(const struct lint *);
bool lint_terminal_info_fits(const struct lint *);
bool lint_binding_fits(const struct lint *);

#endif
