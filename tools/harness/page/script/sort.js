/* SPDX-License-Identifier: MIT */
/* Tables that are sorted by a click on a heading. */

function sortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];

  function key(row, column) {
    const cell = row.cells[column];
    return cell.dataset.value === undefined
      ? cell.textContent.trim().toLowerCase()
      : cell.dataset.value === "" ? NaN : Number(cell.dataset.value);
  }

  /* what is no number comes last, whichever way */
  function compare(a, b, direction) {
    if (typeof a === "string") {
      return direction * a.localeCompare(b);
    }
    return Number.isNaN(a) - Number.isNaN(b) || direction * (a - b) || 0;
  }

  function sortBy(column) {
    const isUp = headings[column].getAttribute("aria-sort") !== "ascending";
    headings.forEach((heading) => heading.removeAttribute("aria-sort"));
    headings[column].setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const rows = [...body.rows];
    rows.sort((a, b) => compare(key(a, column), key(b, column), isUp ? 1 : -1));
    body.append(...rows);
  }

  headings.forEach((heading, column) => {
    const button = element("button", { type: "button", click: () => sortBy(column) });
    button.append(...heading.childNodes);
    heading.append(button);
  });
}
