/*
 * What proves a receipt, judged: its place in a batch, its stamp, the status of
 * its signer.
 */

#include <string.h>

#include "base/err.h"
#include "key/merkle.h"
#include "policy/canon.h"
#include "registry/receipt_inside.h"
#include "x509/crl_read.h"
#include "x509/path.h"
#include "x509/tsp.h"

#define STAMP_EARLY 300 /* seconds that two clocks may be apart */
/* CRLReason, RFC 5280 section 5.3.1 */
enum { KEY_COMPROMISE = 1, CA_COMPROMISE = 2 };

/* Is that item, octet for octet, a leaf of the tree? */
int
receipt_item_verify(const struct receipt_text *r, const json_t *item,
    int64_t index, struct span path)
{
	uint8_t leaf[MERKLE_SIZE], root[MERKLE_SIZE];
	struct buf octets = BUF_EMPTY;
	int rc;

	if (canon_write(&octets, item) == -1) {
		buf_free(&octets);
		return receipt_malformed("its item has no canonical form");
	}
	merkle_leaf(buf_span(&octets), leaf);
	buf_free(&octets);
	rc = merkle_climb(leaf, (uint64_t)index, (uint64_t)r->size, path.p,
	    path.n / MERKLE_SIZE, root);
	if (rc == -1 || memcmp(root, r->root, MERKLE_SIZE) != 0)
		return err_set_code(ERR_DENIED, "RECEIPT_PATH",
		    "the item is none of the batch that the receipt is of");
	return 0;
}

static int
no_status(const char *why)
{
	return err_set_code(ERR_DENIED, "RECEIPT_STATUS",
	    "the bundle does not show the status of its signer: %s", why);
}

/*
 * A revocation after iat for another reason than a compromise leaves what was
 * signed before it good.  With a compromised key, iat can be anything, and only
 * a time-stamp from before tells what is older than that.
 */
static bool
spoils(const struct crl_entry *e, int64_t iat, int64_t stamped_at)
{
	int64_t since = e->invalidity != 0 ? e->invalidity : e->when;

	if (e->when <= iat || (e->invalidity != 0 && e->invalidity <= iat))
		return true;
	return (e->reason == KEY_COMPROMISE || e->reason == CA_COMPROMISE) &&
	    (stamped_at == 0 || since <= stamped_at);
}

static int
no_stamp(const char *why)
{
	return err_set_code(ERR_DENIED, "RECEIPT_TIMESTAMP",
	    "the receipt's time-stamp does not hold: %s", why);
}

/* Nothing is said of one by a TSA that the caller does not know. */
static int
check_stamp(const struct receipt_bundle *b, struct receipt_proof *proof)
{
	uint8_t leaf[MERKLE_SIZE], root[MERKLE_SIZE];

	if (b->stamp.n == 0 || b->tsa.n == 0)
		return 0;
	merkle_leaf(buf_span(&b->text), leaf);
	if (merkle_climb(leaf, (uint64_t)b->stamp_index,
		(uint64_t)b->stamp_size, b->stamp_path.p,
		b->stamp_path.n / MERKLE_SIZE, root) == -1)
		return no_stamp("its path is not one of its tree");
	if (tsp_token_verify(
		buf_span(&b->stamp), root, b->tsa, &proof->stamped_at) == -1)
		return err_kind() == ERR_DENIED ? no_stamp(err_text()) : -1;
	if (proof->stamped_at + STAMP_EARLY < b->receipt.iat)
		return no_stamp("it is older than the receipt says it is");
	return 0;
}

/* The certificate's status from its issuer's CRL; both are DER. */
static int
check_status(struct span crl_der, const struct cert *subject,
    const struct path_ca *issuer, int64_t iat, int64_t stamped_at,
    int64_t *good_at)
{
	struct crl_entry e;
	struct crl crl;
	int found;

	if (crl_der.n == 0)
		return no_status("it has no CRL");
	if (crl_parse(crl_der, &crl) == -1 ||
	    crl_verify(&crl, path_ca_cert(issuer), path_ca_key(issuer)) == -1)
		return no_status(err_text());
	if (!crl_covers(&crl, subject))
		return no_status("its CRL is about other certificates");
	if (crl.next_update < iat)
		return no_status("its CRL had ended when the receipt was made");
	if ((found = crl_find(&crl, subject->serial, &e)) == -1)
		return no_status(err_text());
	if (found == 1 && spoils(&e, iat, stamped_at))
		return err_set_code(ERR_DENIED, "RECEIPT_SIGNER_REVOKED",
		    "a certificate of the receipt's signer is revoked");
	*good_at = crl.this_update;
	return 0;
}

static int
check_chain(const struct receipt_bundle *b, const struct path_ca *root,
    const struct path_ca *issuer, struct receipt_proof *proof)
{
	struct cert signer;
	int64_t iat = b->receipt.iat;

	if (cert_parse(buf_span(&b->signer), &signer) == -1)
		return -1;
	if (check_status(buf_span(&b->crl), &signer, issuer, iat,
		proof->stamped_at, &proof->signer_good_at) == -1)
		return -1;
	/* or whoever has stolen a CA's key would leave away what tells of it */
	if (b->root_crl.n == 0)
		return path_ca_cert(issuer)->crl_url.n == 0
		    ? 0
		    : no_status("it has no CRL that tells of its signer's CA");
	return check_status(buf_span(&b->root_crl), path_ca_cert(issuer), root,
	    iat, proof->stamped_at, &proof->issuer_good_at);
}

int
receipt_bundle_verify(const struct receipt_bundle *b, struct span root_der,
    struct receipt_proof *proof)
{
	struct path_ca *root = NULL, *issuer = NULL;
	int rc = -1;

	memset(proof, 0, sizeof(*proof));
	if (receipt_text_verify(&b->receipt, buf_span(&b->signer),
		buf_span(&b->issuer), root_der) == -1 ||
	    (b->item != NULL &&
		receipt_item_verify(&b->receipt, b->item, b->index,
		    buf_span(&b->path)) == -1) ||
	    check_stamp(b, proof) == -1)
		return -1;
	if ((root = path_ca_new(root_der)) == NULL ||
	    (issuer = path_ca_new(buf_span(&b->issuer))) == NULL)
		goto out;
	rc = check_chain(b, root, issuer, proof);
out:
	path_ca_free(issuer);
	path_ca_free(root);
	return rc;
}
