#ifndef UNIT_TEST_H
#define UNIT_TEST_H

/* What every test file needs before cmocka.h, in cmocka's order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
