/** An event larger than this ends the connection, in UTF-16 units. */
const maxEventLength = 4 * 1024 * 1024;

/**
 * Takes text of a `text/event-stream` as it comes, cut anywhere; calls `onEvent` for each whole event. Buffers one event.
 *
 * @throws {Error} The event is larger than 4 Mi UTF-16 units.
 */
export function eventParser(onEvent: (type: string, data: string) => void): (text: string) => void {
  let rest = "";
  let type = "";
  let data: string[] = [];
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
