import type uPlot from "uplot/dist/uPlot.d.ts";
import { maxPoints, type Point } from "../../telemetry/snapshot.ts";
import { attribute, byId, make, write } from "./elements.ts";
import { compact, duration, minute, rate, ratio, tenths, time, whole } from "./format.ts";

/** The chart library, in a script before this one. */
declare const window: { readonly uPlot: typeof uPlot };

/** Gaps in the measurements up to this length are bridged in a chart; longer ones stay open. */
const maxBridgedSeconds = 10;
/** Over how long calls are averaged. */
const meanSeconds = 10;

interface Measure {
  readonly name: string;
  /** Of the point with the index; `null` if it has no value. */
  readonly of: (points: readonly Point[], index: number) => number | null;
  readonly text: (value: number) => string;
  /** Stands in place of the text if there is no value; defaults to `none`. */
  readonly none?: string;
  readonly tick: (value: number) => string;
}

interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** One, or two with an axis each. */
  readonly measures: readonly Measure[];
  /** Drawn up to 1, from a tenth below the least. */
  readonly isRatio?: boolean;
}

const chartOptions: readonly ChartOptions[] = [
  {
    id: "lines",
    title: "Lines per second",
    measures: [{
      name: "Lines per second",
      of: (points, i) => points[i]!.linesPerSecond,
      text: rate,
      tick: compact,
    }],
  },
  {
    id: "hits",
    title: "Hit ratio",
    isRatio: true,
    measures: [{
      name: "Hit ratio",
      of: (points, i) => points[i]!.hitRatio,
      text: ratio,
      none: "no keys",
      tick: (n) => `${tenths(n * 100)}%`,
    }],
  },
  {
    id: "waiting",
    title: "Questions waiting",
    measures: [{
      name: "Questions waiting",
      of: (points, i) => points[i]!.questionsWaiting,
      text: whole,
      tick: compact,
    }],
  },
  {
    id: "calls",
    title: "Model calls, 10 s average",
    measures: [
      { name: "Calls per second", of: meanCalls, text: (n) => `${rate(n)}/s`, tick: compact },
      {
        name: "Call duration",
        of: meanLatency,
        text: (n) => `${duration(n)} each`,
        none: "none ended",
        tick: (n) => `${tenths(n)} s`,
      },
    ],
  },
];

/** Full calls are few: second by second, one would see noise. */
function meanCalls(points: readonly Point[], index: number): number {
  const last = lastPoints(points, index);
  return last.reduce((sum, point) => sum + point.callsPerSecond, 0) / last.length;
}

function meanLatency(points: readonly Point[], index: number): number | null {
  let calls = 0, seconds = 0;
  for (const point of lastPoints(points, index)) {
    if (point.callSeconds === null) continue;
    // A call may be counted in the second it begins, and timed in the one it ends.
    const weight = Math.max(1, point.callsPerSecond);
    calls += weight;
    seconds += weight * point.callSeconds;
  }
  return calls === 0 ? null : seconds / calls;
}

function lastPoints(points: readonly Point[], index: number): readonly Point[] {
  return points.slice(Math.max(0, index + 1 - meanSeconds), index + 1);
}

export interface Charts {
  /** Draws these points. */
  update(points: readonly Point[]): void;
}

/** Makes the charts, in `#charts`; they fit themselves to its size and to the colour scheme. */
export function makeCharts(): Charts {
  const charts = chartOptions.map((options) => makeChart(options));
  new ResizeObserver(() => charts.forEach((chart) => chart.fit())).observe(byId("charts"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener(
    "change",
    () => charts.forEach((chart) => chart.restyle()),
  );
  return { update: (points) => charts.forEach((chart) => chart.update(points)) };
}

function makeChart({ id, title, measures, isRatio = false }: ChartOptions) {
  const at = make("span", { class: "chart-at" }, "now");
  const values = measures.map((_, i) =>
    make("span", { class: `chart-value${i === 1 ? " is-second" : ""}`, id: `chart-${id}-value-${i}` })
  );
  const plot = make("div", { class: "plot", role: "img" });
  const caption = make(
    "figcaption",
    {},
    make("span", { class: "chart-title" }, title),
    make("span", { class: "chart-values" }, at, ...values),
  );
  byId("charts").append(make("figure", { class: "chart", id: `chart-${id}` }, caption, plot));
  let points: readonly Point[] = [];
  let drawn: uPlot | undefined;
  /** Index of the point under the pointer. */
  let pointed: number | null | undefined;

  function writeValues(): void {
    const index = Math.min(pointed ?? Infinity, points.length - 1);
    write(at, pointed == null || index < 0 ? "now" : time(points[index]!.timeMs));
    for (const [i, { of, text, none = "none" }] of measures.entries()) {
      const value = index < 0 ? null : of(points, index);
      write(values[i]!, value === null ? none : text(value));
    }
  }

  /** What the chart shows, in words. */
  function inWords(data: uPlot.AlignedData): string {
    const parts = measures.map(({ name, text, none = "none" }, i) => {
      const all = Array.from(data[i + 1]!);
      const known = all.filter((value) => value != null);
      if (known.length === 0) return `${name}: no measurements yet`;
      const now = all.at(-1);
      const least = known.reduce((a, b) => Math.min(a, b));
      const most = known.reduce((a, b) => Math.max(a, b));
      return `${name}: now ${now == null ? none : text(now)}, minimum ${text(least)}, maximum ${text(most)}`;
    });
    return `Chart of the last 10 minutes. ${parts.join(". ")}.`;
  }

  const aligned = (): uPlot.AlignedData => [
    points.map((point) => point.timeMs / 1000),
    ...measures.map(({ of }) => points.map((_, i) => of(points, i))),
  ];

  function create(data: uPlot.AlignedData): void {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const colors = [color("--accent"), color("--second")];
    const quiet = { ticks: { show: false }, font, stroke: color("--muted") };
    const options: uPlot.Options = {
      width: plot.clientWidth,
      height: plot.clientHeight,
      padding: [8, measures.length === 1 ? 8 : 0, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, sync: { key: "sluice" } },
      scales: {
        x: {
          time: true,
          range: () => {
            const end = (points.at(-1)?.timeMs ?? Date.now()) / 1000;
            return [end - maxPoints, end];
          },
        },
        ...Object.fromEntries(measures.map((_, i) => [`y${i}`, { range: i === 0 && isRatio ? up : above }])),
      },
      axes: [
        {
          ...quiet,
          grid: { show: false },
          incrs: [60, 120, 300],
          space: 56,
          size: 28,
          values: (_, splits) => splits.map((split) => minute(split * 1000)),
        },
        ...measures.map(({ tick }, i): uPlot.Axis => ({
          ...quiet,
          stroke: measures.length === 1 ? quiet.stroke : colors[i],
          scale: `y${i}`,
          side: i === 0 ? 3 : 1,
          grid: { show: i === 0, stroke: color("--grid"), width: 1 },
          size: 46,
          space: 32,
          values: (_, splits) => splits.map(tick),
        })),
      ],
      series: [
        {},
        ...measures.map((_, i): uPlot.Series => ({
          scale: `y${i}`,
          stroke: colors[i],
          width: 1.5,
          ...(i === 0 && !isRatio ? { fill: color("--accent-soft") } : {}),
          points: { show: false },
          gaps,
        })),
      ],
      hooks: {
        setCursor: [(u) => {
          if (pointed === u.cursor.idx) return;
          pointed = u.cursor.idx;
          writeValues();
        }],
      },
    };
    drawn = new window.uPlot(options, data, plot);
  }

  return {
    update(given: readonly Point[]): void {
      points = given;
      writeValues();
      const data = aligned();
      attribute(plot, "aria-label", inWords(data));
      if (drawn === undefined) create(data);
      else drawn.setData(data);
    },
    fit(): void {
      if (drawn === undefined || plot.clientWidth === 0) return;
      drawn.setSize({ width: plot.clientWidth, height: plot.clientHeight });
    },
    /** Draws it again, in the current colours. */
    restyle(): void {
      if (drawn === undefined) return;
      drawn.destroy();
      pointed = undefined;
      create(aligned());
      writeValues();
    },
  };
}

function above(_: uPlot, _min: number | null, max: number | null): [number, number] {
  return [0, max === null || max <= 0 ? 1 : max * 1.15];
}

function up(_: uPlot, min: number | null): [number, number] {
  return [min === null ? 0 : Math.max(0, Math.min(0.9, Math.floor(min * 10) / 10)), 1];
}

/** The gaps, in pixels, that stay open. */
function gaps(
  u: uPlot,
  _series: number,
  _from: number,
  _to: number,
  nulls: uPlot.Series.Gaps,
): uPlot.Series.Gaps {
  const bridged = u.valToPos(maxBridgedSeconds, "x", true) - u.valToPos(0, "x", true);
  return nulls.filter(([from, to]) => to - from > bridged);
}
