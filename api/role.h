#ifndef API_ROLE_H
#define API_ROLE_H

/*
 * The roles that principals act in, as in db/schema/020_organisation.sql.  A
 * principal has one; a route names the set that it takes.
 */
enum role {
	ROLE_OFFICER = 1 << 0,
	ROLE_DECIDER = 1 << 1,
	ROLE_AUDITOR = 1 << 2,
	ROLE_SUPPLIER = 1 << 3,
	ROLE_OPERATOR = 1 << 4,
	ROLE_SECURITY = 1 << 5,
	ROLE_READER = 1 << 6
};

#define ROLE_ANY  0x7fu
#define ROLE_BODY (ROLE_OFFICER | ROLE_DECIDER | ROLE_SECURITY | ROLE_READER)

/* The role's bit, or 0 when the word names none. */
unsigned role_parse(const char *word);

/* "officer or decider" for a set; text holds ROLE_TEXT_MAX octets. */
#define ROLE_TEXT_MAX 128
const char *role_write(unsigned set, char *text);

#endif
