/** An HTTP proxy between the program and its stores, which is the only way. */
import { FakeProxy } from "../../fakes/proxy.ts";
import { endedWell, inRunAndWatch, questionsAskedOnce, type Row } from "../row.ts";

/** Only the proxy knows the way. */
const elsewhere = "127.0.0.9:8333";

export const proxyRows: Row[] = inRunAndWatch(
  "network: a proxy that cuts half of the connections",
  async (world, way) => {
    world.issue(4);
    let isCutting = true;
    const proxy = await FakeProxy.start({
      ways: { [elsewhere]: new URL(world.s3.endpoint).host },
      cut: () =>
        isCutting ? (["before", "answer", undefined, undefined] as const)[world.random(0, 3)] : undefined,
    });
    world.onDispose(() => proxy[Symbol.asyncDispose]());
    world.environment.AWS_ENDPOINT_URL_S3 = `http://${elsewhere}`;
    world.environment[["HTTP_PROXY", "http_proxy"][world.random(0, 1)]!] = proxy.url;
    // A run may leave something to the next one.
    let result = await way.process(world);
    for (let again = 0; result.status === 1 && again < 5; again++) result = await way.process(world);
    const remarks = [...endedWell(result), ...questionsAskedOnce(world)];
    const past = world.s3.requests.length - proxy.requests.length;
    if (past > 0) remarks.push(`${past} requests went past the proxy`);
    // Begun, and the answer was lost: nobody knows their names, and --abandon-after is for these.
    for (const upload of world.s3.unfinishedUploads()) {
      if (upload.parts > 0) remarks.push(`unfinished: ${JSON.stringify(upload)}`);
    }
    world.s3.ageUploads(25 * 3_600_000);
    isCutting = false;
    return [...remarks, ...endedWell(await world.run())];
  },
);
