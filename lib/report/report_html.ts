import { escape } from "@std/html/entities.js";
import { count, plural } from "../text/format.ts";
import type { GroupNames } from "./group_table.ts";
import { levelNames } from "../seniority/level_names.ts";
import { type Figures, groupLabel, type OtherGroups, type Report, type ReportRow } from "./report.ts";
import { reportPageScript, reportPageStyle } from "./report_page.ts";

export interface ReportHtmlOptions {
  /** When the report was made. */
  readonly madeAt: Date;
}

/** Groups that have a bar each in the charts; the table has all rows. */
const maxBars = 25;
/** Longer names are cut. */
const maxNameUnits = 160;
/** Narrower segments of a bar have no number in them, as a share. */
const minLabelledShare = 0.07;

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

/**
 * The report as one HTML page that asks for nothing else: headline figures, a chart of the average level and one of the
 * levels' shares, by group, and a table of all rows, which a few lines of script make sortable. Comes in chunks, a row
 * each. Its policy lets nothing run but this script.
 */
export async function* reportHtml(report: Report, { madeAt }: ReportHtmlOptions): AsyncGenerator<string> {
  const title = `Seniority by ${report.by.map(groupLabel).join(" and ")}`;
  const policy = `default-src 'none'; img-src data:; style-src ${await hashOf(
    reportPageStyle,
  )}; script-src ${await hashOf(
    reportPageScript,
  )}; base-uri 'none'; form-action 'none'`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Sluice">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${reportPageStyle}</style>
</head>
<body>
<main>
<header>
<h1>${escape(title)}</h1>
<p class="soft">${plural(report.total.records, "record")} of ${
    escape(groupLabel(report.source))
  }, <time datetime="${madeAt.toISOString()}">${day.format(madeAt)}</time></p>
</header>
${headline(report)}
${notesList(report.notes)}`;
  yield* charts(report);
  yield* dataTable(report);
  yield `<footer class="soft">
<p>Levels: ${levelNames.map((name, i) => `${i + 1} ${name}`).join(", ")}.
The average counts every record once; the median is the level in the middle.</p>
</footer>
</main>
<script>${reportPageScript}</script>
</body>
</html>
`;
}

async function hashOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `'sha256-${hash.toBase64()}'`;
}

function headline({ groups, total }: Report): string {
  const most = total.counts.indexOf(Math.max(...total.counts));
  const figure = (term: string, value: string, note: string) =>
    `<div><dt>${term}</dt><dd class="big">${value}</dd><dd class="soft">${note}</dd></div>`;
  return `<dl class="figures">
${figure("Average level", total.average.toFixed(2), between(total.average))}
${figure("Median level", String(total.median), between(total.median))}
${
    figure(
      "Most frequent level",
      levelNames[most]!,
      `${shareText(total.counts[most]!, total.records)} of the records`,
    )
  }
${figure("Records", count(total.records), `in ${plural(groups, "group")}`)}
</dl>`;
}

/** Which levels a mean is between. */
function between(level: number): string {
  const low = Math.floor(level);
  const name = levelNames[low - 1]!;
  return level === low
    ? `${name}, level ${low}`
    : `between ${name} (${low}) and ${levelNames[low]} (${low + 1})`;
}

function notesList(notes: readonly string[]): string {
  if (notes.length === 0) return "";
  return `<ul class="notes">${notes.map((note) => `<li>${escape(note)}</li>`).join("")}</ul>\n`;
}

function* charts(report: Report): Generator<string> {
  const { groups, others, shown, sort, total } = report;
  const rows: ReportRow[] = [];
  for (const row of report.rows()) {
    if (rows.length === maxBars) break;
    rows.push(row);
  }
  const [drawn, all] = [count(rows.length), count(groups)];
  const which = rows.length === groups ? "all groups" : {
    count: `the ${drawn} largest of ${all} groups`,
    average: `the ${drawn} of ${all} groups with the highest average`,
    name: `the first ${drawn} of ${all} groups, by name`,
  }[sort];
  const rest = others !== undefined && rows.length === shown ? others : undefined;
  yield `<div class="charts">
<figure>
<figcaption><h2>Average level</h2>
<p class="soft">${which}; <span class="key-mean">┃ all records: ${
    total.average.toFixed(2)
  }</span></p></figcaption>
<ul class="bars">
`;
  for (const row of rows) yield averageBar(rowLabel(row), row, total);
  if (rest !== undefined) yield averageBar(othersLabel(rest), rest, total, "rest");
  yield `<li class="axis" aria-hidden="true"><span class="name"></span><svg>${
    levelNames.map((name, i) =>
      `<text x="${percent((i + 1) / levelNames.length)}" y="12"${
        i + 1 === levelNames.length ? ' class="end"' : ""
      }>${i + 1}<tspan> ${name.replace("executive", "exec.")}</tspan></text>`
    ).join("")
  }</svg><span class="value"></span></li>
</ul>
</figure>
<figure>
<figcaption><h2>Share of each level</h2>
<p class="soft">${which}, in percent of a group's records; at the right their number</p>
<ul class="legend">${
    levelNames.map((name, i) =>
      `<li><svg aria-hidden="true"><rect class="l${i + 1}" width="100%" height="100%" rx="2"/></svg>${
        i + 1
      } ${name}</li>`
    ).join("")
  }</ul></figcaption>
<ul class="bars stacks">
`;
  for (const row of rows) yield sharesBar(rowLabel(row), row);
  if (rest !== undefined) yield sharesBar(othersLabel(rest), rest, "rest");
  yield sharesBar("all records", total, "rest");
  yield `</ul>
</figure>
</div>
`;
}

/** A name for the page; a very long one is cut, which the other formats do not do. */
function nameLabel(name: GroupNames[number]): string {
  return groupLabel(
    name !== undefined && name.length > maxNameUnits ? `${name.slice(0, maxNameUnits)}…` : name,
  );
}

function rowLabel({ names }: ReportRow): string {
  return names.map(nameLabel).join(" · ");
}

function othersLabel({ groups }: OtherGroups): string {
  return `all others (${count(groups)})`;
}

function averageBar(label: string, { average, records }: Figures, total: Figures, kind = ""): string {
  const mean = percent(total.average / levelNames.length);
  const meanLine = (kind: string) => `<line class="${kind}" x1="${mean}" x2="${mean}" y1="0" y2="100%"/>`;
  const ticks = levelNames.slice(1).map((_, i) => {
    const x = percent((i + 1) / levelNames.length);
    return `<line class="tick" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  }).join("");
  const words = `${label}: average level ${average.toFixed(2)}, ${plural(records, "record")}`;
  return `<li class="${kind}">${nameSpan(label)}<svg role="img"><title>${escape(words)}</title>` +
    `<rect class="track" y="10%" width="100%" height="80%" rx="2"/>` +
    `<rect class="bar" y="10%" width="${
      percent(average / levelNames.length)
    }" height="80%" rx="2"/>${ticks}` +
    `${meanLine("halo")}${meanLine("mean")}</svg>` +
    `<span class="value">${average.toFixed(2)}</span></li>\n`;
}

function sharesBar(label: string, { counts, records }: Figures, kind = ""): string {
  let before = 0, segments = "", labels = "";
  const words: string[] = [];
  counts.forEach((n, i) => {
    if (n === 0) return;
    const portion = n / records;
    const name = `${i + 1} ${levelNames[i]}: ${escape(shareText(n, records))}`;
    words.push(`${i + 1} ${levelNames[i]}: ${shareText(n, records)}`);
    segments += `<rect class="l${i + 1}" x="${percent(before)}" width="${percent(portion)}" height="100%">` +
      `<title>${escape(label)}, ${name}</title></rect>`;
    if (portion >= minLabelledShare) {
      labels += `<text class="on${i + 1}" x="${percent(before + portion / 2)}" y="50%">${
        Math.round(portion * 100)
      }</text>`;
    }
    before += portion;
  });
  return `<li class="stack ${kind}">${nameSpan(label)}<svg role="img" aria-label="${
    escape(`${label}: ${words.join(", ")}`)
  }">${segments}${labels}</svg><span class="value soft">${shortCount.format(records)}</span></li>\n`;
}

const shortCount = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

function nameSpan(label: string): string {
  return `<span class="name" title="${escape(label)}"><bdi>${escape(label)}</bdi></span>`;
}

/** A share in tenths of percent; what is there is never shown as nothing, nor a part as all. */
function shareText(part: number, all: number): string {
  if (part === 0) return "–";
  if (part < all * 0.001) return "<0.1 %";
  const percent = (part / all * 100).toFixed(1);
  return `${percent === "100.0" && part < all ? "99.9" : percent} %`;
}

function percent(portion: number): string {
  return `${Number((portion * 100).toFixed(3))}%`;
}

function* dataTable(report: Report): Generator<string> {
  const { by, groups, others, shown, sort, total } = report;
  const head = (
    title: string,
    kind: "name" | "number",
    text: string,
    isSorted = false,
    order = "descending",
  ) =>
    `<th scope="col" class="${kind}" data-kind="${kind}" data-title="${escape(title)}"${
      isSorted ? ` aria-sort="${order}"` : ""
    }>${text}</th>`;
  yield `<section>
<h2 id="table-title">${shown === groups ? "All groups" : `${count(shown)} of ${plural(groups, "group")}`}</h2>
<p class="soft screen" id="hint" hidden>Click a column heading to sort by it.</p>
<p class="soft said screen" id="said" role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="table-title">
<table id="groups">
<thead><tr>${
    by.map((field, i) =>
      head(field, "name", escape(groupLabel(field)), sort === "name" && i === 0, "ascending")
    ).join("")
  }${head("records", "number", "Records", sort === "count")}${
    head("average level", "number", "Average", sort === "average")
  }${head("median level", "number", "Median")}${
    levelNames.map((name, i) => head(`share of level ${i + 1}, ${name}`, "number", `${i + 1} ${name}`)).join(
      "",
    )
  }</tr></thead>
<tbody>
`;
  for (const row of report.rows()) {
    const names = row.names.map((name) =>
      `<th scope="row" class="name"><bdi>${escape(nameLabel(name))}</bdi></th>`
    );
    yield `<tr>${names.join("")}${figureCells(row)}</tr>\n`;
  }
  const span = by.length > 1 ? ` colspan="${by.length}"` : "";
  yield `</tbody>
<tfoot>
${
    others === undefined
      ? ""
      : `<tr class="rest"><th scope="row" class="name"${span}>${othersLabel(others)}</th>${
        figureCells(others)
      }</tr>\n`
  }<tr><th scope="row" class="name"${span}>all records</th>${figureCells(total)}</tr>
</tfoot>
</table>
</div>
</section>
`;
}

function figureCells({ records, average, median, counts }: Figures): string {
  const cell = (n: number, text: string) => `<td data-n="${n}">${text}</td>`;
  return cell(records, count(records)) + cell(average, average.toFixed(2)) + cell(median, String(median)) +
    counts.map((n) => cell(n / records, escape(shareText(n, records)))).join("");
}
