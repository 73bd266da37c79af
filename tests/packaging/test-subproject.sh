#!/bin/sh
# SPDX-License-Identifier: MIT
# optreg as a Meson subproject: the library for an application, the header for a plugin, the
# checker for its test. Compiled without optimization, which nothing here depends on.
. "$(dirname "$0")/tap.sh"

an_application_and_a_plugin_use_the_subproject()
{
  mkdir -p subprojects
  ln -s "$OPTREG_TEST_SOURCE" subprojects/optreg
  cp "$OPTREG_TEST_SOURCE/examples/line.c" "$OPTREG_TEST_SOURCE/plugins/sgd/sgd.c" .
  printf 'optimizer: sgd\nlearning_rate: 0.1\n' >line.yaml
  cat >meson.build <<'END'
project('user', 'c', default_options: 'c_std=c11')
line = executable('line', 'line.c', dependencies: dependency('optreg', fallback: 'optreg'))
plugin = dependency('optreg-plugin', fallback: 'optreg')
module = shared_module('sgd', 'sgd.c', name_prefix: '', dependencies: plugin,
  gnu_symbol_visibility: 'hidden')
test('line', line, args: [files('line.yaml'), meson.current_build_dir()], depends: module)
test('check', find_program('optreg'), args: ['check', module])
END
  as_user meson setup build -Doptreg:optimization=0 -Doptreg:debug=false
  as_user ninja -C build line sgd.so subprojects/optreg/tools/optreg
  as_user build/line line.yaml "$PWD/build" >output
  has output 'y = 2.00 x -1.00'
}

# each project would compile its own tests, too: they are those of the user's alone
the_plugin_is_checked_by_the_test_of_its_project()
{
  as_user meson test -C build --no-rebuild user:
  has build/meson-logs/testlog.txt 'y = 2.00 x -1.00'
  has build/meson-logs/testlog.txt 'sgd.so: '
}

the_command_line_of_the_subproject_checks_and_compares_it()
{
  optreg=build/subprojects/optreg/tools/optreg
  as_user "$optreg" check --strict build/sgd.so >report
  fails grep -E '^(error|warning|note)' report
  printf 'optimizer: sgd\nlearning_rate: 0.05\n' >slow.yaml
  as_user "$optreg" compare line.yaml slow.yaml --plugin-dir build --seeds 2 --epochs 2 >table
  has table line
  has table slow
}

run_tests an_application_and_a_plugin_use_the_subproject \
  the_plugin_is_checked_by_the_test_of_its_project \
  the_command_line_of_the_subproject_checks_and_compares_it
