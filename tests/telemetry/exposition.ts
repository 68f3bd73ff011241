/** A metric in Prometheus' text form. */
export interface MetricFamily {
  readonly name: string;
  help?: string;
  type?: string;
  readonly samples: {
    name: string;
    labels: Record<string, string>;
    value: number;
    text: string;
  }[];
}

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/;
const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/**
 * Reads https://prometheus.io/docs/instrumenting/exposition_formats/, line by line.
 *
 * @throws {Error} A line is not of it, or does not belong to the metric before it.
 */
export function exposition(text: string): MetricFamily[] {
  if (!text.endsWith("\n")) {
    throw new Error("Cannot read metrics: the last line has no end");
  }
  const families = new Map<string, MetricFamily>();
  let current: MetricFamily | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const [, what, named, rest] = comment.exec(line) ?? [];
    if (what !== undefined) {
      if (current?.name !== named) {
        if (families.has(named!)) {
          throw new Error(`Cannot read metrics: ${named} comes in two places`);
        }
        families.set(named!, current = { name: named!, samples: [] });
      }
      current![what === "HELP" ? "help" : "type"] = rest!;
      continue;
    }
    const [, name, given = "", value] = sample.exec(line) ?? [];
    if (name === undefined) throw new Error(`Cannot read metrics: ${line}`);
    const base = current?.type === "histogram" ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
    if (base !== current?.name) {
      throw new Error(
        `Cannot read metrics: ${name} does not belong to ${current?.name}`,
      );
    }
    const labels: Record<string, string> = {};
    for (label.lastIndex = 0; label.lastIndex < given.length;) {
      const found = label.exec(given);
      if (found === null) throw new Error(`Cannot read metrics: ${line}`);
      labels[found[1]!] = found[2]!;
    }
    current!.samples.push({
      name,
      labels,
      value: Number(value!.replace("Inf", "Infinity")),
      text: line.slice(0, line.lastIndexOf(" ")),
    });
  }
  return [...families.values()];
}

const shortUnits = [
  "s",
  "ms",
  "us",
  "ns",
  "sec",
  "secs",
  "b",
  "kb",
  "mb",
  "gb",
  "kib",
  "mib",
  "gib",
  "m",
  "min",
  "hr",
  "pct",
];
const otherUnits =
  /^(?:milli|micro|nano|kilo|mega|giga|kibi|mebi|gibi)?(?:seconds|bytes|bits)$|^(?:minutes|hours|days|percent)$/;
const types = ["counter", "gauge", "histogram", "summary"];

/** What `promtool check metrics` finds fault with, and series that come twice. */
export function lintProblems(families: readonly MetricFamily[]): string[] {
  const problems: string[] = [];
  for (const { name, help, type, samples } of families) {
    const say = (problem: string) => problems.push(`${name} ${problem}`);
    const isDistribution = type === "histogram" || type === "summary";
    if (help === undefined) say("has no help");
    if (!types.includes(type ?? "")) say("has no type");
    if (type === "counter" && !name.endsWith("_total")) {
      say("is a counter without _total");
    }
    if (type !== "counter" && name.endsWith("_total")) {
      say("is no counter, but ends in _total");
    }
    if (!isDistribution && /_(?:count|sum|bucket)$/.test(name)) {
      say("has a reserved suffix");
    } else if (name.split("_").some((word) => types.includes(word))) {
      say("names its type");
    }
    if (name.includes(":")) say("has a colon");
    else if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name)) {
      say("is not in snake case");
    }
    for (const word of name.split("_")) {
      if (shortUnits.includes(word)) say(`has the short unit ${word}`);
      if (otherUnits.test(word) && word !== "seconds" && word !== "bytes") {
        say(`has ${word}, not a base unit`);
      }
    }
    const seen = new Set<string>();
    for (const { labels, name: series, text } of samples) {
      for (const named of Object.keys(labels)) {
        const isOfType = (type === "histogram" && named === "le" &&
          series.endsWith("_bucket")) ||
          (type === "summary" && named === "quantile");
        if (
          (named === "le" || named === "quantile" || named.startsWith("__")) &&
          !isOfType
        ) {
          say(`has the reserved label ${named}`);
        } else if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(named)) {
          say(`has the label ${named}, not in snake case`);
        }
      }
      if (seen.has(text)) say(`has ${text} twice`);
      seen.add(text);
    }
  }
  return problems;
}
