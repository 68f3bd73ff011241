// deno-fmt-ignore-file
// deno-lint-ignore-file
// Made by `deno task page` from lib/page/browser/. SHA-256 of the sources:
// 2180a2f183ed366ebea510eb0fdd9048aedb4a2e1cb3fa646fb14cbdd268d90f
(() => {
  // lib/telemetry/snapshot.ts
  var maxPoints = 600;

  // lib/page/browser/elements.ts
  function byId(id) {
    return document.getElementById(id);
  }
  function write(element, text) {
    const node = element.firstChild;
    if (node === null) {
      if (text !== "") element.append(text);
    } else if (node.nodeValue !== text) node.nodeValue = text;
  }
  function set(id, text) {
    write(byId(id), text);
  }
  function show(element, isShown) {
    if (element.hidden === isShown) element.hidden = !isShown;
  }
  function attribute(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  function tone(element, tone2) {
    for (const name of [
      "is-good",
      "is-warning",
      "is-error"
    ]) element.classList.toggle(name, name === tone2);
  }
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  // lib/page/browser/format.ts
  var wholeFormat = new Intl.NumberFormat("en-US", {
    maximumFractionDigits: 0
  });
  var tenthsFormat = new Intl.NumberFormat("en-US", {
    maximumFractionDigits: 1
  });
  var compactFormat = new Intl.NumberFormat("en-US", {
    notation: "compact",
    maximumFractionDigits: 1
  });
  var moneyFormat = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2
  });
  var ratioFormat = new Intl.NumberFormat("en-US", {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    roundingMode: "floor"
  });
  var timeFormat = new Intl.DateTimeFormat("en-US", {
    timeStyle: "medium",
    hourCycle: "h23"
  });
  var minuteFormat = new Intl.DateTimeFormat("en-US", {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23"
  });
  var dayFormat = new Intl.DateTimeFormat("en-US", {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23"
  });
  var whole = (n) => wholeFormat.format(n);
  var tenths = (n) => tenthsFormat.format(n);
  var rate = (n) => (n < 100 ? tenthsFormat : wholeFormat).format(n);
  var ratio = (n) => ratioFormat.format(n);
  var compact = (n) => compactFormat.format(n);
  var money = (n) => moneyFormat.format(n);
  var time = (ms) => timeFormat.format(ms);
  var minute = (ms) => minuteFormat.format(ms);
  var day = (ms) => dayFormat.format(ms);
  function share(part) {
    return part < 1e-3 ? "less than 0.1%" : ratio(part);
  }
  function plural(n, one, many = `${one}s`) {
    return `${whole(n)} ${n === 1 ? one : many}`;
  }
  function size(bytes) {
    if (bytes < 1e3) return plural(bytes, "byte");
    const units = [
      "kB",
      "MB",
      "GB",
      "TB",
      "PB"
    ];
    let amount = bytes / 1e3;
    let unit = 0;
    while (amount >= 999.95 && unit < units.length - 1) {
      amount /= 1e3;
      unit++;
    }
    return `${tenthsFormat.format(amount)} ${units[unit]}`;
  }
  function duration(seconds) {
    if (seconds < 0.9995) return `${whole(seconds * 1e3)} ms`;
    if (seconds < 59.95) return `${tenthsFormat.format(seconds)} s`;
    return longDuration(seconds);
  }
  function longDuration(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
    return `${whole(Math.floor(s / 86400))} d ${Math.floor(s % 86400 / 3600)} h`;
  }
  function ago(timeMs, nowMs) {
    const s = Math.floor((nowMs - timeMs) / 1e3);
    if (s < 5) return "just now";
    if (s < 60) return `${s} s ago`;
    if (s < 3600) return `${Math.floor(s / 60)} min ago`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
    return dayFormat.format(timeMs);
  }
  function cut(text, length) {
    const characters = Array.from(text.slice(0, 2 * length + 2));
    return characters.length <= length ? text : `${characters.slice(0, length).join("")}\u2026`;
  }
  function capitalized(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  // lib/page/browser/charts.ts
  var maxBridgedSeconds = 10;
  var meanSeconds = 10;
  var chartOptions = [
    {
      id: "lines",
      title: "Lines per second",
      measures: [
        {
          name: "Lines per second",
          of: (points2, i) => points2[i].linesPerSecond,
          text: rate,
          tick: compact
        }
      ]
    },
    {
      id: "hits",
      title: "Hit ratio",
      isRatio: true,
      measures: [
        {
          name: "Hit ratio",
          of: (points2, i) => points2[i].hitRatio,
          text: ratio,
          none: "no keys",
          tick: (n) => `${tenths(n * 100)}%`
        }
      ]
    },
    {
      id: "waiting",
      title: "Questions waiting",
      measures: [
        {
          name: "Questions waiting",
          of: (points2, i) => points2[i].questionsWaiting,
          text: whole,
          tick: compact
        }
      ]
    },
    {
      id: "calls",
      title: "Model calls, 10 s average",
      measures: [
        {
          name: "Calls per second",
          of: meanCalls,
          text: (n) => `${rate(n)}/s`,
          tick: compact
        },
        {
          name: "Call duration",
          of: meanLatency,
          text: (n) => `${duration(n)} each`,
          none: "none ended",
          tick: (n) => `${tenths(n)} s`
        }
      ]
    }
  ];
  function meanCalls(points2, index) {
    const last = lastPoints(points2, index);
    return last.reduce((sum, point) => sum + point.callsPerSecond, 0) / last.length;
  }
  function meanLatency(points2, index) {
    let calls = 0, seconds = 0;
    for (const point of lastPoints(points2, index)) {
      if (point.callSeconds === null) continue;
      const weight = Math.max(1, point.callsPerSecond);
      calls += weight;
      seconds += weight * point.callSeconds;
    }
    return calls === 0 ? null : seconds / calls;
  }
  function lastPoints(points2, index) {
    return points2.slice(Math.max(0, index + 1 - meanSeconds), index + 1);
  }
  function makeCharts() {
    const charts2 = chartOptions.map((options) => makeChart(options));
    new ResizeObserver(() => charts2.forEach((chart) => chart.fit())).observe(byId("charts"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts2.forEach((chart) => chart.restyle()));
    return {
      update: (points2) => charts2.forEach((chart) => chart.update(points2))
    };
  }
  function makeChart({ id, title, measures, isRatio = false }) {
    const at = make("span", {
      class: "chart-at"
    }, "now");
    const values = measures.map((_, i) => make("span", {
      class: `chart-value${i === 1 ? " is-second" : ""}`,
      id: `chart-${id}-value-${i}`
    }));
    const plot = make("div", {
      class: "plot",
      role: "img"
    });
    const caption = make("figcaption", {}, make("span", {
      class: "chart-title"
    }, title), make("span", {
      class: "chart-values"
    }, at, ...values));
    byId("charts").append(make("figure", {
      class: "chart",
      id: `chart-${id}`
    }, caption, plot));
    let points2 = [];
    let drawn;
    let pointed;
    function writeValues() {
      const index = Math.min(pointed ?? Infinity, points2.length - 1);
      write(at, pointed == null || index < 0 ? "now" : time(points2[index].timeMs));
      for (const [i, { of, text, none = "none" }] of measures.entries()) {
        const value = index < 0 ? null : of(points2, index);
        write(values[i], value === null ? none : text(value));
      }
    }
    function inWords(data) {
      const parts = measures.map(({ name, text, none = "none" }, i) => {
        const all = Array.from(data[i + 1]);
        const known = all.filter((value) => value != null);
        if (known.length === 0) return `${name}: no measurements yet`;
        const now = all.at(-1);
        const least = known.reduce((a, b) => Math.min(a, b));
        const most = known.reduce((a, b) => Math.max(a, b));
        return `${name}: now ${now == null ? none : text(now)}, minimum ${text(least)}, maximum ${text(most)}`;
      });
      return `Chart of the last 10 minutes. ${parts.join(". ")}.`;
    }
    const aligned = () => [
      points2.map((point) => point.timeMs / 1e3),
      ...measures.map(({ of }) => points2.map((_, i) => of(points2, i)))
    ];
    function create(data) {
      const style = getComputedStyle(document.documentElement);
      const color = (name) => style.getPropertyValue(name).trim();
      const font = `12px ${getComputedStyle(document.body).fontFamily}`;
      const colors = [
        color("--accent"),
        color("--second")
      ];
      const quiet = {
        ticks: {
          show: false
        },
        font,
        stroke: color("--muted")
      };
      const options = {
        width: plot.clientWidth,
        height: plot.clientHeight,
        padding: [
          8,
          measures.length === 1 ? 8 : 0,
          0,
          0
        ],
        legend: {
          show: false
        },
        cursor: {
          y: false,
          drag: {
            x: false,
            y: false,
            setScale: false
          },
          sync: {
            key: "sluice"
          }
        },
        scales: {
          x: {
            time: true,
            range: () => {
              const end = (points2.at(-1)?.timeMs ?? Date.now()) / 1e3;
              return [
                end - maxPoints,
                end
              ];
            }
          },
          ...Object.fromEntries(measures.map((_, i) => [
            `y${i}`,
            {
              range: i === 0 && isRatio ? up : above
            }
          ]))
        },
        axes: [
          {
            ...quiet,
            grid: {
              show: false
            },
            incrs: [
              60,
              120,
              300
            ],
            space: 56,
            size: 28,
            values: (_, splits) => splits.map((split) => minute(split * 1e3))
          },
          ...measures.map(({ tick }, i) => ({
            ...quiet,
            stroke: measures.length === 1 ? quiet.stroke : colors[i],
            scale: `y${i}`,
            side: i === 0 ? 3 : 1,
            grid: {
              show: i === 0,
              stroke: color("--grid"),
              width: 1
            },
            size: 46,
            space: 32,
            values: (_, splits) => splits.map(tick)
          }))
        ],
        series: [
          {},
          ...measures.map((_, i) => ({
            scale: `y${i}`,
            stroke: colors[i],
            width: 1.5,
            ...i === 0 && !isRatio ? {
              fill: color("--accent-soft")
            } : {},
            points: {
              show: false
            },
            gaps
          }))
        ],
        hooks: {
          setCursor: [
            (u) => {
              if (pointed === u.cursor.idx) return;
              pointed = u.cursor.idx;
              writeValues();
            }
          ]
        }
      };
      drawn = new window.uPlot(options, data, plot);
    }
    return {
      update(given) {
        points2 = given;
        writeValues();
        const data = aligned();
        attribute(plot, "aria-label", inWords(data));
        if (drawn === void 0) create(data);
        else drawn.setData(data);
      },
      fit() {
        if (drawn === void 0 || plot.clientWidth === 0) return;
        drawn.setSize({
          width: plot.clientWidth,
          height: plot.clientHeight
        });
      },
      /** Draws it again, in the current colours. */
      restyle() {
        if (drawn === void 0) return;
        drawn.destroy();
        pointed = void 0;
        create(aligned());
        writeValues();
      }
    };
  }
  function above(_, _min, max) {
    return [
      0,
      max === null || max <= 0 ? 1 : max * 1.15
    ];
  }
  function up(_, min) {
    return [
      min === null ? 0 : Math.max(0, Math.min(0.9, Math.floor(min * 10) / 10)),
      1
    ];
  }
  function gaps(u, _series, _from, _to, nulls) {
    const bridged = u.valToPos(maxBridgedSeconds, "x", true) - u.valToPos(0, "x", true);
    return nulls.filter(([from, to]) => to - from > bridged);
  }

  // lib/page/browser/event_parser.ts
  var maxEventLength = 4 * 1024 * 1024;
  function eventParser(onEvent) {
    let rest = "";
    let type = "";
    let data = [];
    let length = 0;
    return (text) => {
      rest += text;
      for (; ; ) {
        const end = rest.search(/[\r\n]/);
        if (end === -1 || end === rest.length - 1 && rest[end] === "\r") break;
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

  // lib/page/browser/connection.ts
  var silenceMs = 1e4;
  var retryWaitsMs = [
    1e3,
    2e3,
    4e3,
    8e3,
    15e3
  ];
  var tokenKey = "sluice-token";
  var tryNow = () => {
  };
  async function stayConnected(events) {
    byId("try-now").addEventListener("click", () => tryNow());
    addEventListener("online", () => tryNow());
    showConnection("connecting", events);
    for (let failures = 0; ; ) {
      const outcome = await readEvents(events, () => {
        failures = 0;
        showConnection("connected", events);
      });
      if (outcome === "locked") {
        showConnection("locked", events);
        await askForToken();
        continue;
      }
      showConnection("lost", events);
      const waitMs = retryWaitsMs[Math.min(failures++, retryWaitsMs.length - 1)];
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        tryNow = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  function showConnection(to, { hasEnded }) {
    const isLost = to === "lost";
    if (!isLost && document.activeElement === byId("try-now")) byId("figures").focus();
    const end = hasEnded() ? "The run has ended; these are its last figures. " : "";
    set("connection", to === "connecting" ? "Connecting\u2026" : isLost ? `${end}Connection lost, reconnecting\u2026` : "");
    byId("connection").parentElement?.classList.toggle("is-shown", isLost || to === "connecting");
    document.body.classList.toggle("is-lost", isLost || to === "locked" && hasEnded() !== void 0);
    show(byId("try-now"), isLost);
    document.title = isLost ? "Sluice: connection lost" : "Sluice";
  }
  async function readEvents(events, onEvent) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const token = sessionStorage.getItem(tokenKey);
      const response = await fetch("/v1/live", {
        headers: {
          accept: "text/event-stream",
          ...token === null ? {} : {
            authorization: `Bearer ${token}`
          }
        },
        cache: "no-store",
        redirect: "error",
        signal: silence.signal
      });
      if (response.status === 401) return "locked";
      if (!response.ok || response.body === null) return "lost";
      const parse = eventParser((type, data) => {
        if (type === "history") events.history(JSON.parse(data));
        else if (type === "state") events.state(JSON.parse(data));
        else return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMs);
        onEvent();
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
  async function askForToken() {
    const form = byId("token-form");
    const field = byId("token");
    const wasRefused = sessionStorage.getItem(tokenKey) !== null;
    sessionStorage.removeItem(tokenKey);
    set("token-error", wasRefused ? "The server rejected this token." : "");
    show(form, true);
    field.focus();
    const token = await new Promise((resolve) => {
      form.onsubmit = (event) => {
        event.preventDefault();
        const text = field.value.trim();
        if (/^[\x21-\x7e]+$/.test(text)) resolve(text);
        else set("token-error", "A token consists of visible ASCII characters only.");
      };
    });
    sessionStorage.setItem(tokenKey, token);
    field.value = "";
    set("token-error", "");
    byId("figures").focus();
    show(form, false);
  }

  // lib/records/reject_words.ts
  var rejectWords = {
    invalid_json: "not JSON",
    not_an_object: "JSON, but not an object",
    missing_key_field: "a key field is missing",
    null_key_field: "a key field is null",
    key_field_not_text: "a key field is not text",
    invalid_key: "the key cannot be sent to the model",
    invalid_utf8: "not UTF-8",
    line_too_long: "line too long",
    invalid_csv: "CSV with a stray or unclosed quote",
    ragged_row: "CSV row with too many or too few fields",
    model_refused: "the model rejects the question"
  };

  // lib/page/browser/rows.ts
  var maxRowsAtFirst = 8;
  function rows({ id, keyOf, row }) {
    const parent = byId(id), empty = byId(`${id}-empty`);
    const table = document.getElementById(`${id}-table`), more = document.getElementById(`${id}-more`);
    let present = /* @__PURE__ */ new Map();
    let isWhole = false;
    let last;
    more?.addEventListener("click", () => {
      isWhole = !isWhole;
      if (last !== void 0) update(...last);
    });
    function update(items, snapshot2, emptyText) {
      last = [
        items,
        snapshot2,
        emptyText
      ];
      const next = /* @__PURE__ */ new Map();
      for (const item of isWhole ? items : items.slice(0, maxRowsAtFirst)) {
        let key = keyOf(item);
        while (next.has(key)) key += "+";
        const one = present.get(key) ?? row(item);
        one.update(item, snapshot2);
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
  function cell(label, kind) {
    return make("td", {
      role: "cell",
      "data-label": label,
      class: kind
    });
  }

  // lib/page/browser/lists.ts
  var maxSampleLength = 240;
  var maxMessageLength = 600;
  var showWorking = rows({
    id: "working",
    keyOf: ({ name, startedMs }) => `${startedMs} ${name}`,
    row: ({ name }) => {
      const read = cell("Read", "read"), records = cell("Records", "number"), time2 = cell("For", "number");
      const bar = make("progress", {
        max: "1",
        value: "0",
        "aria-label": `Read of ${name}`
      });
      const text = make("span", {
        class: "read-text"
      });
      read.append(bar, text);
      const title = make("td", {
        role: "cell",
        class: "name address"
      }, name);
      return {
        element: make("tr", {
          role: "row"
        }, title, read, records, time2),
        update: ({ bytes, bytesRead, records: n, startedMs }, { nowMs }) => {
          show(bar, bytes !== void 0);
          if (bytes === void 0) {
            write(text, bytesRead === 0 ? "size unknown" : `${size(bytesRead)} read, size unknown`);
          } else {
            const part = bytes === 0 ? 1 : Math.min(1, bytesRead / bytes);
            if (bar.value !== part) bar.value = part;
            write(text, `${Math.floor(part * 100)}% of ${size(bytes)}`);
          }
          write(records, whole(n));
          write(time2, longDuration((nowMs - startedMs) / 1e3));
        }
      };
    }
  });
  var outcomeTones = {
    done: "is-good",
    skipped: "",
    gone: "",
    failed: "is-error"
  };
  var showEnded = rows({
    id: "ended",
    keyOf: ({ name, endedMs, outcome }) => `${endedMs} ${outcome} ${name}`,
    row: ({ name, outcome, records, rejected, tries, seconds, endedMs }) => {
      const when = make("time", {
        datetime: new Date(endedMs).toISOString()
      });
      const ended = cell("Ended", "number");
      ended.append(when);
      const outcomeCell = cell("Outcome", "");
      outcomeCell.append(make("span", {
        class: `outcome ${outcomeTones[outcome]}`
      }, outcome));
      if (tries > 1) outcomeCell.append(make("span", {
        class: "tries"
      }, ` ${plural(tries, "try", "tries")}`));
      const numbers = {
        Records: whole(records),
        Rejects: whole(rejected),
        Took: duration(seconds)
      };
      const cells = Object.entries(numbers).map(([label, text]) => {
        const one = cell(label, "number");
        one.append(text);
        return one;
      });
      const title = make("td", {
        role: "cell",
        class: "name address"
      }, name);
      return {
        element: make("tr", {
          role: "row"
        }, title, outcomeCell, ...cells, ended),
        update: (_, { nowMs }) => write(when, ago(endedMs, nowMs))
      };
    }
  });
  var showRejects = rows({
    id: "rejects",
    keyOf: ({ reason }) => reason,
    row: ({ reason }) => {
      const count = make("span", {
        class: "item-end"
      }), place = make("p", {
        class: "item-note"
      });
      const text = make("code", {
        class: "sample-text"
      });
      const sample = make("div", {
        class: "sample"
      }, place, text);
      const head = make("p", {
        class: "item-head"
      }, make("span", {
        class: "item-title"
      }, capitalized(rejectWords[reason])), make("code", {
        class: "item-note"
      }, reason), count);
      return {
        element: make("li", {}, head, sample),
        update: ({ count: n, sample: latest }, { records }) => {
          const part = n > 0 && records.in > 0 ? `, ${share(n / records.in)} of the lines` : "";
          write(count, whole(n) + part);
          show(sample, latest !== void 0);
          if (latest === void 0) return;
          write(place, `Latest: line ${whole(latest.line)} of ${latest.object}`);
          write(text, cut(latest.text, maxSampleLength));
        }
      };
    }
  });
  var showTroubles = rows({
    id: "troubles",
    keyOf: ({ level, message }) => `${level} ${message}`,
    row: ({ level, message }) => {
      const kind = level === "error" ? "is-error" : "is-warning";
      const count = make("span"), when = make("time");
      const head = make("p", {
        class: "item-head"
      }, make("span", {
        class: `level ${kind}`
      }, level), make("span", {
        class: "message"
      }, cut(message, maxMessageLength)), make("span", {
        class: "item-note item-end"
      }, count, when));
      return {
        element: make("li", {}, head),
        update: ({ count: n, timeMs }, { nowMs }) => {
          write(count, n === 1 ? "once, " : `${plural(n, "time")}, latest `);
          attribute(when, "datetime", new Date(timeMs).toISOString());
          write(when, ago(timeMs, nowMs));
        }
      };
    }
  });

  // lib/page/browser/figures.ts
  var maxAlertLength = 240;
  var stateTones = {
    working: "is-good",
    waiting: "",
    draining: "is-warning",
    ended: ""
  };
  function writeFigures(snapshot2, point) {
    writeState(snapshot2);
    writeAlert(snapshot2);
    writeSaved(snapshot2);
    writeProcess(snapshot2);
    writeTiles(snapshot2, point);
    writeQueue(snapshot2);
    writeLists(snapshot2);
  }
  function writeState({ state, version, nowMs }) {
    set("state", state);
    tone(byId("state"), stateTones[state]);
    set("version", version);
    set("as-of", `Updated ${time(nowMs)}`);
  }
  function writeAlert({ cache, fleet, model, objects, troubles }) {
    const errors = troubles.filter(({ level }) => level === "error");
    const times = errors.reduce((sum, { count }) => sum + count, 0);
    const failed = objects?.failed ?? 0, failedJobs = fleet?.failed ?? 0;
    const parts = [
      ...failed > 0 ? [
        `${plural(failed, "object")} failed`
      ] : [],
      ...failedJobs > 0 ? [
        `${plural(failedJobs, "job")} of the queue failed`
      ] : [],
      ...model.isDown ? [
        "the model is down"
      ] : [],
      ...cache.isDown ? [
        "the cache is down"
      ] : [],
      ...times > 0 ? [
        `${plural(times, "error")} in the last hour`
      ] : []
    ];
    show(byId("alert"), parts.length > 0);
    set("alert-sentence", capitalized(parts.join(", ")));
    const [latest] = errors;
    show(byId("alert-latest"), latest !== void 0);
    set("alert-latest", latest === void 0 ? "" : cut(latest.message, maxAlertLength));
  }
  function writeSaved({ saved, keys, model, records }) {
    const answered = saved.questions + keys.asked;
    const part = answered > 0 ? saved.questions / answered : 0;
    set("saved-questions", whole(saved.questions));
    set("saved-ratio", answered > 0 ? `(${ratio(part)})` : "");
    byId("saved-bar").style.setProperty("width", `${part * 100}%`);
    set("saved-calls", whole(saved.calls));
    set("saved-sentence", records.in === 0 ? "No records yet. Each record that repeats an earlier question avoids one." : `${plural(records.in, "line")} took ${plural(model.questions, "question")} in ${plural(model.calls, "model call")}.`);
    show(byId("money-block"), saved.money !== void 0);
    show(byId("spent-block"), saved.spent !== void 0);
    show(byId("price-hint"), saved.money === void 0 && saved.spent === void 0);
    if (saved.money !== void 0) set("saved-money", money(saved.money));
    if (saved.spent !== void 0) set("spent", money(saved.spent));
  }
  function writeProcess({ command, from, to, model, cache, startedMs, nowMs, rssBytes, bytes, records }) {
    set("command", `sluice ${command}`);
    set("command-note", `${plural(records.in, "line")} in, ${whole(records.out)} out, ${whole(records.rejected)} rejected`);
    show(byId("way"), from !== void 0 || to !== void 0);
    set("from", from ?? "");
    set("to", to ?? "");
    set("model-url", model.url);
    writeHealth("model", model.isDown);
    set("model-note", `${plural(model.calls, "call")}, ${plural(model.retries, "retry", "retries")}`);
    set("cache-url", cache.url);
    writeHealth("cache", cache.isDown);
    set("cache-note", `${mean("read", cache.reads, cache.readSeconds)}, ${mean("write", cache.writes, cache.writeSeconds)}`);
    set("uptime", longDuration((nowMs - startedMs) / 1e3));
    set("started", `since ${day(startedMs)}`);
    set("memory", size(rssBytes));
    set("bytes", `${size(bytes.in)} read, ${size(bytes.out)} written`);
  }
  function mean(what, n, seconds) {
    return plural(n, what) + (n > 0 ? ` of ${duration(seconds / n)}` : "");
  }
  function writeHealth(name, isDown) {
    set(`${name}-health`, isDown ? "down" : "up");
    tone(byId(`${name}-health`), isDown ? "is-error" : "is-good");
  }
  function writeTiles({ records, keys, model }, point) {
    set("tile-lines", rate(point?.linesPerSecond ?? 0));
    set("tile-lines-note", `${whole(records.in)} since start`);
    set("tile-hits", keys.seen > 0 ? ratio((keys.local + keys.hits) / keys.seen) : "none yet");
    set("tile-hits-note", `${whole(keys.local + keys.hits)} of ${plural(keys.seen, "lookup")}`);
    set("tile-waiting", whole(model.questionsWaiting));
    set("tile-waiting-note", `${whole(model.questions)} asked since start`);
    set("tile-calls", whole(model.callsUnderWay));
    set("tile-calls-note", model.calls > 0 ? `${duration(model.seconds / model.calls)} per call on average` : "no calls yet");
  }
  function writeQueue({ fleet: queue }) {
    show(byId("queue"), queue !== void 0);
    if (queue === void 0) return;
    const { oldestSeconds } = queue;
    set("queue-sentence", queue.isDown ? `Queue ${queue.queue} does not answer: these figures are old.` : `Queue ${queue.queue}.`);
    set("queue-waiting", whole(queue.waiting));
    set("queue-waiting-note", oldestSeconds === void 0 ? "no jobs waiting" : `oldest: ${longDuration(oldestSeconds)}`);
    set("queue-active", whole(queue.active));
    set("queue-active-note", plural(queue.workers, "worker"));
    set("queue-delayed", whole(queue.delayed));
    set("queue-delayed-note", "after a failure");
    set("queue-failed", whole(queue.failed));
    set("queue-failed-note", queue.failed > 0 ? "sluice queue shows why" : "");
  }
  function writeLists(snapshot2) {
    const { objects, progress, requests, state, working, ended, rejects, troubles } = snapshot2;
    const isServing = requests !== void 0;
    const one = isServing ? "request" : "object";
    set("working-heading", isServing ? "Requests in progress" : "Objects in progress");
    set("ended-heading", isServing ? "Recent requests" : "Recent objects");
    set("working-name", isServing ? "Request" : "Object");
    set("ended-name", isServing ? "Request" : "Object");
    show(byId("totals"), isServing || objects !== void 0);
    if (isServing) {
      set("totals", `${whole(requests.underWay)} in progress, ${whole(requests.done)} done, ${whole(requests.failed)} failed, ${whole(requests.refused)} rejected because the server was busy.`);
    } else if (objects !== void 0) {
      const { found, done, skipped, failed, failedAttempts, gone, ignored } = objects;
      const attempts = failedAttempts > failed ? ` (${plural(failedAttempts, "failed attempt")})` : "";
      const rest = [
        `${whole(done)} done`,
        `${whole(skipped)} done before`,
        `${whole(failed)} failed${attempts}`
      ];
      if (gone > 0) rest.push(`${whole(gone)} gone`);
      if (ignored > 0) rest.push(`${whole(ignored)} not selected`);
      set("totals", `${plural(found, "object")} found so far: ${rest.join(", ")}.${progressText(progress, state)}`);
    }
    const idle = {
      working: `No ${one} in progress right now.`,
      waiting: `Waiting for the next ${one}.`,
      draining: `Shutting down: no new ${one} is started.`,
      ended: `The run has ended: no ${one} in progress.`
    };
    showWorking(working, snapshot2, idle[state]);
    showEnded(ended, snapshot2, `No ${one} has ended yet. The last 50 will be listed here.`);
    showRejects(rejects, snapshot2, "No rejects so far.");
    showTroubles(troubles, snapshot2, "No errors or warnings in the last hour.");
  }
  function progressText(progress, state) {
    if (progress === void 0 || state === "ended") return "";
    const { portion, secondsLeft, waitsFor } = progress;
    const left = waitsFor !== void 0 ? `, waiting for the ${waitsFor}` : secondsLeft === void 0 ? "" : `, about ${longDuration(secondsLeft)} left`;
    return ` ${Math.floor(portion * 100)}% finished${left}.`;
  }

  // lib/page/browser/main.ts
  var charts = makeCharts();
  var points = [];
  var snapshot;
  var isPaused = false;
  function render() {
    if (snapshot === void 0 || isPaused || document.hidden) return;
    show(byId("content"), true);
    show(byId("pause"), true);
    writeFigures(snapshot, points.at(-1));
    charts.update(points);
  }
  byId("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    attribute(byId("pause"), "aria-pressed", String(isPaused));
    render();
  });
  document.addEventListener("visibilitychange", render);
  stayConnected({
    history(given) {
      points = given.slice(-maxPoints);
      render();
    },
    state(second) {
      snapshot = second.snapshot;
      if (points.at(-1)?.timeMs === second.point.timeMs) points.pop();
      points.push(second.point);
      if (points.length > maxPoints) points.shift();
      render();
    },
    hasEnded: () => snapshot && snapshot.state === "ended"
  });
})();
