#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: check-contraction.sh OBJDUMP INCLUDE PLUGIN.c COMPILER
# No fused multiply-add in a plugin whose author forgot all flags; and, so that the check
# itself is checked, one in a function that does not include plugin.h.
set -eu

objdump=$1 include=$2 source=$3
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

count_fused()
{
  "$objdump" -d "$1" | grep -Ec 'vfn?m(add|sub)' || true
}

printf 'float f(float a, float b, float c) { return a * b + c; }\n' >"$folder/control.c"
"$@" -std=gnu11 -O3 -march=x86-64-v4 -c "$folder/control.c" -o "$folder/control.o"
"$@" -std=gnu11 -O3 -march=x86-64-v4 -I"$include" -c "$source" -o "$folder/plugin.o"

if [ "$(count_fused "$folder/control.o")" -eq 0 ]; then
  echo "the check does not work: no fused multiply-add where one is expected" >&2
  exit 1
fi
if [ "$(count_fused "$folder/plugin.o")" -ne 0 ]; then
  echo "$source: the compiler contracted a * b + c" >&2
  exit 1
fi
