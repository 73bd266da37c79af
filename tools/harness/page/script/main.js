/* SPDX-License-Identifier: MIT */
/* Everything comes to life. */

(() => {
  const figures = [];
  const arms = new Arms(() => figures.forEach((figure) => figure.refresh()));

  for (const figure of data.figures) {
    figures.push(new FigureView(figure, arms));
  }
  for (const figure of figures) {
    if (figure.figure.group) {
      figure.companions = figures.filter(
        (other) => other.figure.group === figure.figure.group);
    }
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    figures.forEach((figure) => figure.draw()));
  document.documentElement.classList.add("alive");
})();
