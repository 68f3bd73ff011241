import { numRuns } from "../property_runs.ts";
import { assertEquals } from "@std/assert/mod.js";
import * as fc from "fast-check";
import { keyHash } from "../../lib/caches/key_hash.ts";

Deno.test("keyHash() is the first 16 bytes of the SHA-256 of the key's UTF-8", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (key) => {
      const digest = await crypto.subtle.digest(
        "SHA-256",
        new TextEncoder().encode(key),
      );
      assertEquals([...keyHash(key)], [...new Uint8Array(digest, 0, 16)]);
    }),
    { numRuns },
  );
});

Deno.test("keyHash() of a known key stays what it is, as caches hold it", () => {
  assertEquals(
    keyHash("4:Acmeengineer").toHex(),
    "885b2e4f055b2e30570401e69da9da8c",
  );
});
