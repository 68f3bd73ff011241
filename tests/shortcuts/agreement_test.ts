import { assertEquals, assertLess } from "@std/assert/mod.js";
import { Agreement, type AgreementOptions } from "../../lib/shortcuts/agreement.ts";

function agreementOf(options: Partial<AgreementOptions> = {}) {
  const messages: string[] = [];
  const onChange = (message: string) => void messages.push(message);
  return { messages, agreement: new Agreement({ target: 0.9, sampleShare: 0.05, onChange, ...options }) };
}

function observe(agreement: Agreement, times: number, similarity: number, agrees: boolean): void {
  for (let i = 0; i < times; i++) agreement.observe(similarity, agrees);
}

Deno.test("Agreement allows nothing before it is shown, then from the least threshold on at which it is", () => {
  const { agreement, messages } = agreementOf();
  observe(agreement, 49, 0.95, true);
  assertEquals([agreement.allows(1), agreement.isOn], [false, false]);
  observe(agreement, 51, 0.95, true);
  assertEquals([agreement.allows(0.5), agreement.allows(0.49)], [true, false]);
  assertEquals(messages, [
    "Near titles share answers: 50 of 50 that are alike to 0.5 had the same one, so at least 92.86 % do; the agreement wanted is 0.9",
  ]);
});

Deno.test("Agreement leaves out what is less near where only that differs", () => {
  const { agreement } = agreementOf();
  for (let i = 0; i < 100; i++) {
    agreement.observe(0.75, i % 2 === 0);
    agreement.observe(0.85, true);
  }
  assertEquals([agreement.allows(0.8), agreement.allows(0.79)], [true, false]);
  assertEquals(agreement.stats.threshold, 0.8);
});

Deno.test("Agreement takes a lower threshold once it is shown there", () => {
  const { agreement } = agreementOf();
  observe(agreement, 50, 0.55, false);
  observe(agreement, 100, 0.95, true);
  assertEquals(agreement.stats.threshold, 0.6);
  observe(agreement, 1_500, 0.55, true);
  assertEquals(agreement.stats.threshold, 0.5);
});

Deno.test("Agreement stops when the sample does not show it any more, and begins again when it does", () => {
  const { agreement, messages } = agreementOf();
  observe(agreement, 50, 0.95, true);
  observe(agreement, 1, 0.95, false);
  assertEquals(agreement.isOn, false);
  assertEquals(
    messages[1],
    "Stopped sharing answers of near titles: 50 of 51 that are alike to 0.5 had the same one, so at least 89.69 % do; the agreement wanted is 0.9; each is asked until the agreement is shown again",
  );
  assertEquals(agreement.stats, { threshold: null, sample: 0, agreed: 0, agreement: 0, stops: 1 });
  observe(agreement, 49, 0.95, true);
  assertEquals(agreement.isOn, false, "what was seen before does not count");
  observe(agreement, 1, 0.95, true);
  assertEquals([agreement.isOn, agreement.stats.stops], [true, 1]);
});

Deno.test("Agreement forgets all but the last 2,000 pairs", () => {
  const { agreement } = agreementOf();
  observe(agreement, 2_000, 0.7, true);
  observe(agreement, 150, 0.7, false);
  assertEquals([agreement.isOn, agreement.stats.sample, agreement.stats.agreed], [true, 2_000, 1_850]);
  assertLess(Math.abs(agreement.stats.agreement - 0.9126), 1e-3);
  observe(agreement, 2_000, 0.7, true);
  assertEquals(agreement.stats.agreed, 2_000);
});

Deno.test("Agreement samples every key while it is off, then a share of them, the same ones each time", () => {
  const { agreement } = agreementOf({ sampleShare: 0.25 });
  const keys = Array.from({ length: 4_000 }, (_, i) => `key ${i}`);
  const sampled = () => keys.filter((key) => agreement.isSampled(key));
  assertEquals(sampled().length, 4_000);
  observe(agreement, 50, 1, true);
  const some = sampled();
  assertLess(Math.abs(some.length / keys.length - 0.25), 0.03);
  assertEquals(sampled(), some);
});

Deno.test("Agreement takes no notice of titles that are not near", () => {
  const { agreement } = agreementOf();
  observe(agreement, 500, 0.49, false);
  assertEquals(agreement.stats.sample, 0);
});
