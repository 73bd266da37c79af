# SPDX-License-Identifier: MIT
# Tests in shell, one function each: `run_tests NAME...` in a temporary folder, in the
# environment of a user who has nothing but what the test gives.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

fail()
{
  echo "$*" >&2
  return 1
}

has() # FILE TEXT
{
  grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "'$2' is not in $1"; }
}

# the command must fail
fails()
{
  if "$@"; then
    fail "this should have failed: $*"
  fi
}

# only the path, the compiler (with its cache, if it has one) and what is given as
# VARIABLE=VALUE
as_user()
{
  env -i PATH="/usr/bin:/bin" HOME="$work" TERM=dumb CC="${CC:-cc}" \
    CCACHE_DIR="${CCACHE_DIR:-${HOME:-}/.cache/ccache}" "$@"
}

run_tests()
{
  echo "1..$#"
  number=0 status=0
  for name in "$@"; do
    number=$((number + 1))
    # not as a condition, where -e would be ignored
    set +e
    (set -eu; cd "$work"; "$name") >"$work/log" 2>&1
    result=$?
    set -e
    if [ "$result" -eq 0 ]; then
      echo "ok $number $name"
    else
      sed 's/^/# /' "$work/log"
      echo "not ok $number $name"
      status=1
    fi
  done
  return $status
}
