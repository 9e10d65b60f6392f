/*
 * The offline decision: of the engine's rules those whose facts a kit has
 * (offline-kit.md).
 */

#include <string.h>

#include "policy/decide_inside.h"

static const struct {
	bool ends; /* a failure here is the whole answer */
	void (*rule)(struct judgement *);
} checks[] = {
	{ true, check_shown },	  /* 3 */
	{ true, check_paths },	  /* 4 */
	{ true, check_register }, /* 5, as far as serial numbers tell */
	{ false, check_status },  /* 6 */
	{ false, check_binding }, /* 7, by the certificate */
	{ false, check_claims },  /* 9, the firmware that measures ask for */
	{ false, check_accreditation }, /* 10 */
	{ false, check_measures },	/* 11 */
};

void
decide_offline(const struct facts *f, int64_t now, struct verdict *v)
{
	struct judgement j = { f, now, v };
	size_t i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		checks[i].rule(&j);
		if (checks[i].ends && v->nreasons > 0)
			break;
	}
	if (v->nreasons == 0)
		judge_say(&j, PRECHECK_ONLY);
	judge_conclude(&j);
}
