/**
 * Makes the table of the HTML report sortable: each column's head becomes a button, for mouse and keyboard. Figures go
 * from high to low first, names from A on; equals keep the report's order. Cells give numbers as `data-n`.
 */
export const reportPageScript = `
"use strict";
const table = document.getElementById("groups");
const body = table.tBodies[0];
const original = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const said = document.getElementById("said");
const { compare } = new Intl.Collator("en", { numeric: true });
for (const [column, head] of heads.entries()) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  const isNumber = head.dataset.kind === "number";
  button.addEventListener("click", () => {
    const before = head.getAttribute("aria-sort");
    const order = before === null ? (isNumber ? "descending" : "ascending")
      : before === "descending" ? "ascending" : "descending";
    const sign = order === "ascending" ? 1 : -1;
    const values = new Map(original.map((row) => {
      const cell = row.cells[column];
      return [row, isNumber ? Number(cell.dataset.n) : cell.textContent];
    }));
    const rows = [...original].sort((a, b) => {
      const x = values.get(a), y = values.get(b);
      return sign * (isNumber ? x - y : compare(x, y));
    });
    body.append(...rows);
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    said.textContent = "Sorted by " + head.dataset.title + ", " + order;
  });
}
document.getElementById("hint").hidden = false;
`;
