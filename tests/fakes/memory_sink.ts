import type { Batch, Reject } from "../../lib/records/batch.ts";
import { encoderOf } from "../../lib/records/record_format.ts";
import type { Output, OutputUnit, Sink, SinkAbilities } from "../../lib/sinks/sink.ts";
import {
  compareNames,
  ConditionFailedError,
  isObjectName,
  type ListOptions,
  type Mark,
  type MarkedObject,
  type StoredObject,
  type WriteCondition,
} from "../../lib/stores/store.ts";

/** What became visible of one unit. */
export interface MemoryOutput {
  readonly object: MarkedObject;
  /** The records with their answers, in the source's format. */
  readonly text: string;
  readonly rejects: readonly Reject[];
  /** Keys that were not asked, each with the number of its records. */
  readonly skipped: ReadonlyMap<string, number>;
}

/** Outputs on a page of a listing. */
const pageOutputs = 1_000;

/**
 * A sink in memory, over no store: an output is one value that is put in its place when it is committed. Uploads of it
 * never outlive a process, and the number of rejects need not be known before the end. Web APIs only.
 */
export class MemorySink implements Sink {
  readonly url = "memory-sink:///";
  readonly rejectsIn = "memory-sink:///_rejects/";
  readonly abilities: SinkAbilities = { marksCostRequests: false, isOnNetwork: false, listsSkipped: true };
  readonly outputs = new Map<string, MemoryOutput>();
  /** Outputs that were begun, and neither committed nor aborted. */
  readonly begun = new Set<Output>();
  #commits = 0;

  async *list(signal: AbortSignal, { after = "" }: ListOptions = {}): AsyncGenerator<StoredObject[]> {
    signal.throwIfAborted();
    const names = [...this.outputs.keys()].filter(isObjectName)
      .filter((name) => compareNames(name, after) > 0).sort(compareNames);
    for (let at = 0; at < names.length; at += pageOutputs) {
      yield names.slice(at, at + pageOutputs).map((name) => {
        const { mark: _, ...object } = this.outputs.get(name)!.object;
        return object;
      });
    }
  }

  head(name: string, _signal: AbortSignal): Promise<MarkedObject | undefined> {
    return Promise.resolve(this.outputs.get(name)?.object);
  }

  keptRejects(name: string, _signal: AbortSignal): Promise<Record<string, number>> {
    const reasons: Record<string, number> = {};
    for (const { reason } of this.outputs.get(name)?.rejects ?? []) {
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    return Promise.resolve(reasons);
  }

  begin(unit: OutputUnit): Output {
    const output = new OutputInMemory(unit, {
      commit: (made, mark) => {
        this.#check(unit.name, unit.condition);
        const object = {
          name: unit.name,
          etag: `commit ${++this.#commits}`,
          bytes: new TextEncoder().encode(made.text).length,
          modifiedMs: Date.now(),
          mark,
        };
        this.outputs.set(unit.name, { ...made, object });
        return object;
      },
      end: () => this.begun.delete(output),
    });
    this.begun.add(output);
    return output;
  }

  describe(_signal: AbortSignal): Promise<string> {
    return Promise.resolve(`${this.url}: ${this.outputs.size} outputs`);
  }

  probe(_signal: AbortSignal): Promise<string> {
    return Promise.resolve(`${this.url}: can be written`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #check(name: string, condition: WriteCondition): void {
    if (condition === "always") return;
    const present = this.outputs.get(name)?.object.etag;
    const wanted = "ifEtag" in condition ? condition.ifEtag : undefined;
    if (present === wanted) return;
    const reason = `its ETag is ${present}, not ${wanted}`;
    throw new ConditionFailedError({ action: "write", subject: this.url + name, reason });
  }
}

interface OutputEvents {
  /** Makes an output visible, under its condition. */
  commit(made: Omit<MemoryOutput, "object">, mark: Mark): StoredObject;
  /** Called when the output is committed or aborted, each time. */
  end(): void;
}

class OutputInMemory implements Output {
  readonly records: WritableStream<Batch>;
  readonly #unit: OutputUnit;
  readonly #events: OutputEvents;
  readonly #written: Promise<void>;
  readonly #givenUp = new AbortController();
  readonly #rejects: Reject[] = [];
  readonly #skipped = new Map<string, number>();
  #text = "";

  constructor(unit: OutputUnit, events: OutputEvents) {
    this.#unit = unit;
    this.#events = events;
    const encode = encoderOf(unit);
    this.records = encode.writable;
    const texts = encode.readable.pipeThrough(new TextDecoderStream());
    this.#written = texts.pipeTo(
      new WritableStream({
        write: (text) => {
          this.#text += text;
          unit.onBuffered?.(this.#text.length);
        },
      }),
      { signal: AbortSignal.any([unit.signal, this.#givenUp.signal]) },
    );
    this.#written.catch(() => {}); // the writable side fails with it, and so does `commit`
  }

  reject(rejects: readonly Reject[]): Promise<void> {
    this.#rejects.push(...rejects);
    return Promise.resolve();
  }

  skip(keys: ReadonlyMap<string, number>): Promise<void> {
    for (const [key, records] of keys) this.#skipped.set(key, (this.#skipped.get(key) ?? 0) + records);
    return Promise.resolve();
  }

  async commit(mark: Mark): Promise<StoredObject> {
    await this.#written;
    this.#unit.signal.throwIfAborted();
    const made = { text: this.#text, rejects: this.#rejects, skipped: this.#skipped };
    const object = this.#events.commit(made, mark);
    this.#events.end();
    return object;
  }

  async abort(reason: unknown): Promise<void> {
    this.#givenUp.abort(reason);
    await this.#written.catch(() => {}); // given up
    this.#events.end();
  }
}
