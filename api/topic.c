/*
 * Topics of notices.
 */

#include <string.h>

#include "api/topic.h"
#include "base/err.h"

#define WORDS                                                                  \
	"alarm, appeal, attestation_key, ca, certificate, coc, consent, "      \
	"correction, custody, declaration, delegated_ca, delegated_crl, "      \
	"device, dispute, ek_crl, evidence, external_certificate, finding, "   \
	"incident, lot, measure, operator_policy, organisation, principal, "   \
	"proposal, rebinding, reference, restore, ruleset, site, "             \
	"subscription"

int
topic_check(const char *topic, const char *field, const char *code)
{
	size_t n = strcspn(topic, "."), len;
	const char *w;

	for (w = WORDS; *w != '\0'; w += len + strspn(w + len, ", ")) {
		len = strcspn(w, ",");
		if (n == len && memcmp(topic, w, n) == 0)
			return 0;
	}
	return err_set_code(ERR_INPUT, code,
	    "%s: each must be a topic such as \"measure.in_force\", or the "
	    "first word of some, and \"%.40s\" is none; these begin with "
	    "%s",
	    field, topic, WORDS);
}
