#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/writing-a-plugin.md, literally: files are made of its blocks and its commands are run, in
# an empty directory, against an installed prefix. A block is "```sh", or "```KIND FILE", which
# begins FILE or goes on with it.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/prefix.sh"

page=$OPTREG_TEST_SOURCE/docs/writing-a-plugin.md

# the page as a script
as_script()
{
  awk '
    /^```sh$/ { kind = "sh"; next }
    /^```[a-z]+ [^ ]+$/ {
      kind = "file"; file = $2
      printf "cat %s %s <<\"END-OF-BLOCK\"\n", (file in begun) ? ">>" : ">", file
      begun[file] = 1
      next
    }
    /^```/ {
      if (kind == "file") print "END-OF-BLOCK"
      kind = kind == "" ? "other" : ""
      next
    }
    kind == "sh" || kind == "file" { print }
  ' "$page"
}

the_page_has_blocks_of_every_kind()
{
  as_script >script
  [ "$(grep -c 'END-OF-BLOCK$' script)" -ge 6 ]
  has script 'optreg new'
  has script 'optreg compare'
}

following_it_ends_in_a_table_with_the_new_optimizer()
{
  mkdir follow
  cd follow
  as_script >../script
  installed sh -eu ../script >../output 2>../errors || { cat ../errors; fail "stopped"; }
  grep -Eq '^lion +[0-9.]+ ' ../output || { cat ../output; fail "no table"; }
  grep -Eq '^adadelta +[0-9.]+ ' ../output
  has ../output "together.nan"
  has ../output "lion.yaml: no errors"
}

the_optimizer_has_forty_lines_and_passes_every_check()
{
  cd follow/lion
  lines=$(grep -cv -e '^$' -e '^/\*.*\*/$' lion.c)
  [ "$lines" -le 40 ] || fail "$lines lines"
  installed optreg check --strict build/lion.so >report
  has report "lion.so: "
  fails grep -E '^(error|warning|note)' report
}

it_compiles_without_a_warning()
{
  cd follow/lion
  installed meson setup strict -Dwerror=true
  installed meson compile -C strict
}

what_it_says_about_a_mistake_is_what_the_checker_says()
{
  cp -r follow/lion mistaken
  cd mistaken
  sed -i 's/i < span->n/i <= span->n/' lion.c
  rm -rf build
  installed meson setup build
  installed meson compile -C build
  fails installed optreg check build/lion.so >report
  sed -n '/^error /,/remedy/p' "$page" >expected
  [ -s expected ]
  grep -A1 '^error ' report | cmp - expected || { cat report; fail "the page says otherwise"; }
}

install_it >&2
run_tests the_page_has_blocks_of_every_kind \
  following_it_ends_in_a_table_with_the_new_optimizer \
  the_optimizer_has_forty_lines_and_passes_every_check \
  it_compiles_without_a_warning \
  what_it_says_about_a_mistake_is_what_the_checker_says
