/*
 * Which addresses a webhook may go to.
 */

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string.h>

#include "api/address.h"

static bool
is_public(const char *text)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return address_is_public((struct sockaddr *)&four);
	if (inet_pton(AF_INET6, text, &six.sin6_addr) != 1)
		fail_msg("%s is no address", text);
	return address_is_public((struct sockaddr *)&six);
}

static void
takes_addresses_of_the_internet(void **state)
{
	static const char *const all[] = { "1.1.1.1", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
		"198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2606:4700::1111", "2a00::1", "2001:200::1", "2001:db9::1",
		"2003::1", "::ffff:1.1.1.1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!is_public(all[i]))
			fail_msg("%s is refused", all[i]);
}

static void
refuses_all_others(void **state)
{
	static const char *const all[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1",
		"10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
		"192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
		"::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
		"64:ff9b:1::1", "100::1", "2001::1", "2001:10::1",
		"2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (is_public(all[i]))
			fail_msg("%s is taken", all[i]);
}

static void
refuses_what_is_no_internet_address(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	assert_false(address_is_public((struct sockaddr *)&un));
}

static void
reads_the_address_in_a_url(void **state)
{
	(void)state;
	assert_true(address_url_is_public("https://acme.example/hook"));
	assert_true(address_url_is_public("https://1.1.1.1:8443/hook"));
	assert_true(address_url_is_public("https://[2a00::1]:8443/hook"));
	assert_false(address_url_is_public("https://127.0.0.1/hook"));
	assert_false(address_url_is_public("https://10.0.0.1:8443/1.1.1.1"));
	assert_false(address_url_is_public("https://[::1]/hook"));
	assert_false(address_url_is_public("https://[::ffff:10.0.0.1]/"));
	assert_false(address_url_is_public("https://[nonsense]/"));
	assert_false(address_url_is_public("https://localhost/hook"));
	assert_false(address_url_is_public("nonsense"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_addresses_of_the_internet),
		cmocka_unit_test(refuses_all_others),
		cmocka_unit_test(refuses_what_is_no_internet_address),
		cmocka_unit_test(reads_the_address_in_a_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
