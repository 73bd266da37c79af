/* SPDX-License-Identifier: MIT */
/* Names: validity and near matches. */
#include "names.h"

static void
test_valid(void)
{
  const char longest[] =
      "a23456789012345678901234567890123456789012345678901234567890123";
  const char too_long[] =
      "a234567890123456789012345678901234567890123456789012345678901234";

  g_assert_true(optreg_name_is_valid("a"));
  g_assert_true(optreg_name_is_valid("adam_2"));
  g_assert_true(optreg_name_is_valid(longest));
  g_assert_false(optreg_name_is_valid(too_long));
  g_assert_false(optreg_name_is_valid(""));
  g_assert_false(optreg_name_is_valid("2a"));
  g_assert_false(optreg_name_is_valid("_a"));
  g_assert_false(optreg_name_is_valid("Adam"));
  g_assert_false(optreg_name_is_valid("../sgd"));
  g_assert_false(optreg_name_is_valid("a-b"));
}

static void
test_reserved(void)
{
  g_assert_true(optreg_name_is_reserved("groups"));
  g_assert_true(optreg_name_is_reserved("undo"));
  g_assert_false(optreg_name_is_reserved("learning_rate"));
  g_assert_false(optreg_name_is_reserved("rho"));
}

static void
test_near(void)
{
  static const char *const known[] = { "rho", "epsilon", "learning_rate", "adadelta",
                                       NULL };

  g_assert_cmpstr(optreg_name_nearest("rhoo", known), ==, "rho");
  g_assert_cmpstr(optreg_name_nearest("roh", known), ==, "rho");
  g_assert_cmpstr(optreg_name_nearest("ro", known), ==, "rho");
  g_assert_cmpstr(optreg_name_nearest("espilon", known), ==, "epsilon");
  g_assert_cmpstr(optreg_name_nearest("learningrate", known), ==, "learning_rate");
  g_assert_cmpstr(optreg_name_nearest("adadelt", known), ==, "adadelta");
  g_assert_cmpstr(optreg_name_nearest("rho", known), ==, "rho");
  g_assert_cmpstr(optreg_name_nearest("LEARNING_RATE", known), ==, "learning_rate");
  g_assert_cmpstr(optreg_name_nearest("learningRate", known), ==, "learning_rate");
  g_assert_cmpstr(optreg_name_nearest("Learning-Rate", known), ==, "learning_rate");
  g_assert_cmpstr(optreg_name_nearest("RHOO", known), ==, "rho");
}

static void
test_far(void)
{
  static const char *const known[] = { "rho", "epsilon", NULL };
  g_autofree char *huge = g_strnfill(100000, 'r');

  g_assert_null(optreg_name_nearest("momentum", known));
  g_assert_null(optreg_name_nearest("", known));
  g_assert_null(optreg_name_nearest("xyz", known));
  g_assert_null(optreg_name_nearest(huge, known));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/names/valid", test_valid);
  g_test_add_func("/names/reserved", test_reserved);
  g_test_add_func("/names/near", test_near);
  g_test_add_func("/names/far", test_far);
  return g_test_run();
}
