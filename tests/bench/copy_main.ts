/** Yardstick: copies a prefix's bytes from S3 to S3 and does nothing with them. Arguments: FROM-PREFIX TO-PREFIX. */
import { YardstickS3 } from "./yardstick_s3.ts";

const [from, to] = Deno.args as [string, string];
const s3 = new YardstickS3();
for (const key of await s3.keys("raw", from)) {
  await (await s3.read("raw", key)).pipeTo(
    s3.writable("mod", key.replace(from, to)),
  );
}
Deno.exit(0);
