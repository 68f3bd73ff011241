import { rejectWords } from "../../records/reject_words.ts";
import type { EndedObject, RejectsOfReason, Trouble, WorkingObject } from "../../telemetry/snapshot.ts";
import { attribute, make, show, type Tone, write } from "./elements.ts";
import { ago, capitalized, cut, duration, longDuration, plural, share, size, whole } from "./format.ts";
import { cell, rows } from "./rows.ts";

/** Characters shown of a rejected line, and of a message. */
const maxSampleLength = 240, maxMessageLength = 600;

export const showWorking = rows<WorkingObject>({
  id: "working",
  keyOf: ({ name, startedMs }) => `${startedMs} ${name}`,
  row: ({ name }) => {
    const read = cell("Read", "read"), records = cell("Records", "number"), time = cell("For", "number");
    const bar = make("progress", { max: "1", value: "0", "aria-label": `Read of ${name}` });
    const text = make("span", { class: "read-text" });
    read.append(bar, text);
    const title = make("td", { role: "cell", class: "name address" }, name);
    return {
      element: make("tr", { role: "row" }, title, read, records, time),
      update: ({ bytes, bytesRead, records: n, startedMs }, { nowMs }) => {
        show(bar, bytes !== undefined);
        if (bytes === undefined) {
          write(text, bytesRead === 0 ? "size unknown" : `${size(bytesRead)} read, size unknown`);
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

const outcomeTones: Record<EndedObject["outcome"], Tone> = {
  done: "is-good",
  skipped: "",
  gone: "",
  failed: "is-error",
};

export const showEnded = rows<EndedObject>({
  id: "ended",
  keyOf: ({ name, endedMs, outcome }) => `${endedMs} ${outcome} ${name}`,
  row: ({ name, outcome, records, rejected, tries, seconds, endedMs }) => {
    const when = make("time", { datetime: new Date(endedMs).toISOString() });
    const ended = cell("Ended", "number");
    ended.append(when);
    const outcomeCell = cell("Outcome", "");
    outcomeCell.append(make("span", { class: `outcome ${outcomeTones[outcome]}` }, outcome));
    if (tries > 1) outcomeCell.append(make("span", { class: "tries" }, ` ${plural(tries, "try", "tries")}`));
    const numbers = { Records: whole(records), Rejects: whole(rejected), Took: duration(seconds) };
    const cells = Object.entries(numbers).map(([label, text]) => {
      const one = cell(label, "number");
      one.append(text);
      return one;
    });
    const title = make("td", { role: "cell", class: "name address" }, name);
    return {
      element: make("tr", { role: "row" }, title, outcomeCell, ...cells, ended),
      update: (_, { nowMs }) => write(when, ago(endedMs, nowMs)),
    };
  },
});

export const showRejects = rows<RejectsOfReason>({
  id: "rejects",
  keyOf: ({ reason }) => reason,
  row: ({ reason }) => {
    const count = make("span", { class: "item-end" }), place = make("p", { class: "item-note" });
    const text = make("code", { class: "sample-text" });
    const sample = make("div", { class: "sample" }, place, text);
    const head = make(
      "p",
      { class: "item-head" },
      make("span", { class: "item-title" }, capitalized(rejectWords[reason])),
      make("code", { class: "item-note" }, reason),
      count,
    );
    return {
      element: make("li", {}, head, sample),
      update: ({ count: n, sample: latest }, { records }) => {
        const part = n > 0 && records.in > 0 ? `, ${share(n / records.in)} of the lines` : "";
        write(count, whole(n) + part);
        show(sample, latest !== undefined);
        if (latest === undefined) return;
        write(place, `Latest: line ${whole(latest.line)} of ${latest.object}`);
        write(text, cut(latest.text, maxSampleLength));
      },
    };
  },
});

export const showTroubles = rows<Trouble>({
  id: "troubles",
  keyOf: ({ level, message }) => `${level} ${message}`,
  row: ({ level, message }) => {
    const kind: Tone = level === "error" ? "is-error" : "is-warning";
    const count = make("span"), when = make("time");
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
        write(count, n === 1 ? "once, " : `${plural(n, "time")}, latest `);
        attribute(when, "datetime", new Date(timeMs).toISOString());
        write(when, ago(timeMs, nowMs));
      },
    };
  },
});
