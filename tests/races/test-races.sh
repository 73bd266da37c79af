#!/bin/sh
# SPDX-License-Identifier: MIT
# Spans on several threads touch nothing in common, says ThreadSanitizer:
#   test-races.sh DRIVER PLUGIN...
# The plugin 'shares_scratch' does, and must be found out.
. "$(dirname "$0")/../packaging/tap.sh"

driver=$1
shift

race_free() # PLUGIN
{
  TSAN_OPTIONS=exitcode=66 "$driver" "$1"
}

a_race_is_found()
{
  status=0
  race_free shares_scratch 2>report || status=$?
  [ "$status" -eq 66 ]
  has report 'data race'
  has report scratch
}

two_users_share_the_pool()
{
  race_free two-users
}

for plugin in "$@"; do
  eval "$plugin() { race_free $plugin; }"
done
run_tests a_race_is_found two_users_share_the_pool "$@"
