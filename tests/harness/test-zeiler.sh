#!/bin/sh
# SPDX-License-Identifier: MIT
# The experiments of configs/zeiler-2012 on digits instead of MNIST, which takes seconds: that
# they load, that their arms are the paper's cells, that all claims are judged. That the claims
# are met on MNIST is shown by hand.
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

run_tests table_1_has_15_cells table_2_has_12_cells the_network_with_tanh_has_one \
  there_are_4_best_cells claims_are_about_the_arms_that_they_name
