import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { plainTextOf } from "../../../lib/menus/match/plain_text_of.ts";
import { numRuns } from "../../property_runs.ts";

const plain = (text: string) => plainTextOf(text).text;

Deno.test("plainTextOf() decodes entities by name, decimal and hexadecimal, encoded several times too", () => {
  const cases: Record<string, string> = {
    "Nescaf&eacute; &amp; Mo&euml;t": "Nescafé & Moët",
    "Jerry&#39;s Daniel&#x27;s &#X27;": "Jerry's Daniel's '",
    "&amp;eacute; &amp;amp;#233; &amp;lt;b&amp;gt;x&amp;lt;/b&amp;gt;": "é é x",
    "CAF&EACUTE;&NBSP;x": "CAFé\u00a0x",
    "&fjlig;ord": "fjord",
    "caf&eacute, H&aumlagen, Pepsi&nbspMax, a &lt b, &#233": "café, Häagen, Pepsi\u00a0Max, a < b, é",
  };
  for (const [text, expected] of Object.entries(cases)) assertEquals(plain(text), expected, text);
});

Deno.test("plainTextOf() leaves what is no entity and no tag of HTML", () => {
  for (
    const text of [
      "B&B",
      "R&D; AT&T &; &# &#; &x",
      "rum&notes &amphora rose&thorn",
      "a < b > c",
      "<Fanta> <3 <5% >_<",
      "<a glass of Pepsi>",
      "Gin <b",
      "<b class=x Pepsi",
      "<!-- Pepsi",
      "",
    ]
  ) assertEquals(plain(text), text);
});

Deno.test("plainTextOf() removes tags, and ends a line where a tag does", () => {
  const cases: Record<string, string> = {
    "<b>Coca</b>-Cola": "Coca-Cola",
    "<span class=\"a>b\" title='<i>'>Pep</span>si": "Pepsi",
    "<p>Nescafé</p><br/>Coca-Cola": "\nNescafé\n\nCoca-Cola",
    "<td>Gin</td><TD>Rum": "\nGin\n\nRum",
    "<span>Pepsi</span><span>330ml</span> Cola<sup>TM</sup>": "Pepsi 330ml Cola TM ",
    "<style>p{}</style><script>if (a < b) burn()</script>Gin<!-- <b>Rum</b> -->": "\n\nGin",
    '<a href="http://localhost/fanta">Cola</a><o:p></o:p>': "Cola ",
    "<!DOCTYPE html><![CDATA[Gin]]>": "Gin",
  };
  for (const [text, expected] of Object.entries(cases)) assertEquals(plain(text), expected, text);
});

Deno.test("plainTextOf() says where its characters stand in the text as it was", () => {
  const text = "a <b>Mo&euml;t</b>&nbsp;&amp;amp; Co";
  const moet = plainTextOf(text);
  assertEquals(moet.text, "a Moët\u00a0& Co");
  const given = (start: number, end: number) => {
    return text.slice(moet.starts![start], moet.ends![end - 1]);
  };
  assertEquals([given(2, 6), given(7, 8), given(9, 11)], ["Mo&euml;t", "&amp;amp;", "Co"]);
});

Deno.test("plainTextOf() takes any text: characters in order, each within the text", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom(
      "&amp;",
      "&eacute",
      "&#x1f600;",
      "&#",
      "<b>",
      "</b>",
      "<br/>",
      "<a b='",
      "<",
      ">",
      "&lt;",
      "<!--",
      "-->",
    ),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const text = parts.join("");
      const { text: shown, starts, ends } = plainTextOf(text);
      let before = 0;
      for (let at = 0; at < shown.length; at++) {
        const start = starts?.[at] ?? at, end = ends?.[at] ?? at + 1;
        assert(start >= before && end > start && end <= text.length);
        before = start;
      }
    }),
    { numRuns },
  );
});

Deno.test("plainTextOf() of a text with its signs encoded is the text", () => {
  const encode = (text: string) => text.replace(/[^a-z0-9]/gi, (sign) => `&#${sign.codePointAt(0)};`);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(..."aZ9 é&;#'-/"), { maxLength: 20 }),
      fc.integer({ min: 0, max: 2 }),
      (letters, more) => {
        const text = letters.join("");
        let encoded = encode(text);
        for (let times = 0; times < more; times++) encoded = encoded.replaceAll("&", "&amp;");
        if (/&#?[a-z0-9]+;?/i.test(text)) return;
        assertEquals(plain(encoded), text);
      },
    ),
    { numRuns },
  );
});

Deno.test("plainTextOf() takes a long text of beginnings of tags in little time", () => {
  for (const beginning of ["<b ", '<b x="', "<b ='", "<!--", "<script>", "&amp;", "&#", "<b x=y "]) {
    const started = performance.now();
    plainTextOf(beginning.repeat(200_000 / beginning.length));
    assert(performance.now() - started < 2_000, beginning);
  }
});
