import { assertEquals } from "@std/assert/mod.js";
import { Claim } from "../../lib/answers/claim.ts";
import type { Shortcut } from "../../lib/answers/shortcut.ts";
import { ShortcutChain } from "../../lib/shortcuts/shortcut_chain.ts";

const skips: Shortcut = { take: () => ({ origin: "rare", answer: "skipped" }) };

Deno.test("ShortcutChain lets the first shortcut that takes a question decide, and shows it to the others", () => {
  const seen: string[] = [];
  const shares: Shortcut = {
    take: ({ key }) => key === "a" ? { origin: "cluster", answer: 3 } : undefined,
  };
  const counts: Shortcut = {
    take({ key }) {
      seen.push(key);
      return undefined;
    },
  };
  const chain = new ShortcutChain([shares, skips, counts]);
  assertEquals(chain.take(new Claim("a")), { origin: "cluster", answer: 3 });
  assertEquals(chain.take(new Claim("b")), { origin: "rare", answer: "skipped" });
  assertEquals(new ShortcutChain([shares, counts]).take(new Claim("b")), undefined);
  assertEquals(seen, ["a", "b", "b"]);
});

Deno.test("ShortcutChain passes on what each of its shortcuts wants to know", () => {
  const log: string[] = [];
  const one: Shortcut = {
    take: () => undefined,
    recall: (key) => key === "a" ? { origin: "cluster", answer: 1 } : undefined,
    asked: ({ key }) => void log.push(`asked ${key}`),
    found: (key, answer) => void log.push(`found ${key} ${answer}`),
    answered: (key, answer) => void log.push(`answered ${key} ${answer}`),
    failed: (key) => void log.push(`failed ${key}`),
    share: (key) => key === "a",
    stats: () => ({ threshold: null, sample: 0, agreed: 0, agreement: 0, stops: 0 }),
  };
  const chain = new ShortcutChain([skips, one]);
  chain.asked(new Claim("a"));
  chain.found("b", 2);
  chain.answered("c", 3);
  chain.failed("d");
  assertEquals(log, ["asked a", "found b 2", "answered c 3", "failed d"]);
  assertEquals([chain.recall("a"), chain.recall("b")], [{ origin: "cluster", answer: 1 }, undefined]);
  assertEquals([chain.share("a", 1), chain.share("b", 1)], [true, false]);
  assertEquals(chain.stats()?.sample, 0);
  assertEquals(new ShortcutChain([skips]).stats(), undefined);
});
