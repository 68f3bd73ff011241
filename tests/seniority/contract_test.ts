import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { seniorityService } from "../../lib/seniority/contract.ts";

const {
  path,
  requestStream,
  responseStream,
  requestSerialize,
  requestDeserialize,
  responseSerialize,
  ...rest
} = seniorityService.InferSeniority;
const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => typeof part === "string" ? Buffer.from(part) : Buffer.from([part])));

Deno.test("seniorityService has the one method of the contract, without a package", () => {
  assertEquals(Object.keys(seniorityService), ["InferSeniority"]);
  assertEquals([path, requestStream, responseStream], ["/SeniorityModel/InferSeniority", false, false]);
});

Deno.test("seniorityService sends questions by the contract's field numbers", () => {
  const batch = [{ uuid: 1, company: "Acme", title: "CEO" }, { uuid: 300, company: "", title: "ü" }];
  const sent = bytes(
    0x0a,
    13,
    0x08,
    1,
    0x12,
    4,
    "Acme",
    0x1a,
    3,
    "CEO",
    0x0a,
    7,
    0x08,
    0xac,
    0x02,
    0x1a,
    2,
    "ü",
  );
  // It does not matter whether an empty field is sent or left out: both are read as the empty text.
  assertEquals(requestDeserialize(sent), { batch });
  assertEquals(requestDeserialize(requestSerialize({ batch })), { batch });
  assertEquals(requestSerialize({ batch: batch.slice(0, 1) }), sent.subarray(0, 15));
});

Deno.test("seniorityService reads answers; a field that was not sent is 0", () => {
  const got = bytes(0x0a, 4, 0x08, 2, 0x10, 7, 0x0a, 2, 0x10, 3, 0x0a, 2, 0x08, 5, 0x0a, 0);
  const batch = [
    { uuid: 2, seniority: 7 },
    { uuid: 0, seniority: 3 },
    { uuid: 5, seniority: 0 },
    { uuid: 0, seniority: 0 },
  ];
  assertEquals(rest.responseDeserialize(got), { batch });
  assertEquals(rest.responseDeserialize(bytes()), { batch: [] });
  assertEquals(responseSerialize({ batch: batch.slice(0, 1) }), got.subarray(0, 6));
});

Deno.test("seniorityService throws on bytes that are no answer", () => {
  assertThrows(() => rest.responseDeserialize(bytes(0x0a, 100, 0x08)));
});
