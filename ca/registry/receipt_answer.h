#ifndef REGISTRY_RECEIPT_ANSWER_H
#define REGISTRY_RECEIPT_ANSWER_H

#include "registry/receipt.h"

/*
 * What was asked, as its receipt must have it.  A receipt that holds may still
 * be the answer to another question.
 */
struct receipt_asked {
	const char *issuer; /* NULL: of whatever name, under our root */
	const char *operator;
	const char *request_id, *purpose;
	const char *mode;	   /* NULL: left to the operator's policy */
	const char *nonce;	   /* NULL: none */
	struct span challenge;	   /* empty: none */
	struct span body;	   /* all that was sent */
	struct span tre, terminal; /* their certificates; .p NULL: not shown */
};

/*
 * Is the receipt, which is parsed, the answer to that, and is one to act on at
 * that time?  Whether it holds is not asked here.
 *
 *	RECEIPT_OTHER	ERR_DENIED: of another question or operator, or none
 *			of one device
 *	RECEIPT_TIME	ERR_DENIED: not of now, or the two clocks are more than
 *			a minute apart
 */
int receipt_check_answer(
    const struct receipt_text *, const struct receipt_asked *, int64_t now);

#endif
