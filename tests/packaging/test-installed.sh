#!/bin/sh
# SPDX-License-Identifier: MIT
# The installed prefix alone: an application, the journey of an author, the manual.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/prefix.sh"

nothing_installed_knows_the_source_tree()
{
  [ "$OPTREG_TEST_DEBUG" = false ] || set -- --binary-files=without-match
  fails grep -rlF "$@" -e "$OPTREG_TEST_SOURCE/" -e "$OPTREG_TEST_BUILD" "$prefix"
}

pkg_config_tells_where_plugins_and_the_checker_are()
{
  [ -f "$(installed pkg-config --variable=plugindir optreg-plugin)/sgd.so" ]
  [ -x "$(installed pkg-config --variable=checker optreg-plugin)" ]
  installed pkg-config --cflags optreg-plugin >flags
  has flags -ffp-contract=off
}

the_library_has_a_versioned_name()
{
  LC_ALL=C objdump -p "$(find "$prefix" -name liboptreg.so)" >headers
  grep -Eq 'SONAME +liboptreg\.so\.[0-9]+$' headers
}

an_application_is_built_and_runs()
{
  cp "$OPTREG_TEST_SOURCE/examples/line.c" .
  printf 'optimizer: sgd\nlearning_rate: 0.1\n' >line.yaml
  # shellcheck disable=SC2046,SC2086 # lists of words, as in CC="ccache gcc"
  installed ${CC:-cc} line.c -o line $(installed pkg-config --cflags --libs optreg) \
    -Wl,-rpath,"$(installed pkg-config --variable=libdir optreg)"
  installed ./line line.yaml >output
  has output 'y = 2.00 x -1.00'
}

journey() # NAME GRANULARITY
{
  installed optreg new "$1" --granularity "$2" >output
  has output "meson setup build"
  cd "$1"
  printf 'optimizer: adadelta\nlearning_rate: 1.0\n' >adadelta.yaml
  installed meson setup build -Dwerror=true
  installed meson compile -C build
  installed meson test -C build
  installed optreg check --strict "build/$1.so" >report
  ! grep -E '^(error|warning|note)' report || fail "the check is not silent"
  installed optreg compare "$1.yaml" adadelta.yaml --plugin-dir build --seeds 2 \
    --epochs 3 >table
  has table "$1"
  has table adadelta
  [ "$(wc -l <meson.build)" -lt 10 ]
}

a_new_optimizer_of_elements_is_compiled_checked_and_compared()
{
  journey tiger element
}

a_new_optimizer_of_tensors_is_compiled_checked_and_compared()
{
  journey lioness tensor
}

one_is_built_against_the_build_tree()
{
  as_user "$OPTREG_TEST_BUILD/tools/optreg" new cub --dir 'a cub' >output
  sed -n '/ compare /d; s/^  //p' output >commands
  [ "$(wc -l <commands)" -eq 4 ]
  as_user sh -eu commands
  as_user meson test -C 'a cub/build'
  has 'a cub/build/meson-logs/testlog.txt' "$OPTREG_TEST_BUILD/tools/optreg check"
}

the_readme_of_a_project_has_the_line_for_the_build_tree()
{
  cd 'a cub'
  sed -n 's/^    \(PKG_CONFIG_PATH=.*\)/\1-again/p' README.md >commands
  [ "$(wc -l <commands)" -eq 1 ]
  as_user sh -eu commands
  cd ..
  installed optreg new fox >output
  has output '  meson setup build'
  has fox/README.md '    PKG_CONFIG_PATH=/path/to/optreg/build/meson-uninstalled meson setup build'
}

the_lines_of_the_readme_work_in_a_checkout()
{
  mkdir checkout
  ln -s "$OPTREG_TEST_BUILD" checkout/build
  cd checkout
  sed -n '/^build\/tools\/optreg new/,/^```/p' "$OPTREG_TEST_SOURCE/README.md" |
    grep -v '^```' >../commands
  [ "$(wc -l <../commands)" -eq 3 ]
  as_user sh -eu ../commands
}

# the checker is not on the path: the variable must lead to it
a_plugin_is_built_and_installed_where_the_prefix_has_a_space()
{
  spaced="$work/a prefix"
  cp -R "$prefix" "$spaced"
  installed optreg new puma --dir puma >output
  cd puma
  in_spaced meson setup build -Dwerror=true
  in_spaced meson compile -C build
  in_spaced meson test -C build
  has build/meson-logs/testlog.txt "/bin/optreg' check"
  in_spaced meson install -C build
  [ -f "$(dirname "$(find "$spaced" -name sgd.so)")/puma.so" ]
}

in_spaced()
{
  as_user PATH=/usr/bin:/bin PKG_CONFIG_PATH="$spaced${pkgconfig#"$prefix"}" LD_LIBRARY_PATH= "$@"
}

the_checker_is_run_by_meson_test()
{
  grep -q "'check', plugin" tiger/meson.build
  sed -i 's/i < span->n/i <= span->n/' tiger/tiger.c
  cd tiger
  installed meson compile -C build
  fails installed meson test -C build
  has build/meson-logs/testlog.txt "behind the end of"
}

it_trains_as_plain_gradient_descent_does()
{
  cd tiger
  printf 'optimizer: sgd\nlearning_rate: 0.1\n' >sgd.yaml
  installed optreg compare tiger.yaml sgd.yaml --plugin-dir build --seeds 2 --epochs 3 \
    --out same >table
  has table 'sgd is identical to tiger: the same weights, bit for bit, with each of 2 seeds'
}

every_verb_has_a_manual_page_with_every_option()
{
  installed optreg --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' >verbs
  [ "$(wc -l <verbs)" -ge 6 ]
  while read -r verb; do
    page=$(find "$prefix" -name "optreg-$verb.1")
    [ -n "$page" ] || fail "optreg $verb has no page"
    sed 's/\\-/-/g' "$page" >page
    installed optreg "$verb" --help | grep -o -- '--[a-z][a-z-]*' | sort -u >options
    while read -r option; do
      has page "$option"
    done <options
    has "$(find "$prefix" -name optreg.1)" "optreg\\-$verb"
  done <verbs
}

a_folder_that_is_not_empty_is_left_alone()
{
  mkdir -p taken
  echo mine >taken/file
  fails installed optreg new tiger --dir taken 2>error
  has error "'taken' is not empty"
  [ "$(ls taken)" = file ]
}

a_name_that_no_plugin_may_have_is_refused()
{
  fails installed optreg new Tiger 2>error
  has error "'Tiger' cannot be the name of an optimizer"
  [ ! -e Tiger ]
}

install_it >&2
run_tests nothing_installed_knows_the_source_tree \
  pkg_config_tells_where_plugins_and_the_checker_are \
  the_library_has_a_versioned_name \
  an_application_is_built_and_runs \
  a_new_optimizer_of_elements_is_compiled_checked_and_compared \
  a_new_optimizer_of_tensors_is_compiled_checked_and_compared \
  it_trains_as_plain_gradient_descent_does \
  the_checker_is_run_by_meson_test \
  one_is_built_against_the_build_tree \
  the_readme_of_a_project_has_the_line_for_the_build_tree \
  the_lines_of_the_readme_work_in_a_checkout \
  a_plugin_is_built_and_installed_where_the_prefix_has_a_space \
  every_verb_has_a_manual_page_with_every_option \
  a_folder_that_is_not_empty_is_left_alone \
  a_name_that_no_plugin_may_have_is_refused
