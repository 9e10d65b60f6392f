#ifndef X509_DICE_H
#define X509_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "key/key.h"

/*
 * A DICE chain: certificates that each layer of a device's firmware makes for
 * the next one before it starts it (TCG DICE Attestation Architecture).  Each
 * says what was started in the extension TcbInfo, 2.23.133.5.4.1:
 *
 *	DiceTcbInfo ::= SEQUENCE { vendor [0], model [1], version [2]
 *	    UTF8String, svn [3], layer [4], index [5] INTEGER,
 *	    fwids [6] SEQUENCE OF SEQUENCE { hashAlg OBJECT IDENTIFIER,
 *		digest OCTET STRING },
 *	    flags [7] BIT STRING { notConfigured (0), notSecure (1),
 *		recovery (2), debug (3) },
 *	    vendorInfo [8], type [9] OCTET STRING, flagsMask [10] BIT STRING }
 *	    -- all implicit, all optional, in this order
 */

#define DICE_LAYERS_MAX	  4
#define DICE_CERT_MAX	  4096
#define DICE_MEASURED_MAX 1024 /* with the NUL */

struct dice {
	/*
	 * What was started, first layer first, as reference values have it:
	 * "sha-256;BASE64 sha-256;BASE64".
	 */
	char measured[DICE_MEASURED_MAX];
	/* a layer is not configured, not secure, in recovery or debugged */
	bool open;
	enum key_kind kind; /* of the last layer's key, which borrows */
	struct span point;
};

/*
 * Read and verify one: the first certificate is signed by the given key, each
 * other one by that of the one before it, which says that it is a CA. ERR_INPUT
 * with code EVIDENCE_MALFORMED, which names what is wrong, or ERR_DENIED with
 * SIGNATURE.
 */
int dice_judge(const struct span *chain, size_t n, enum key_kind,
    struct span point, int64_t now, struct dice *);

#endif
