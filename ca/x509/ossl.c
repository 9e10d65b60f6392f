/*
 * Where OpenSSL's error queue becomes our one-line failure.
 */

#include <openssl/err.h>

#include "base/err.h"
#include "x509/ossl.h"

int
x509_err(const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(ERR_INTERNAL, "could not %s: %s", what,
	    why != NULL ? why : "no reason given");
}
