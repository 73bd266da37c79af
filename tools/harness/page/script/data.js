/* SPDX-License-Identifier: MIT */
/* What the page knows: names of arms and figures, whose arrays are places in one list. */

const data = (() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const arrays = ["x", "y", "low", "high"];

  for (const figure of page.figures) {
    for (const view of figure.views) {
      for (const trace of view.traces) {
        for (const key of arrays) {
          if (key in trace) {
            trace[key] = page.arrays[trace[key]];
          }
        }
      }
    }
  }
  return { arms: page.arms, figures: page.figures };
})();
