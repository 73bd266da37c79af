#!/bin/sh
# SPDX-License-Identifier: MIT
# optreg as a Meson subproject: the library for an application, the header for a plugin.
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
test('check', find_program('optreg'), args: ['list', '--plugin-dir', meson.current_build_dir()])
END
  as_user meson setup build
  as_user ninja -C build line sgd.so
  as_user build/line line.yaml "$PWD/build" >output
  has output 'y = 2.00 x -1.00'
}

run_tests an_application_and_a_plugin_use_the_subproject
