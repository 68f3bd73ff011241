import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { csvDialect } from "../../../lib/records/csv/csv_dialect.ts";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";

const encoder = new TextEncoder();
const LF = 10, CR = 13;

function dialectOf(text: string, isWhole = true) {
  const dialect = csvDialect(encoder.encode(text), { delimiter: ",", isWhole });
  return dialect && [dialect.lineEnd, dialect.delimiter, dialect.sepBytes, dialect.isGuessed];
}

for (
  const [text, lineEnd, delimiter, sepBytes, isGuessed] of [
    ["", LF, ",", 0, false],
    ["company,title", LF, ",", 0, false],
    ["company,title\n", LF, ",", 0, false],
    ["company,title\r\nx\ry,z\r\n", LF, ",", 0, false],
    ["company,title\r\r\na,b\r\r\n", LF, ",", 0, false],
    ["company,title\ra,b\r", CR, ",", 0, false],
    ["\r\rcompany,title\ra,b", CR, ",", 0, false],
    ['company,"ti\rtle"\na,b\n', LF, ",", 0, false],
    ['company,"ti\ntle"\ra,"b\nc"\r', CR, ",", 0, false],
    ['company,"ti""\ntle"\ra,b\r', CR, ",", 0, false],
    ["sep=;\ncompany;title\n", LF, ";", 6, false],
    ["sep=;\rcompany;title\ra;b\r", CR, ";", 6, false],
    ['"sep=\t"\r\ncompany\ttitle\r\n', LF, "\t", 9, false],
    ["sep=;x\ncompany\n", LF, ";", 0, true],
    ["company;title\na;b\n", LF, ";", 0, true],
    ["a|b;c|d\n", LF, "|", 0, true],
    ['"a;b"\n', LF, ",", 0, false],
    ["a;b,c\n", LF, ",", 0, false],
    ['"company";"title"\n', LF, ";", 0, true],
    ['company\t"ti,tle"\n', LF, "\t", 0, true],
    ['company,"title"x\n', LF, ",", 0, false],
    ['a;b,"c"x\n', LF, ",", 0, false],
    ["title\n", LF, ",", 0, false],
  ] as const
) {
  Deno.test(`csvDialect() says how ${JSON.stringify(text)} is written`, () => {
    assertEquals(dialectOf(text), [lineEnd, delimiter, sepBytes, isGuessed]);
  });
}

Deno.test("csvDialect() waits for the first line end, and behind a CR for what says that LFs do not end lines", () => {
  for (const text of ["", "sep=", "company,title", "company,title\r", "company,title\ra,b\r"]) {
    assertEquals(dialectOf(text, false), undefined, text);
  }
  assertEquals(dialectOf("company,title\n", false), [LF, ",", 0, false]);
  assertEquals(dialectOf("company,title\r" + "a,b\r".repeat(20_000), false), [CR, ",", 0, false]);
});

Deno.test("csvDialect() refuses a header row with a CR before lines that end in LF, and a strange sep=", () => {
  assertThrows(
    () => dialectOf("company,title\r,x\na,b,c\n"),
    SluiceError,
    "holds a line end (CR) outside quotes, at byte 13",
  );
  assertThrows(() => dialectOf("sep=:\ncompany:title\n"), SluiceError, 'says that ":" separates fields');
});
