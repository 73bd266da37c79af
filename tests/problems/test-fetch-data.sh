#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/fetch-data with a small data set of its own, and package managers that have it here.
. "$(dirname "$0")/../packaging/tap.sh"

fetch() { as_user PATH="$work/bin:/usr/bin:/bin" OPTREG_DATA="$work/data" tools/fetch-data "$@"; }

# every test begins with nothing fetched
begin()
{
  rm -rf data bin tools source
  mkdir -p bin tools/data source/package/data
  cp "$OPTREG_TEST_SOURCE/tools/fetch-data" tools
  printf 'one\n' >source/package/data/first
  printf 'two\n' >source/package/data/second
  {
    echo "source tiny npm tiny-data@1.0.0"
    echo "source debian deb tiny-data"
    for set in tiny debian; do
      for file in first second; do
        echo "file $set $file $(sha256sum <source/package/data/$file | cut -d' ' -f1)"
      done
    done
  } >tools/data/sets.txt
  tar -czf tiny.tgz -C source package
}

command_that() # NAME SCRIPT
{
  printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
  chmod +x "bin/$1"
}

is_fetched() # SET
{
  [ "$(cat "data/$1/first" "data/$1/second")" = "one
two" ]
  [ "$(find data -mindepth 2 | wc -l)" -eq 2 ]
}

npm_packs_it()
{
  begin
  command_that npm "[ \"\$1\" = pack ] && cp $work/tiny.tgz tiny-data-1.0.0.tgz && echo \"\$*\" >$work/asked"
  fetch tiny 2>log
  is_fetched tiny
  has asked tiny-data@1.0.0
  has log "first: 4 bytes, as they should be"
  has log "tiny is in $work/data/tiny"
}

apt_get_downloads_it()
{
  begin
  mkdir -p deb/DEBIAN deb/usr/share/datasets
  printf 'Package: tiny-data\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: tiny\n' \
    >deb/DEBIAN/control
  gzip -c source/package/data/first >deb/usr/share/datasets/first.gz
  gzip -c source/package/data/second >deb/usr/share/datasets/second.gz
  dpkg-deb --build --root-owner-group deb tiny.deb
  command_that apt-get "cp $work/tiny.deb tiny-data_1_all.deb"
  fetch debian
  is_fetched debian
}

it_is_fetched_once()
{
  begin
  fetch tiny --from tiny.tgz
  fetch tiny 2>log
  has log "tiny is there already: $work/data/tiny"
}

a_damaged_file_is_fetched_again()
{
  begin
  fetch tiny --from tiny.tgz
  printf 'three\n' >data/tiny/second
  fetch tiny --from=source
  is_fetched tiny
}

a_folder_and_packed_files_will_do()
{
  begin
  gzip source/package/data/second
  fetch tiny --from source
  is_fetched tiny
}

a_url_will_do()
{
  begin
  # shellcheck disable=SC2016 # they expand in curl's place
  command_that curl 'while [ $# -gt 1 ]; do [ "$1" != --output ] || cp tiny.tgz "$2"; shift; done
echo "$1" >asked'
  fetch tiny --from https://example.org/tiny.tgz
  is_fetched tiny
  has asked https://example.org/tiny.tgz
}

another_file_is_refused()
{
  begin
  printf 'three\n' >source/package/data/second
  fails fetch tiny --from source 2>log
  has log "second of source is another file: its SHA-256 is"
  [ ! -e data/tiny ]
}

a_file_that_lacks_is_named()
{
  begin
  rm source/package/data/second
  fails fetch tiny --from source 2>log
  has log "there is no second in source"
}

what_cannot_be_fetched_says_what_to_do()
{
  begin
  command_that npm 'exit 1'
  fails fetch tiny 2>log
  has log "npm cannot fetch tiny-data@1.0.0: give --from FILE, DIR or URL"
  fails fetch tiny --from nothing 2>log
  has log "there is no nothing"
  fails fetch tiny --from tools/data/sets.txt 2>log
  has log "tools/data/sets.txt is no package and no archive"
}

exits_with_2() # ARGUMENT...
{
  result=0
  fetch "$@" 2>log || result=$?
  [ "$result" -eq 2 ]
}

usage_is_two()
{
  begin
  exits_with_2
  has log "tools/fetch-data NAME [--from FILE|DIR|URL]"
  exits_with_2 tinny
  has log "no data set is called 'tinny'; there is: tiny debian"
  exits_with_2 tiny --unknown
}

the_real_table_is_sound()
{
  table=$OPTREG_TEST_SOURCE/tools/data/sets.txt
  fails grep -Ev '^(#.*|source [a-z-]+ (npm|deb) [^ ]+|file [a-z-]+ [^ /]+ [0-9a-f]{64})$' "$table"
  [ "$(grep -c ^source "$table")" -eq 3 ]
}

run_tests npm_packs_it apt_get_downloads_it it_is_fetched_once \
  a_damaged_file_is_fetched_again a_folder_and_packed_files_will_do a_url_will_do \
  another_file_is_refused a_file_that_lacks_is_named \
  what_cannot_be_fetched_says_what_to_do usage_is_two the_real_table_is_sound
