#ifndef X509_EXT_H
#define X509_EXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "x509/der.h"

/*
 * Our own certificate extensions.  None is critical: a stranger may verify
 * the certificate without knowing them.
 *
 * treInfo ::= SEQUENCE { version INTEGER (1), model UTF8String,
 *     hardwareVersion UTF8String, leastFirmware UTF8String,
 *     cocNumber UTF8String, ruleSet UTF8String, site UTF8String,
 *     level INTEGER (1..4) }
 *
 * terminalInfo ::= SEQUENCE { version INTEGER (1), model UTF8String,
 *     hardwarePlatform UTF8String, tac NumericString (SIZE (8)),
 *     cocNumber UTF8String, site UTF8String, level INTEGER (1..4) }
 *
 * treBinding ::= SEQUENCE { version INTEGER (1),
 *     hashAlgorithm OBJECT IDENTIFIER (sha256),
 *     treKey OCTET STRING (SIZE (32)),      -- of the SubjectPublicKeyInfo
 *     issuerKeyId OCTET STRING (SIZE (20)), -- of the TrE's issuing CA
 *     serial INTEGER }                      -- of the TrE's certificate
 */

/* Each string has 1 to EXT_STRING_MAX octets. */
#define EXT_STRING_MAX 128

struct tre_info {
	struct span model, hardware_version, least_firmware, coc_number,
	    rule_set, site;
	unsigned level;
};

struct terminal_info {
	struct span model, hardware_platform, tac, coc_number, site;
	unsigned level;
};

struct tre_binding {
	struct span key_sha256;	   /* 32 octets */
	struct span issuer_key_id; /* 20 octets */
	struct span serial;	   /* big-endian, no leading zero */
};

/* The extension's value, and nothing behind it. */
int tre_info_parse(struct span, struct tre_info *);
int terminal_info_parse(struct span, struct terminal_info *);
int tre_binding_parse(struct span, struct tre_binding *);

/* Is it a type allocation code: 8 digits? */
bool ext_is_tac(struct span);

void tre_info_put(struct der *, const struct tre_info *);
void terminal_info_put(struct der *, const struct terminal_info *);
void tre_binding_put(struct der *, const struct tre_binding *);

#endif
