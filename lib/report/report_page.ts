/** The looks of the HTML report: light, dark, narrow and printed. */
export const reportPageStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --card: #f6f7f9; --ink: #1b2230; --soft: #555f70; --rule: #d9dee6; --accent: #2c6fbb;
  --mean: #b3471d; --track: #e7ebf1; --focus: #1a5fb4;
  --l1: #fbe7ab; --l2: #c3e2a4; --l3: #84cfb2; --l4: #44b2c4; --l5: #2976aa; --l6: #35509f; --l7: #281e5d;
  --on1: #1b2230; --on2: #1b2230; --on3: #1b2230; --on4: #1b2230; --on5: #ffffff; --on6: #ffffff; --on7: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --card: #1a2029; --ink: #e7ebf2; --soft: #a5afbf; --rule: #323b48; --accent: #6aa9ec;
    --mean: #f09a6c; --track: #262e3a; --focus: #8ec2ff;
    --l1: #f7e3a1; --l2: #b5da97; --l3: #6fc3a6; --l4: #3fa6bd; --l5: #4387c7; --l6: #5668c9; --l7: #8a6fd6;
    --on5: #0d1117; --on6: #ffffff; --on7: #0d1117;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .25rem; }
p { margin: 0; }
time { white-space: nowrap; }
.soft { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; margin: 1.5rem 0; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; padding: .8rem 1rem; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures dd { margin: 0; }
.figures .big { font-size: 1.75rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.notes { margin: 0 0 1.5rem; padding: .6rem 1rem; border-left: 3px solid var(--mean); background: var(--card); list-style: none; font-size: .9375rem; }
.charts { display: grid; gap: 2.5rem; margin-bottom: 2.5rem; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: .75rem; }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: minmax(0, 14rem) minmax(0, 1fr) 3.25rem; column-gap: .75rem; align-items: center; padding: .12rem 0; }
.bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .9375rem; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; font-size: .9375rem; }
.bars .rest { border-top: 1px solid var(--rule); margin-top: .3rem; padding-top: .4rem; }
.bars .rest .name { font-style: italic; }
.bars svg { display: block; width: 100%; height: 1.25rem; }
.stacks svg { height: 1.5rem; }
.axis { font-size: .75rem; color: var(--soft); }
.axis svg { height: 1.1rem; overflow: visible; }
.axis text { fill: var(--soft); font-size: 12px; text-anchor: middle; }
.axis .end { text-anchor: end; }
.track { fill: var(--track); }
.bar { fill: var(--accent); }
.tick { stroke: var(--paper); stroke-opacity: .55; }
.mean { stroke: var(--mean); stroke-width: 2; }
.halo { stroke: var(--paper); stroke-width: 5; }
.key-mean { color: var(--mean); white-space: nowrap; }
.stacks rect { stroke: var(--paper); stroke-width: 1; }
.stacks text { font-size: 12px; text-anchor: middle; dominant-baseline: central; }
.l1 { fill: var(--l1); } .l2 { fill: var(--l2); } .l3 { fill: var(--l3); } .l4 { fill: var(--l4); }
.l5 { fill: var(--l5); } .l6 { fill: var(--l6); } .l7 { fill: var(--l7); }
.on1 { fill: var(--on1); } .on2 { fill: var(--on2); } .on3 { fill: var(--on3); } .on4 { fill: var(--on4); }
.on5 { fill: var(--on5); } .on6 { fill: var(--on6); } .on7 { fill: var(--on7); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: .35rem 0 0; padding: 0; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: .9rem; height: .9rem; flex: none; }
.legend rect { stroke: var(--soft); stroke-width: .5; }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: .6rem; }
.scroll:focus-visible, button:focus-visible { outline: 3px solid var(--focus); outline-offset: -3px; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .6rem; text-align: right; white-space: nowrap; }
th.name { text-align: left; max-width: 22rem; min-width: 9rem; white-space: normal; overflow-wrap: anywhere; }
tbody th { font-weight: 500; }
thead th { background: var(--card); border-bottom: 1px solid var(--rule); vertical-align: bottom; font-weight: 600; white-space: normal; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tfoot tr > * { border-top: 1px solid var(--rule); background: var(--card); font-weight: 650; }
tfoot .rest > * { font-weight: 500; font-style: italic; }
thead button { all: unset; cursor: pointer; display: block; width: 100%; box-sizing: border-box; }
thead button:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; border-radius: 2px; }
thead button:hover { text-decoration: underline; }
thead [aria-sort="ascending"] button::after { content: "\\a0↑"; }
thead [aria-sort="descending"] button::after { content: "\\a0↓"; }
.said { margin-bottom: .75rem; }
footer { margin-top: 1.5rem; }
@media (max-width: 64rem) { .axis tspan { display: none; } }
@media (max-width: 60rem) { .figures { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 40rem) {
  main { padding: 1.25rem 1rem 2rem; }
  h1 { font-size: 1.4rem; }
  .figures { gap: .5rem; }
  .figures div { padding: .6rem .75rem; }
  .figures .big { font-size: 1.35rem; }
  .bars li { grid-template-columns: minmax(0, 1fr) auto; padding: .25rem 0; }
  .bars svg { grid-column: 1 / -1; grid-row: 2; height: 1rem; }
  .bars .stack svg { height: 1.25rem; }
  .axis .name, .axis .value { display: none; }
  th, td { padding: .4rem .5rem; }
  th.name { min-width: 8rem; max-width: 11rem; }
}
@media print {
  @page { margin: 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .22rem; }
  th.name { min-width: 5.5rem; }
  tr, .bars li, .figures div { break-inside: avoid; }
  h2, figcaption { break-after: avoid; }
  .screen { display: none; }
}
`;

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
