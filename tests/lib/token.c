/*
 * A PKCS#11 module before SoftHSM's, for tests: it counts, and fails when it
 * shall.  In the folder ASSAY_TEST_TOKEN:
 *
 *	logins	an octet for each C_Login that the token was asked for
 *	signed	one for each C_Sign that it has done
 *	failed	one for each that has failed as it should
 *	fail-at	C_Sign fails from so many done, while this file is there
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dlfcn.h>
#include <sys/stat.h>

#include <p11-kit/pkcs11.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

static CK_FUNCTION_LIST list, *token;

static const char *
path_of(const char *name, char out[512])
{
	const char *folder = getenv("ASSAY_TEST_TOKEN");

	(void)snprintf(out, 512, "%s/%s", folder != NULL ? folder : ".", name);
	return out;
}

static void
count(const char *name)
{
	char path[512];
	int fd = open(path_of(name, path),
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, ".", 1) != 1)
		abort(); /* a test must not go on without */
	(void)close(fd);
}

static int
shall_fail(void)
{
	char path[512];
	struct stat st;
	long from = 0, signs = 0;
	FILE *f = fopen(path_of("fail-at", path), "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &from) != 1)
		from = 0;
	(void)fclose(f);
	if (stat(path_of("signed", path), &st) == 0)
		signs = (long)st.st_size;
	return signs >= from;
}

static CK_RV
login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
    CK_ULONG n)
{
	count("logins");
	return token->C_Login(session, user, pin, n);
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG n,
    CK_BYTE_PTR signature, CK_ULONG_PTR length)
{
	CK_RV rv;

	if (shall_fail()) {
		count("failed");
		return CKR_DEVICE_REMOVED;
	}
	rv = token->C_Sign(session, data, n, signature, length);
	if (rv == CKR_OK)
		count("signed");
	return rv;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
	CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR);
	void *lib;

	if (token == NULL) {
		if ((lib = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL)) == NULL)
			return CKR_GENERAL_ERROR;
		*(void **)&get = dlsym(lib, "C_GetFunctionList");
		if (get == NULL || get(&token) != CKR_OK)
			return CKR_GENERAL_ERROR;
		memcpy(&list, token, sizeof(list));
		list.C_GetFunctionList = C_GetFunctionList;
		list.C_Login = login;
		list.C_Sign = sign;
	}
	*out = &list;
	return CKR_OK;
}
