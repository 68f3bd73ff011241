/**
 * @typedef {import("../telemetry/snapshot.ts").Snapshot} Snapshot
 * @typedef {import("../telemetry/snapshot.ts").Point} Point
 * @typedef {import("../telemetry/snapshot.ts").WorkingObject} WorkingObject
 * @typedef {import("../telemetry/snapshot.ts").EndedObject} EndedObject
 * @typedef {import("../telemetry/snapshot.ts").RejectsOfReason} RejectsOfReason
 * @typedef {import("../telemetry/snapshot.ts").Trouble} Trouble
 */

(() => {
  "use strict";

  /** Points kept, a second apart: what the charts show. */
  const maxPoints = 600;
  /** An event larger than that breaks the connection. */
  const maxEventLength = 4 * 1024 * 1024;
  /** Without an event for so long, the connection counts as lost. */
  const silenceMs = 10_000;
  const retryWaitsMs = [1_000, 2_000, 4_000, 8_000, 15_000];
  /** Rows shown of a list before one asks for all. */
  const maxRowsAtFirst = 8;
  /** Characters shown of a rejected line, and of a message. */
  const maxSampleLength = 240;
  const maxMessageLength = 600;
  /** Measurements missing for so long are bridged in a chart; longer, they leave a gap. */
  const maxBridgedSeconds = 10;
  const meanSeconds = 10;
  const tokenKey = "sluice-token";

  /**
   * @template {HTMLElement} [E=HTMLElement]
   * @param {string} id
   * @returns {E}
   */
  const byId = (id) => /** @type {E} */ (document.getElementById(id));

  // Numbers and times, for people.

  const wholeFormat = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const tenthsFormat = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
  const compactFormat = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
  const moneyFormat = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  // Rounded down, so that 100% is all of it.
  const ratioFormat = new Intl.NumberFormat("en-US", {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    roundingMode: "floor",
  });
  const timeFormat = new Intl.DateTimeFormat("en-US", { timeStyle: "medium", hourCycle: "h23" });
  const minuteFormat = new Intl.DateTimeFormat("en-US", {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const dayFormat = new Intl.DateTimeFormat("en-US", {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });

  const whole = (/** @type {number} */ n) => wholeFormat.format(n);
  const rate = (/** @type {number} */ n) => (n < 100 ? tenthsFormat : wholeFormat).format(n);
  const ratio = (/** @type {number} */ n) => ratioFormat.format(n);
  const compact = (/** @type {number} */ n) => compactFormat.format(n);

  /** @param {number} n @param {string} one @param {string} [many] */
  const counted = (n, one, many = `${one}s`) => `${whole(n)} ${n === 1 ? one : many}`;

  /** @param {number} bytes */
  function size(bytes) {
    if (bytes < 1000) return counted(bytes, "byte");
    const units = ["kB", "MB", "GB", "TB", "PB"];
    let amount = bytes / 1000;
    let unit = 0;
    // From 999.95 on it would be written as 1,000.
    while (amount >= 999.95 && unit < units.length - 1) {
      amount /= 1000;
      unit++;
    }
    return `${tenthsFormat.format(amount)} ${units[unit]}`;
  }

  /** @param {number} seconds */
  function duration(seconds) {
    if (seconds < 0.9995) return `${whole(seconds * 1000)} ms`;
    if (seconds < 59.95) return `${tenthsFormat.format(seconds)} s`;
    return longDuration(seconds);
  }

  /** @param {number} seconds */
  function longDuration(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor(s % 3_600 / 60)} min`;
    return `${whole(Math.floor(s / 86_400))} d ${Math.floor(s % 86_400 / 3_600)} h`;
  }

  /** @param {number} timeMs @param {number} nowMs */
  function ago(timeMs, nowMs) {
    const s = Math.floor((nowMs - timeMs) / 1000);
    if (s < 5) return "just now";
    if (s < 60) return `${s} s ago`;
    if (s < 3_600) return `${Math.floor(s / 60)} min ago`;
    if (s < 86_400) return `${Math.floor(s / 3_600)} h ago`;
    return dayFormat.format(timeMs);
  }

  /** The text's beginning; whole characters only. @param {string} text @param {number} length */
  function cut(text, length) {
    const characters = Array.from(text.slice(0, 2 * length + 2));
    return characters.length <= length ? text : `${characters.slice(0, length).join("")}…`;
  }

  // What is written goes into the text node that is there, and only if it differs: selections and focus stay.

  /** @param {HTMLElement} element @param {string} text */
  function write(element, text) {
    const node = element.firstChild;
    if (node === null) {
      if (text !== "") element.append(text);
    } else if (node.nodeValue !== text) node.nodeValue = text;
  }

  /** @param {string} id @param {string} text */
  const set = (id, text) => write(byId(id), text);

  /** @param {HTMLElement} element @param {boolean} isShown */
  function show(element, isShown) {
    if (element.hidden === isShown) element.hidden = !isShown;
  }

  /** @param {HTMLElement} element @param {string} name @param {string} value */
  function attribute(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  /** @param {HTMLElement} element @param {"" | "is-good" | "is-warning" | "is-error"} tone */
  function tone(element, tone) {
    for (const name of ["is-good", "is-warning", "is-error"]) element.classList.toggle(name, name === tone);
  }

  /**
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, string>} attributes
   * @param {(Node | string)[]} children
   * @returns {HTMLElementTagNameMap[T]}
   */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /**
   * A list whose rows belong to keys: a row stays the same element as long as its key is there.
   *
   * @template Item
   * @typedef {object} RowsOptions
   * @property {string} id Of the parent; `<id>-more`, `-table` and `-empty` are shown as fits, where they exist.
   * @property {(item: Item) => string} keyOf
   * @property {(item: Item) => { element: HTMLElement, update: (item: Item, snapshot: Snapshot) => void }} row
   */

  /**
   * @template Item
   * @param {RowsOptions<Item>} options
   * @returns {(items: readonly Item[], snapshot: Snapshot, emptyText: string) => void}
   */
  function rows({ id, keyOf, row }) {
    const parent = byId(id);
    const table = byId(`${id}-table`);
    const more = byId(`${id}-more`);
    const empty = byId(`${id}-empty`);
    /** @type {Map<string, ReturnType<typeof row>>} */
    let present = new Map();
    let isWhole = false;
    /** @type {Parameters<ReturnType<typeof rows<Item>>> | undefined} */
    let last;
    more?.addEventListener("click", () => {
      isWhole = !isWhole;
      if (last !== undefined) update(...last);
    });

    /** @param {readonly Item[]} items @param {Snapshot} snapshot @param {string} emptyText */
    function update(items, snapshot, emptyText) {
      last = [items, snapshot, emptyText];
      /** @type {typeof present} */
      const next = new Map();
      for (const item of isWhole ? items : items.slice(0, maxRowsAtFirst)) {
        let key = keyOf(item);
        while (next.has(key)) key += "+";
        const one = present.get(key) ?? row(item);
        one.update(item, snapshot);
        next.set(key, one);
      }
      for (const [key, { element }] of present) if (!next.has(key)) element.remove();
      let place = parent.firstElementChild;
      for (const { element } of next.values()) {
        if (element === place) place = place.nextElementSibling;
        else parent.insertBefore(element, place);
      }
      present = next;
      if (table !== null) show(table, items.length > 0);
      show(empty, items.length === 0);
      write(empty, emptyText);
      if (more !== null) {
        show(more, items.length > maxRowsAtFirst);
        write(more, isWhole ? "Show fewer" : `Show all ${whole(items.length)}`);
        attribute(more, "aria-expanded", String(isWhole));
      }
    }
    return update;
  }

  /** A cell of a row; where rows are blocks, its label stands before it. @param {string} label @param {string} kind */
  const cell = (label, kind) => make("td", { role: "cell", "data-label": label, class: kind });

  const showWorking = rows({
    id: "working",
    keyOf: (/** @type {WorkingObject} */ { name, startedMs }) => `${startedMs} ${name}`,
    row: ({ name }) => {
      const [read, records, time] = [cell("Read", "read"), cell("Records", "number"), cell("For", "number")];
      const bar = make("progress", { max: "1", value: "0", "aria-label": `Read of ${name}` });
      const text = make("span", { class: "read-text" });
      read.append(bar, text);
      const title = make("td", { role: "cell", class: "name address" }, name);
      return {
        element: make("tr", { role: "row" }, title, read, records, time),
        update: ({ bytes, bytesRead, records: n, startedMs }, { nowMs }) => {
          show(bar, bytes !== undefined);
          if (bytes === undefined) {
            write(text, bytesRead === 0 ? "size not known" : `${size(bytesRead)} read, size not known`);
          } else {
            const part = bytes === 0 ? 1 : Math.min(1, bytesRead / bytes);
            if (bar.value !== part) bar.value = part;
            write(text, `${Math.floor(part * 100)}% of ${size(bytes)}`);
          }
          write(records, whole(n));
          write(time, longDuration((nowMs - startedMs) / 1000));
        },
      };
    },
  });

  /** @type {Record<EndedObject["outcome"], ["" | "is-good" | "is-error", string]>} */
  const outcomes = {
    done: ["is-good", "done"],
    skipped: ["", "skipped"],
    gone: ["", "gone"],
    failed: ["is-error", "failed"],
  };

  const showEnded = rows({
    id: "ended",
    keyOf: (/** @type {EndedObject} */ { name, endedMs, outcome }) => `${endedMs} ${outcome} ${name}`,
    row: ({ name, outcome, records, rejected, seconds, endedMs }) => {
      const when = make("time", { datetime: new Date(endedMs).toISOString() });
      const ended = cell("Ended", "number");
      ended.append(when);
      const [kind, word] = outcomes[outcome] ?? ["", outcome];
      const outcomeCell = cell("Outcome", "");
      outcomeCell.append(make("span", { class: `outcome ${kind}` }, word));
      const texts = /** @type {const} */ ([
        ["Records", whole(records)],
        ["Rejects", whole(rejected)],
        ["Took", duration(seconds)],
      ]).map(([label, text]) => {
        const one = cell(label, "number");
        one.append(text);
        return one;
      });
      const title = make("td", { role: "cell", class: "name address" }, name);
      return {
        element: make("tr", { role: "row" }, title, outcomeCell, ...texts, ended),
        update: (_, { nowMs }) => write(when, ago(endedMs, nowMs)),
      };
    },
  });

  /** @type {Record<RejectsOfReason["reason"], string>} */
  const reasons = {
    invalid_json: "Not JSON",
    not_an_object: "JSON, but not an object",
    missing_key_field: "A key field is missing",
    invalid_key: "A key that cannot be asked about",
    invalid_utf8: "Not UTF-8",
    line_too_long: "Line too long",
    model_refused: "The model does not take the question",
  };

  const showRejects = rows({
    id: "rejects",
    keyOf: (/** @type {RejectsOfReason} */ { reason }) => reason,
    row: ({ reason }) => {
      const [count, place] = [make("span", { class: "item-end" }), make("p", { class: "item-note" })];
      const text = make("code", { class: "sample-text" });
      const sample = make("div", { class: "sample" }, place, text);
      const head = make(
        "p",
        { class: "item-head" },
        make("span", { class: "item-title" }, reasons[reason] ?? reason),
        make("code", { class: "item-note" }, reason),
        count,
      );
      return {
        element: make("li", {}, head, sample),
        update: ({ count: n, sample: latest }, { records }) => {
          const share = n > 0 && records.in > 0 ? `, ${share100(n / records.in)} of the lines` : "";
          write(count, whole(n) + share);
          show(sample, latest !== undefined);
          if (latest === undefined) return;
          write(place, `The latest: line ${whole(latest.line)} of ${latest.object}`);
          write(text, cut(latest.text, maxSampleLength));
        },
      };
    },
  });

  /** @param {number} part */
  function share100(part) {
    return part < 0.001 ? "less than 0.1%" : ratio(part);
  }

  const showTroubles = rows({
    id: "troubles",
    keyOf: (/** @type {Trouble} */ { level, message }) => `${level} ${message}`,
    row: ({ level, message }) => {
      const kind = level === "error" ? "is-error" : "is-warning";
      const [count, when] = [make("span"), make("time")];
      const head = make(
        "p",
        { class: "item-head" },
        make("span", { class: `level ${kind}` }, level),
        make("span", { class: "message" }, cut(message, maxMessageLength)),
        make("span", { class: "item-note item-end" }, count, when),
      );
      return {
        element: make("li", {}, head),
        update: ({ count: n, timeMs }, { nowMs }) => {
          write(count, n === 1 ? "once, " : `${whole(n)} times, latest `);
          attribute(when, "datetime", new Date(timeMs).toISOString());
          write(when, ago(timeMs, nowMs));
        },
      };
    },
  });

  // Charts.

  /**
   * @typedef {object} Measure
   * @property {string} name
   * @property {(index: number) => number | null} of Of the point with the index.
   * @property {(value: number) => string} text
   * @property {string} [none] In place of text where there is nothing.
   * @property {(value: number) => string} tick
   */

  /**
   * @typedef {object} ChartOptions
   * @property {string} id
   * @property {string} title
   * @property {Measure[]} measures One, or two with an axis each.
   * @property {boolean} [isRatio] Drawn up to 1, from a tenth below the least.
   */

  /** @type {ChartOptions[]} */
  const chartOptions = [
    {
      id: "lines",
      title: "Lines a second",
      measures: [{ name: "Lines a second", of: (i) => points[i].linesPerSecond, text: rate, tick: compact }],
    },
    {
      id: "hits",
      title: "Hit ratio",
      isRatio: true,
      measures: [{
        name: "Hit ratio",
        of: (i) => points[i].hitRatio,
        text: ratio,
        none: "no keys",
        tick: (n) => `${tenthsFormat.format(n * 100)}%`,
      }],
    },
    {
      id: "waiting",
      title: "Questions waiting",
      measures: [{
        name: "Questions waiting",
        of: (i) => points[i].questionsWaiting,
        text: whole,
        tick: compact,
      }],
    },
    {
      id: "calls",
      title: "Calls, mean of 10 s",
      measures: [
        { name: "Calls a second", of: meanCalls, text: (n) => `${rate(n)} a second`, tick: compact },
        {
          name: "Time of a call",
          of: meanLatency,
          text: (n) => `${duration(n)} each`,
          none: "none ended",
          tick: (n) => `${tenthsFormat.format(n)} s`,
        },
      ],
    },
  ];

  /** @type {Point[]} */
  let points = [];
  const charts = chartOptions.map((options) => chart(options));

  /** Full calls are few: second by second, one sees noise. @param {number} index */
  function meanCalls(index) {
    const last = points.slice(Math.max(0, index + 1 - meanSeconds), index + 1);
    return last.reduce((sum, point) => sum + point.callsPerSecond, 0) / last.length;
  }

  /** @param {number} index */
  function meanLatency(index) {
    let [calls, seconds] = [0, 0];
    for (const point of points.slice(Math.max(0, index + 1 - meanSeconds), index + 1)) {
      if (point.callSeconds === null) continue;
      // Calls are counted when they begin, perhaps, and timed when they end.
      const weight = Math.max(1, point.callsPerSecond);
      calls += weight;
      seconds += weight * point.callSeconds;
    }
    return calls === 0 ? null : seconds / calls;
  }

  /** @param {ChartOptions} options */
  function chart({ id, title, measures, isRatio = false }) {
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
    /** @type {import("uplot") | undefined} */
    let drawn;
    /** Index of the point under the pointer. @type {number | null | undefined} */
    let pointed;

    function writeValues() {
      const index = Math.min(pointed ?? Infinity, points.length - 1);
      write(at, pointed == null || index < 0 ? "now" : timeFormat.format(points[index].timeMs));
      for (const [i, { of, text, none = "none" }] of measures.entries()) {
        const value = index < 0 ? null : of(index);
        write(values[i], value === null ? none : text(value));
      }
    }

    /** What the chart shows, in words. @param {import("uplot").AlignedData} data */
    function inWords(data) {
      const parts = measures.map(({ name, text, none = "none" }, i) => {
        const all = Array.from(data[i + 1]);
        const known = all.filter((value) => value != null);
        if (known.length === 0) return `${name}: nothing measured yet`;
        const now = all.at(-1);
        const least = known.reduce((a, b) => Math.min(a, b));
        const most = known.reduce((a, b) => Math.max(a, b));
        return `${name}: now ${now == null ? none : text(now)}, least ${text(least)}, most ${text(most)}`;
      });
      return `Chart of the last 10 minutes. ${parts.join(". ")}.`;
    }

    /** @returns {import("uplot").AlignedData} */
    const aligned = () => [
      points.map((point) => point.timeMs / 1000),
      ...measures.map(({ of }) => points.map((_, i) => of(i))),
    ];

    /** @param {import("uplot").AlignedData} data */
    function create(data) {
      const style = getComputedStyle(document.documentElement);
      const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
      const font = `12px ${getComputedStyle(document.body).fontFamily}`;
      const colors = [color("--accent"), color("--second")];
      const quiet = { ticks: { show: false }, font, stroke: color("--muted") };
      /** @type {import("uplot").Options} */
      const options = {
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
          ...Object.fromEntries(
            measures.map((_, i) => [`y${i}`, { range: i === 0 && isRatio ? up : above }]),
          ),
        },
        axes: [
          {
            ...quiet,
            grid: { show: false },
            incrs: [60, 120, 300],
            space: 56,
            size: 28,
            values: (_, splits) => splits.map((split) => minuteFormat.format(split * 1000)),
          },
          ...measures.map(({ tick }, i) => ({
            ...quiet,
            stroke: measures.length === 1 ? quiet.stroke : colors[i],
            scale: `y${i}`,
            side: i === 0 ? /** @type {const} */ (3) : /** @type {const} */ (1),
            grid: { show: i === 0, stroke: color("--grid"), width: 1 },
            size: 46,
            space: 32,
            values: (/** @type {import("uplot")} */ _, /** @type {number[]} */ splits) => splits.map(tick),
          })),
        ],
        series: [
          {},
          ...measures.map((_, i) => ({
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
      drawn = new uPlot(options, data, plot);
    }

    return {
      update() {
        writeValues();
        const data = aligned();
        attribute(plot, "aria-label", inWords(data));
        if (drawn === undefined) create(data);
        else drawn.setData(data);
      },
      fit() {
        if (drawn === undefined || plot.clientWidth === 0) return;
        drawn.setSize({ width: plot.clientWidth, height: plot.clientHeight });
      },
      /** Draws it anew, in the colours of now. */
      restyle() {
        if (drawn === undefined) return;
        drawn.destroy();
        pointed = undefined;
        create(aligned());
        writeValues();
      },
    };
  }

  /** @type {(u: import("uplot"), min: number | null, max: number | null) => [number, number]} */
  function above(_, _min, max) {
    return [0, max === null || max <= 0 ? 1 : max * 1.15];
  }

  /** @type {(u: import("uplot"), min: number | null, max: number | null) => [number, number]} */
  function up(_, min) {
    return [min === null ? 0 : Math.max(0, Math.min(0.9, Math.floor(min * 10) / 10)), 1];
  }

  /**
   * What of the gaps, in pixels, stays open.
   *
   * @param {import("uplot")} u
   * @param {number} _series
   * @param {number} _from
   * @param {number} _to
   * @param {import("uplot").Series.Gaps} nulls
   */
  function gaps(u, _series, _from, _to, nulls) {
    const bridged = u.valToPos(maxBridgedSeconds, "x", true) - u.valToPos(0, "x", true);
    return nulls.filter(([from, to]) => to - from > bridged);
  }

  const resized = new ResizeObserver(() => charts.forEach((one) => one.fit()));
  resized.observe(byId("charts"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener(
    "change",
    () => charts.forEach((one) => one.restyle()),
  );

  // The page as a whole.

  /** @type {Snapshot | undefined} */
  let snapshot;
  let isPaused = false;

  /** @type {Record<Snapshot["state"], ["" | "is-good" | "is-warning", string]>} */
  const states = {
    working: ["is-good", "working"],
    waiting: ["", "waiting"],
    draining: ["is-warning", "draining"],
    ended: ["", "ended"],
  };

  /** Shows what is known; nothing while nobody looks. */
  function render() {
    if (snapshot === undefined || isPaused || document.hidden) return;
    show(byId("content"), true);
    show(byId("pause"), true);
    renderState(snapshot);
    renderSaved(snapshot);
    renderProcess(snapshot);
    renderTiles(snapshot);
    renderFleet(snapshot);
    renderLists(snapshot);
    for (const one of charts) one.update();
  }

  /** @param {Snapshot} snapshot */
  function renderState({ state, version, nowMs }) {
    const [kind, word] = states[state] ?? ["", state];
    set("state", word);
    tone(byId("state"), kind);
    set("version", version);
    set("as-of", `Figures of ${timeFormat.format(nowMs)}`);
  }

  /** @param {Snapshot} snapshot */
  function renderSaved({ saved, keys, model, records }) {
    const answered = saved.questions + keys.asked;
    const part = answered > 0 ? saved.questions / answered : 0;
    set("saved-questions", whole(saved.questions));
    set("saved-ratio", answered > 0 ? `(${ratio(part)})` : "");
    byId("saved-bar").style.setProperty("width", `${part * 100}%`);
    set("saved-calls", whole(saved.calls));
    set(
      "saved-sentence",
      records.in === 0
        ? "No records yet. From the second record of a kind on, a question is saved."
        : `For ${counted(records.in, "line")}, the model was asked ${
          counted(model.questions, "question")
        } in ${counted(model.calls, "call")}.`,
    );
    show(byId("money-block"), saved.money !== undefined);
    show(byId("spent-block"), saved.spent !== undefined);
    show(byId("price-hint"), saved.money === undefined && saved.spent === undefined);
    if (saved.money !== undefined) set("saved-money", moneyFormat.format(saved.money));
    if (saved.spent !== undefined) set("spent", moneyFormat.format(saved.spent));
  }

  /** @param {Snapshot} snapshot */
  function renderProcess({ command, from, to, model, cache, startedMs, nowMs, rssBytes, bytes, records }) {
    set("command", `sluice ${command}`);
    set(
      "command-note",
      `${counted(records.in, "line")} in, ${whole(records.out)} out, ${whole(records.rejected)} rejected`,
    );
    show(byId("way"), from !== undefined || to !== undefined);
    set("from", from ?? "");
    set("to", to ?? "");
    set("model-url", model.url);
    renderHealth("model", model.isDown);
    set(
      "model-note",
      `${counted(model.calls, "call")}, ${whole(model.retries)} of them again after a failure`,
    );
    set("cache-url", cache.url);
    renderHealth("cache", cache.isDown);
    set(
      "cache-note",
      `${mean("read", cache.reads, cache.readSeconds)}, ${mean("write", cache.writes, cache.writeSeconds)}`,
    );
    set("uptime", longDuration((nowMs - startedMs) / 1000));
    set("started", `since ${dayFormat.format(startedMs)}`);
    set("memory", size(rssBytes));
    set("bytes", `${size(bytes.in)} came in, ${size(bytes.out)} went out`);
  }

  /** @param {string} what @param {number} n @param {number} seconds */
  function mean(what, n, seconds) {
    return counted(n, what) + (n > 0 ? ` of ${duration(seconds / n)}` : "");
  }

  /** @param {"model" | "cache"} name @param {boolean} isDown */
  function renderHealth(name, isDown) {
    set(`${name}-health`, isDown ? "down" : "up");
    tone(byId(`${name}-health`), isDown ? "is-error" : "is-good");
  }

  /** @param {Snapshot} snapshot */
  function renderTiles({ records, keys, model }) {
    const point = points.at(-1);
    set("tile-lines", rate(point?.linesPerSecond ?? 0));
    set("tile-lines-note", `${whole(records.in)} since the start`);
    set("tile-hits", keys.seen > 0 ? ratio((keys.local + keys.hits) / keys.seen) : "none yet");
    set("tile-hits-note", `${whole(keys.local + keys.hits)} of ${counted(keys.seen, "key")} known`);
    set("tile-waiting", whole(model.questionsWaiting));
    set("tile-waiting-note", `${whole(model.questions)} asked since the start`);
    set("tile-calls", whole(model.callsUnderWay));
    set(
      "tile-calls-note",
      model.calls > 0 ? `${duration(model.seconds / model.calls)} a call, on average` : "no call yet",
    );
  }

  /** @param {Snapshot} snapshot */
  function renderFleet({ fleet }) {
    show(byId("fleet"), fleet !== undefined);
    if (fleet === undefined) return;
    const { queue, waiting, active, delayed, failed, oldestSeconds, workers, isDown } = fleet;
    set(
      "fleet-sentence",
      isDown ? `Queue ${queue} does not answer: these figures are old.` : `Queue ${queue}.`,
    );
    set("fleet-waiting", whole(waiting));
    set(
      "fleet-waiting-note",
      oldestSeconds === undefined ? "nothing waits" : `the oldest for ${longDuration(oldestSeconds)}`,
    );
    set("fleet-active", whole(active));
    set("fleet-active-note", `on ${counted(workers, "worker")}`);
    set("fleet-delayed", whole(delayed));
    set("fleet-delayed-note", "after a failure");
    set("fleet-failed", whole(failed));
    set("fleet-failed-note", failed > 0 ? "sluice queue says why" : "");
  }

  /** @param {Snapshot} snapshot */
  function renderLists(snapshot) {
    const { objects, requests, state, working, ended, rejects, troubles } = snapshot;
    const isServing = requests !== undefined;
    const one = isServing ? "request" : "object";
    set("working-heading", isServing ? "Requests under way" : "Objects in work");
    set("ended-heading", isServing ? "Last requests" : "Last objects");
    set("working-name", isServing ? "Request" : "Object");
    set("ended-name", isServing ? "Request" : "Object");
    show(byId("totals"), isServing || objects !== undefined);
    if (isServing) {
      set(
        "totals",
        `${whole(requests.underWay)} under way, ${whole(requests.done)} done, ${
          whole(requests.failed)
        } failed, ${whole(requests.refused)} turned away because too many were under way.`,
      );
    } else if (objects !== undefined) {
      const { found, done, skipped, failed, gone, ignored } = objects;
      const rest = [`${whole(done)} done`, `${whole(skipped)} done before`, `${whole(failed)} failed`];
      if (gone > 0) rest.push(`${whole(gone)} gone`);
      if (ignored > 0) rest.push(`${whole(ignored)} not selected`);
      set("totals", `${counted(found, "object")} found so far: ${rest.join(", ")}.`);
    }
    const idle = {
      working: `No ${one} in work right now.`,
      waiting: `Waiting for the next ${one}.`,
      draining: `Told to stop: no ${one} is begun any more.`,
      ended: "All is over: nothing is in work.",
    };
    showWorking(working, snapshot, idle[state] ?? "");
    showEnded(ended, snapshot, `No ${one} has ended yet. The last 50 will stand here.`);
    showRejects(rejects, snapshot, "No rejects so far: every line could be used.");
    showTroubles(troubles, snapshot, "No warnings and no errors in the last hour.");
  }

  byId("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    attribute(byId("pause"), "aria-pressed", String(isPaused));
    render();
  });
  document.addEventListener("visibilitychange", render);

  // The connection.

  /** Ends the wait before the next try. */
  let tryNow = () => {};
  byId("try-now").addEventListener("click", () => tryNow());
  addEventListener("online", () => tryNow());

  /** @param {"connecting" | "connected" | "lost" | "locked"} to */
  function showConnection(to) {
    const isLost = to === "lost";
    // Whoever tried by the keyboard goes on with the figures.
    if (!isLost && document.activeElement === byId("try-now")) byId("figures").focus();
    const end = snapshot?.state === "ended" ? "The run has ended; these are its last figures. " : "";
    set(
      "connection",
      to === "connecting" ? "Connecting…" : isLost ? `${end}Connection lost, trying again…` : "",
    );
    byId("connection").parentElement?.classList.toggle("is-shown", isLost || to === "connecting");
    document.body.classList.toggle("is-lost", isLost || (to === "locked" && snapshot !== undefined));
    show(byId("try-now"), isLost);
    document.title = isLost ? "Sluice: connection lost" : "Sluice";
  }

  /** Holds the connection for as long as the page lives. */
  async function stayConnected() {
    showConnection("connecting");
    for (let failures = 0;;) {
      const outcome = await readEvents(() => {
        failures = 0;
        showConnection("connected");
      });
      if (outcome === "locked") {
        showConnection("locked");
        await askForToken();
        continue;
      }
      showConnection("lost");
      const wait = retryWaitsMs[Math.min(failures++, retryWaitsMs.length - 1)];
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait);
        tryNow = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  /**
   * Reads events until there are no more, or none for too long.
   *
   * @param {() => void} onEvent
   * @returns {Promise<"lost" | "locked">}
   */
  async function readEvents(onEvent) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const token = sessionStorage.getItem(tokenKey);
      const response = await fetch("/v1/live", {
        headers: {
          accept: "text/event-stream",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        cache: "no-store",
        redirect: "error",
        signal: silence.signal,
      });
      if (response.status === 401) return "locked";
      if (!response.ok || response.body === null) return "lost";
      const parse = eventParser((type, data) => {
        if (type !== "history" && type !== "state") return;
        receive(type, JSON.parse(data));
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMs);
        onEvent();
        render();
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) parse(next.value);
      return "lost";
    } catch {
      return "lost";
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  /** @param {"history" | "state"} type @param {any} data */
  function receive(type, data) {
    if (type === "history") {
      points = data.slice(-maxPoints);
      return;
    }
    snapshot = data.snapshot;
    // The first second may end the history already.
    if (points.at(-1)?.timeMs === data.point.timeMs) points.pop();
    points.push(data.point);
    if (points.length > maxPoints) points.shift();
  }

  /**
   * Takes text of a `text/event-stream` as it comes, cut anywhere.
   *
   * @param {(type: string, data: string) => void} onEvent
   * @returns {(text: string) => void}
   */
  function eventParser(onEvent) {
    let rest = "";
    let type = "";
    /** @type {string[]} */
    let data = [];
    let length = 0;
    return (text) => {
      rest += text;
      for (;;) {
        const end = rest.search(/[\r\n]/);
        // A CR at the end may have its LF still to come.
        if (end === -1 || (end === rest.length - 1 && rest[end] === "\r")) break;
        const line = rest.slice(0, end);
        rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
        if (line === "") {
          if (data.length > 0) onEvent(type === "" ? "message" : type, data.join("\n"));
          type = "";
          data = [];
          length = 0;
          continue;
        }
        const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (name === "event") type = value;
        else if (name === "data") {
          data.push(value);
          length += value.length;
        }
      }
      if (rest.length + length > maxEventLength) {
        throw new Error(`Cannot read an event: it is longer than ${maxEventLength} characters`);
      }
    };
  }

  /** Resolves once a token was given. */
  async function askForToken() {
    const form = byId("token-form");
    const field = /** @type {HTMLInputElement} */ (byId("token"));
    const wasRefused = sessionStorage.getItem(tokenKey) !== null;
    sessionStorage.removeItem(tokenKey);
    set("token-error", wasRefused ? "The process did not take this token." : "");
    show(form, true);
    field.focus();
    const token = await new Promise((resolve) => {
      form.onsubmit = (event) => {
        event.preventDefault();
        const text = field.value.trim();
        // What cannot stand in a header would fail as if the connection were lost.
        if (/^[\x21-\x7e]+$/.test(text)) resolve(text);
        else set("token-error", "A token has visible ASCII characters only.");
      };
    });
    sessionStorage.setItem(tokenKey, token);
    field.value = "";
    set("token-error", "");
    byId("figures").focus();
    show(form, false);
  }

  stayConnected();
})();
