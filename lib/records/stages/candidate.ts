import { isJoined } from "../forms/is_joined.ts";
import { NotRecordsError } from "../not_records_error.ts";

/** How much of a first line is looked at, in bytes: a longer one that begins with `{` is taken for a record. */
const maxLookBytes = 256 * 1024;

/**
 * Passes bytes on if they begin with a record: a line that is a JSON object, or several; or an array that begins with one.
 * Buffers up to the end of the first line, at most 256 KiB. Nothing but blanks passes too.
 *
 * @throws {NotRecordsError} Through the stream: they do not.
 */
export class CandidateStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor() {
    let held: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
    const decide = (
      isEnd: boolean,
      controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>,
    ) => {
      const begins = beginsWithRecord(held!, isEnd);
      if (begins === undefined) return;
      if (!begins) throw new NotRecordsError();
      if (held!.length > 0) controller.enqueue(held!);
      held = undefined;
    };
    super({
      transform(chunk, controller) {
        if (held === undefined) return controller.enqueue(chunk);
        const joined = new Uint8Array(held.length + chunk.length);
        joined.set(held);
        joined.set(chunk, held.length);
        held = joined;
        decide(false, controller);
      },
      flush(controller) {
        if (held !== undefined) decide(true, controller);
      },
    });
  }
}

/** `undefined` if that takes more bytes. */
function beginsWithRecord(bytes: Uint8Array<ArrayBuffer>, isEnd: boolean): boolean | undefined {
  if (bytes.length < 2 && !isEnd) return undefined;
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8";
  const looked = new TextDecoder(encoding).decode(bytes.subarray(0, maxLookBytes), { stream: true });
  const text = looked.trimStart(); // `TextDecoder` has taken a byte-order mark off
  const isAll = isEnd && bytes.length <= maxLookBytes;
  if (text === "") return isAll ? true : bytes.length > maxLookBytes ? false : undefined;
  if (text.startsWith("[")) {
    const first = text.slice(1).trimStart()[0];
    if (first !== undefined) return first === "{" || first === "]";
    return isAll || bytes.length > maxLookBytes ? false : undefined;
  }
  if (!text.startsWith("{")) return false;
  const [line] = text.split(/[\r\n]/, 1);
  if (line!.length === text.length && !isAll) return bytes.length > maxLookBytes ? true : undefined;
  try {
    JSON.parse(line!);
    return true;
  } catch {
    return isJoined(line!); // they fail, which is said, rather than being passed over
  }
}
