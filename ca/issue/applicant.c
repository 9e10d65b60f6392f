/*
 * Who a request says it is for.
 */

#include <string.h>

#include "base/err.h"
#include "issue/applicant.h"
#include "x509/csr_subject.h"
#include "x509/oid.h"

int
applicant_read(struct span names, struct applicant *a)
{
	memset(a, 0, sizeof(*a));
	switch (
	    csr_subject_find(names, oid_common_name, a->id, sizeof(a->id))) {
	case -1:
		return -1;
	case 0:
		return err_set_code(ERR_INPUT, "DEVICE_ID_MISSING",
		    "the request's subject needs a common name: the device's "
		    "id");
	}
	if (!manifest_id_ok(span_str(a->id)))
		return err_set_code(ERR_INPUT, "DEVICE_ID",
		    "the common name is no device's id: 4 to 32 capital "
		    "letters, digits, dots and hyphens");
	if (csr_subject_find(names, oid_dn_qualifier, a->tre, sizeof(a->tre)) ==
		-1 ||
	    csr_subject_find(
		names, oid_serial_number, a->tac, sizeof(a->tac)) == -1)
		return -1;
	return 0;
}
