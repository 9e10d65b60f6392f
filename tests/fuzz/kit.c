/*
 * Offline kits from anybody, before a signature has been looked at: the first
 * octet says whether a whole file follows, a kit's content, or a set's octets.
 * Whatever is read lies within what was given, can be asked, and is written and
 * read again as the same.
 */

#include "kit/chain.h"
#include "tests/fuzz/fuzz.h"

/* Keys that differ in all that matters to where they are looked for. */
static struct kit_key
key_of(unsigned i)
{
	return (struct kit_key){ i * UINT64_C(0x9e3779b97f4a7c15),
		~i * UINT64_C(0xff51afd7ed558ccd) };
}

static void
ask_set(struct span s)
{
	struct kit_key key;
	struct exact e;
	unsigned i;

	if (exact_parse(s, &e) == 0)
		for (i = 0; i < 64; i++) {
			key = key_of(i);
			(void)exact_has(&e, &key);
		}
	exact_free(&e);
}

static void
check_kit(const struct kit *k, struct span all)
{
	size_t i, j;

	must(k->number >= 1 && k->issued < k->next_update &&
	    k->next_update - k->issued <= KIT_LASTS && k->covered <= k->issued);
	for (i = 0; i < k->nissuers; i++) {
		must(k->issuers[i].key_id.n == 20 &&
		    k->issuers[i].nlayers <= KIT_LAYERS &&
		    k->issuers[i].listed.n % KIT_RECORD == 0);
		within(k->issuers[i].key_id, all);
		within(k->issuers[i].listed, all);
		for (j = 0; j < k->issuers[i].nlayers; j++)
			within(k->issuers[i].layers[j], all);
	}
}

/* What is written of what was read says the same, for ever. */
static void
read_content(struct span s)
{
	struct buf once = BUF_EMPTY, twice = BUF_EMPTY;
	struct kit k, again;

	if (kit_parse(s, &k) == 0) {
		check_kit(&k, s);
		must(kit_write(&k, &once) == 0);
		must(kit_parse(buf_span(&once), &again) == 0);
		must(kit_write(&again, &twice) == 0);
		must(span_equal(buf_span(&once), buf_span(&twice)));
		kit_free(&again);
		/* nothing may be missing, nor stand behind it */
		must(kit_parse(span_of(s.p, s.n - 1), &again) == -1);
		kit_free(&again);
	}
	kit_free(&k);
	buf_free(&once);
	buf_free(&twice);
}

static void
ask_chain(struct kit_chain *c)
{
	const struct kit *k = kit_chain_newest(c);
	uint8_t serial[17] = { 1 };
	enum kit_class class;
	size_t i;

	for (i = 0; i < k->nissuers; i++)
		for (serial[16] = 0; serial[16] < 32; serial[16]++)
			if (kit_chain_class(c, k->issuers[i].key_id,
				span_of(serial, sizeof(serial)),
				serial[16] % 2 == 0 ? 0 : k->covered - 1,
				&class))
				must(class < KIT_CLASSES);
}

static void
read_file(struct span s)
{
	struct kit_chain c = KIT_CHAIN_EMPTY;
	struct buf octets = BUF_EMPTY;
	struct kit_file f;

	buf_put_span(&octets, s);
	if (kit_file_open(&octets, &f) == 0 && kit_file_read(&f) == 0) {
		check_kit(&f.kit, buf_span(&f.octets));
		if (kit_chain_add(&c, &f) == 0)
			ask_chain(&c);
	}
	kit_file_free(&f);
	kit_chain_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	switch (p[0] % 3) {
	case 0:
		read_file(span_of(p + 1, n - 1));
		break;
	case 1:
		read_content(span_of(p + 1, n - 1));
		break;
	default:
		ask_set(span_of(p + 1, n - 1));
	}
	return 0;
}
