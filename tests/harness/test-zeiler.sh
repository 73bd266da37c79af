#!/bin/sh
# SPDX-License-Identifier: MIT
# The experiments of configs/zeiler-2012 on digits instead of MNIST, which takes seconds: that
# they load, that their arms are the paper's cells, that all claims are judged, and that their
# page has the form in which the results come out. That the claims are met on MNIST is shown by
# hand: docs/zeiler-2012.md.
. "$(dirname "$0")/../packaging/tap.sh"

source=$OPTREG_TEST_SOURCE

file_of() # NAME
{
  case $1 in
    best) echo "$source/tests/bench/zeiler-2012.yaml" ;;
    *) echo "$source/configs/zeiler-2012/$1.yaml" ;;
  esac
}

# what the paper found on other pictures cannot be met here
compare() # NAME N-ARMS N-CLAIMS
{
  status=0
  "$OPTREG_TEST_CLI" compare "$(file_of "$1")" --set problems=digits-mlp --epochs 1 \
    --seeds 2 -o "results/$1" >"$1.out" 2>"$1.err" || status=$?
  [ "$status" -eq 4 ] || { cat "$1.err"; fail "exit status $status"; }
  [ "$(grep -c '^ *"config" : ' "results/$1/results.json")" -eq "$2" ]
  [ "$(grep -c ': \(met\|missed\)$' "$1.out")" -eq "$3" ]
  has "$1.err" "of $3 expectations are missed"
}

table_1_has_15_cells() { compare table1 15 20; }
table_2_has_12_cells() { compare table2 12 14; }
the_network_with_tanh_has_one() { compare tanh 1 1; }
there_are_4_best_cells() { compare best 4 4; }

# means and deviations of claims are those of the runs
claims_are_about_the_arms_that_they_name()
{
  python3 - results/table1/results.json results/table2/results.json <<'END'
import json, statistics, sys

for path in sys.argv[1:]:
    results = json.load(open(path))
    arms = {arm["name"]: [run["test"]["error"] for run in arm["runs"]]
            for arm in results["problems"][0]["arms"]}
    single = [row for row in results["expectations"] if row.get("arm") in arms]
    assert {row["arm"] for row in single} == set(arms)
    for row in single:
        scores = arms[row["arm"]]
        assert abs(row["lowest"] - statistics.mean(scores)) < 1e-12, row
        assert abs(row["sd"] - statistics.stdev(scores)) < 1e-12, row
        met = row["at_least"] is None or row["at_least"] <= row["lowest"]
        met = met and (row["at_most"] is None or row["highest"] <= row["at_most"])
        assert row["is_met"] == met, row
END
}

# numbers, and what follows from them, apart
form() # PAGE
{
  sed -e 's/digits-mlp/mnist-mlp/; s/\*\*missed\*\*/met/' -e 's/[0-9][0-9.]*/N/g' \
    -e 's/N ± N %/N %/' "$1" | awk '/^<!-- machine -->$/ { print; skip = 1 }
                                    /^<!-- end -->$/ { skip = 0 } !skip'
}

the_page_is_what_the_results_are_written_as()
{
  cp "$source/docs/zeiler-2012.md" page.md
  "$source/tools/zeiler-page" results page.md
  form page.md >new
  form "$source/docs/zeiler-2012.md" >old
  diff -u old new
  # 39 claims and no other table
  [ "$(grep -c '^| .*| met |$' old)" -eq 39 ]
  [ "$(grep -c '<path class="line c' zeiler-2012.svg)" -ge 4 ]
}

the_picture_has_the_best_of_each_method()
{
  for method in adadelta sgd momentum adagrad; do
    has "$source/docs/zeiler-2012.svg" ">$method</text>"
  done
}

a_page_without_results_is_left_as_it_is()
{
  cp "$source/docs/zeiler-2012.md" page.md
  fails "$source/tools/zeiler-page" nowhere page.md 2>errors
  has errors "nowhere/table1 has no results; run: optreg compare -o nowhere/table1"
  cmp "$source/docs/zeiler-2012.md" page.md
}

run_tests table_1_has_15_cells table_2_has_12_cells the_network_with_tanh_has_one \
  there_are_4_best_cells claims_are_about_the_arms_that_they_name \
  the_page_is_what_the_results_are_written_as the_picture_has_the_best_of_each_method \
  a_page_without_results_is_left_as_it_is
