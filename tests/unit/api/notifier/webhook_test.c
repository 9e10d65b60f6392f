/*
 * Signatures by the vector that Standard Webhooks publishes, and waits.
 */

#include "tests/unit/test.h"

#include <string.h>

#include "api/notifier/webhook.h"
#include "base/enc.h"

#define MESSAGE "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY	"{\"test\": 2432232314}"
#define SIGNED	"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static void
sign(struct buf *out, const char *secret, const char *body)
{
	struct buf key = BUF_EMPTY;

	assert_int_equal(base64_decode(&key, span_str(secret)), 0);
	webhook_sign(out, buf_span(&key), MESSAGE, 1614265330, span_str(body));
	buf_free(&key);
}

static void
signs_the_published_vector(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	sign(&out, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BODY);
	assert_string_equal(buf_str(&out), SIGNED);
	buf_free(&out);
}

static void
another_body_or_secret_has_another_signature(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	sign(&out, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BODY " ");
	assert_string_not_equal(buf_str(&out), SIGNED);
	buf_clear(&out);
	sign(&out, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", BODY);
	assert_string_not_equal(buf_str(&out), SIGNED);
	buf_free(&out);
}

static void
two_secrets_give_two_signatures(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	sign(&out, "AAAA", BODY);
	sign(&out, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BODY);
	assert_int_equal(out.n, 2 * strlen(SIGNED) + 1);
	assert_string_equal(buf_str(&out) + strlen(SIGNED), " " SIGNED);
	buf_free(&out);
}

static void
waits_a_second_then_twice_as_long(void **state)
{
	int i;

	(void)state;
	for (i = 1; i <= 12; i++)
		assert_int_equal(webhook_wait(i, 0, 0), 1000 << (i - 1));
}

static void
waits_an_hour_at_most(void **state)
{
	(void)state;
	assert_int_equal(webhook_wait(13, 0, 0), WEBHOOK_WAIT_MOST);
	assert_int_equal(webhook_wait(2000000000, 0, 0), WEBHOOK_WAIT_MOST);
	assert_int_equal(webhook_wait(1, 0, 86400), WEBHOOK_WAIT_MOST);
	assert_int_equal(webhook_wait(1, 0, INT64_MAX), WEBHOOK_WAIT_MOST);
}

static void
chance_takes_off_a_quarter_at_most(void **state)
{
	uint32_t chance;
	int i, wait, least, seen;

	(void)state;
	for (i = 1; i <= 14; i++) {
		least = seen = webhook_wait(i, 0, 0);
		for (chance = 0; chance < 4000000; chance += 977) {
			wait = webhook_wait(i, chance, 0);
			assert_in_range(wait, least - least / 4, least);
			seen = wait < seen ? wait : seen;
		}
		assert_true(seen < least - least / 5); /* and it does */
	}
	assert_in_range(webhook_wait(1, UINT32_MAX, 0), 750, 1000);
}

static void
keeps_what_the_receiver_asked_for(void **state)
{
	(void)state;
	assert_int_equal(webhook_wait(1, 0, 30), 30000);
	assert_int_equal(webhook_wait(10, 0, 30), 512000);
	assert_int_equal(webhook_wait(1, 0, -30), 1000);
	assert_int_equal(webhook_wait(1, 0, INT64_MIN / 2000), 1000);
}

static void
no_failure_waits_as_one_does(void **state)
{
	(void)state;
	assert_int_equal(webhook_wait(0, 0, 0), 1000);
	assert_int_equal(webhook_wait(-5, 0, 0), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_the_published_vector),
		cmocka_unit_test(another_body_or_secret_has_another_signature),
		cmocka_unit_test(two_secrets_give_two_signatures),
		cmocka_unit_test(waits_a_second_then_twice_as_long),
		cmocka_unit_test(waits_an_hour_at_most),
		cmocka_unit_test(chance_takes_off_a_quarter_at_most),
		cmocka_unit_test(keeps_what_the_receiver_asked_for),
		cmocka_unit_test(no_failure_waits_as_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
