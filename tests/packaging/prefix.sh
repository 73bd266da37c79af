# SPDX-License-Identifier: MIT
# What was built, installed below $prefix, and moved after that: nothing may know where it was.
prefix=$work/prefix

install_it()
{
  meson install -C "$OPTREG_TEST_BUILD" --no-rebuild --quiet --destdir "$work/stage"
  bin=$(find "$work/stage" -path '*/bin/optreg')
  mv "${bin%/bin/optreg}" "$prefix"
  pkgconfig=$(dirname "$(find "$prefix" -name optreg.pc)")
}

# run as a user who has the prefix and no source tree
installed()
{
  as_user PATH="$prefix/bin:/usr/bin:/bin" PKG_CONFIG_PATH="$pkgconfig" \
    LD_LIBRARY_PATH= "$@"
}
