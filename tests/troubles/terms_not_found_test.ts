import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

/** The rows of the table that `sluice match` writes: `menu term score matched kind`. */
async function pairs(
  scene: Scene,
  { menus, terms, flags = [] }: { readonly menus: string; readonly terms: string; readonly flags?: string[] },
): Promise<string[]> {
  const from = scene.write("menus.csv", menus), to = `${scene.folder}/out.csv`;
  const args = ["match", "--from", from, "--terms", scene.write("terms.csv", terms), "--to", to, ...flags];
  const { status, text } = await scene.sluice(args);
  assertEquals(status, 0, text);
  return (await Deno.readTextFile(to)).trimEnd().split("\n").slice(1);
}

const header = "MenuId,ProductName,ProductDescription\n";

/** Menus of one text each, with ids from 1 on. */
function menusOf(texts: readonly string[]): string {
  return header + texts.map((text, at) => `${at + 1},"${text.replaceAll('"', '""')}",\n`).join("");
}

/** Terms with ids from 1 on. */
function termsOf(terms: readonly string[]): string {
  return "TermId,Term\n" + terms.map((term, at) => `${at + 1},"${term.replaceAll('"', '""')}"\n`).join("");
}

/** For each text, the terms found in it as `term kind: matched`. */
async function found(terms: readonly string[], texts: readonly string[]): Promise<string[]> {
  await using scene = await Scene.create();
  const rows = await pairs(scene, { menus: menusOf(texts), terms: termsOf(terms) });
  return rows.map((row) => {
    const [menu, term, , ...rest] = row.split(",");
    const kind = rest.at(-1),
      matched = rest.slice(0, -1).join(",").replace(/^"|"$/g, "").replaceAll('""', '"');
    return `${menu} ${terms[Number(term) - 1]} ${kind}: ${matched}`;
  }).sort((one, other) => parseInt(one) - parseInt(other) || (one < other ? -1 : 1));
}

const drinks = [
  "Ben & Jerry's",
  "Häagen-Dazs",
  "Moët & Chandon",
  "Coca-Cola",
  "Nescafé",
  'Smirnoff "Ice"',
  "Jack Daniel's",
  "Pepsi",
  "Pepsi Max",
];

Deno.test("match finds terms whose characters are HTML's entities, and shows the text as it was", async () => {
  assertEquals(
    await found(drinks, [
      "Ben &amp; Jerry&#39;s tub",
      "H&auml;agen-Dazs vanilla",
      "H&#228;agen-Dazs",
      "H&#xe4;agen-Dazs",
      "Mo&euml;t&nbsp;&amp;&nbsp;Chandon",
      "Nescaf&eacute gold",
      "Smirnoff &quot;Ice&quot;",
      "Jack Daniel&rsquo;s",
      "a Coca&#8209;Cola",
      "Ben &#38; Jerry&apos;s",
      "Pepsi&#160;Max",
      "Ben &amp;amp; Jerry&amp;#39;s",
    ]),
    [
      "1 Ben & Jerry's exact: Ben &amp; Jerry&#39;s",
      "2 Häagen-Dazs exact: H&auml;agen-Dazs",
      "3 Häagen-Dazs exact: H&#228;agen-Dazs",
      "4 Häagen-Dazs exact: H&#xe4;agen-Dazs",
      "5 Moët & Chandon exact: Mo&euml;t&nbsp;&amp;&nbsp;Chandon",
      "6 Nescafé exact: Nescaf&eacute",
      '7 Smirnoff "Ice" exact: Smirnoff &quot;Ice&quot;',
      "8 Jack Daniel's exact: Jack Daniel&rsquo;s",
      "9 Coca-Cola exact: Coca&#8209;Cola",
      "10 Ben & Jerry's exact: Ben &#38; Jerry&apos;s",
      "11 Pepsi Max exact: Pepsi&#160;Max",
      "12 Ben & Jerry's exact: Ben &amp;amp; Jerry&amp;#39;s",
    ],
  );
});

Deno.test("match finds terms behind HTML's tags, and none in the tags", async () => {
  assertEquals(
    await found([...drinks, "Fanta", "Span"], [
      "<b>Coca</b>-Cola",
      "<p>Nescafé</p><br/>Coca-Cola",
      '<span class="brand">Pep</span>si',
      "&lt;b&gt;Pepsi&lt;/b&gt;",
      '<a href="http://localhost/fanta">Cola</a>',
      "<Fanta> & 5 < 7",
    ]),
    [
      "1 Coca-Cola exact: Coca</b>-Cola",
      "2 Coca-Cola exact: Coca-Cola",
      "2 Nescafé exact: Nescafé",
      "3 Pepsi exact: Pep</span>si",
      "4 Pepsi exact: Pepsi",
      "6 Fanta exact: Fanta",
    ],
  );
});

Deno.test("match finds terms that are written with entities and tags themselves", async () => {
  assertEquals(
    await found(["Mo&euml;t &amp; Chandon", "<i>Nescaf&#233;</i>"], ["Moët & Chandon", "Nescafé"]),
    [
      "1 Mo&euml;t &amp; Chandon exact: Moët & Chandon",
      "2 <i>Nescaf&#233;</i> exact: Nescafé",
    ],
  );
});

Deno.test("match finds 7UP as 7-UP and the other way round, and no number before a word", async () => {
  assertEquals(await found(["7UP", "R1"], ["7-UP", "lime & 7-up", "7 Up can", "an R-1 wine", "7up"]), [
    "1 7UP folded: 7-UP",
    "2 7UP folded: 7-up",
    "3 7UP folded: 7 Up",
    "4 R1 folded: R-1",
    "5 7UP folded: 7up",
  ]);
  assertEquals(await found(["7-UP", "R-1"], ["7UP", "an R1 wine"]), [
    "1 7-UP folded: 7UP",
    "2 R-1 folded: R1",
  ]);
  assertEquals(
    await found(["7UP", "R1", "A1"], [
      "from 7 up to 9",
      "FROM 7 UP TO 9",
      "7. Up next",
      "A 1 litre can",
      "or 1",
    ]),
    [],
  );
});

Deno.test("match finds names within Chinese, Japanese, Thai and Korean phrases", async () => {
  const names = ["可口可乐", "百威", "コカ・コーラ", "アサヒ", "สิงห์", "코카콜라", "Coca-Cola", "Monster"];
  assertEquals(
    await found(names, [
      "冰镇可口可乐一罐",
      "来一瓶百威啤酒",
      "冷たいコカ・コーラを一杯",
      "ｺｶ･ｺｰﾗ 350ml",
      "アサヒスーパードライ生",
      "เบียร์สิงห์ขวดใหญ่",
      "시원한 코카콜라를 마시다",
      "코카콜라제로",
      "可口可乐Coca-Cola大瓶",
      "生ビールとＣＯＣＡ－ＣＯＬＡ",
      "Monster能量饮料",
    ]),
    [
      "1 可口可乐 exact: 可口可乐",
      "2 百威 exact: 百威",
      "3 コカ・コーラ exact: コカ・コーラ",
      "4 コカ・コーラ folded: ｺｶ･ｺｰﾗ",
      "5 アサヒ exact: アサヒ",
      "6 สิงห์ exact: สิงห์",
      "7 코카콜라 exact: 코카콜라",
      "8 코카콜라 exact: 코카콜라",
      "9 Coca-Cola exact: Coca-Cola",
      "9 可口可乐 exact: 可口可乐",
      "10 Coca-Cola folded: ＣＯＣＡ－ＣＯＬＡ",
      "11 Monster exact: Monster",
    ],
  );
});

Deno.test("match takes a part of another word for no name in these scripts either", async () => {
  const names = ["百威", "红牛", "コーラ", "ジン", "카스", "테라", "Coke", "ช้า"];
  const texts = [
    "一百威士忌",
    "冰红牛肉汤",
    "コーラスの夜",
    "ジンジャーエール",
    "카스텔라",
    "테라스에서",
    "Cokeland可乐",
    "เบียร์ช้าง",
  ];
  assertEquals(await found(names, texts), []);
});

Deno.test("match --terms-delimiter reads terms whose fields are parted otherwise than the menus'", async () => {
  await using scene = await Scene.create();
  const menus = `${header}7,Coca-Cola,\n`;
  assertEquals(
    await pairs(scene, {
      menus,
      terms: "TermId;Term\n1;Coca-Cola\n",
      flags: ["--terms-delimiter", "semicolon"],
    }),
    ["7,1,1,Coca-Cola,exact"],
  );
  const both = ["--csv-delimiter", "semicolon"];
  assertEquals(
    await pairs(scene, {
      menus: menus.replaceAll(",", ";"),
      terms: "TermId;Term\n1;Coca-Cola\n",
      flags: both,
    }),
    ["7,1,1,Coca-Cola,exact"],
    "the terms' is as the menus' by default",
  );
});

Deno.test("match names --terms-delimiter where it reads the terms' columns by another one than was set", async () => {
  await using scene = await Scene.create();
  const flags = [
    "--from",
    scene.write("menus.csv", `${header}7,Pepsi,\n`),
    "--to",
    `${scene.folder}/out.csv`,
  ];
  const guessed = await scene.sluice([
    "match",
    ...flags,
    "--terms",
    scene.write("a.csv", "TermId;Term\n1;Pepsi\n"),
  ]);
  assertEquals(guessed.status, 0);
  assertStringIncludes(guessed.text, "--terms-delimiter semicolon");
  const wrong = scene.write("b.csv", "TermId;Term;x,y\n1;Pepsi;x,y\n");
  const { status, text } = await scene.sluice(["match", ...flags, "--terms", wrong]);
  assertEquals(status, 1);
  assertStringIncludes(text, "--terms-delimiter semicolon separates them");
});

Deno.test("match takes several rows of an id for spellings of one term, and writes its pair once", async () => {
  await using scene = await Scene.create();
  const terms = "TermId,Term\n1,Coca-Cola\n1,可口可乐\n1,Coke\n2,Pepsi\n";
  const menus = `${header}7,Coke,also known as Coca-Cola\n7,可口可乐,\n8,可口可乐,\n9,Pepsi,\n`;
  assertEquals(await pairs(scene, { menus, terms }), [
    "7,1,1,Coke,exact",
    "8,1,1,可口可乐,exact",
    "9,2,1,Pepsi,exact",
  ]);
  const { text } = await scene.sluice([
    "match",
    ...[
      "--from",
      `${scene.folder}/menus.csv`,
      "--terms",
      `${scene.folder}/terms.csv`,
      "--to",
      `${scene.folder}/o.csv`,
    ],
  ]);
  assertStringIncludes(text, "2 in 4 spellings");
});

Deno.test("match says so where the column of ids is another one", async () => {
  await using scene = await Scene.create();
  const terms = "Kind,Term\n" + Array.from({ length: 1_001 }, (_, at) => `drink,Brand ${at}\n`).join("");
  const { status, text } = await scene.sluice([
    "match",
    ...["--from", scene.write("menus.csv", header), "--terms", scene.write("terms.csv", terms)],
    ...["--term-id-field", "Kind", "--to", `${scene.folder}/out.csv`],
  ]);
  assertEquals(status, 1);
  assertStringIncludes(
    scene.shown(text),
    "Cannot read the terms in file://<DIR>/terms.csv: there are more than 1,000",
  );
  assertStringIncludes(text, 'spellings of the term with the id "drink"');
});
