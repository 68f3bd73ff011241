/** Runs PGlite behind a socket; posts where it listens. Backends have timers that outlive a test: here they are by themselves. */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const server = new PGLiteSocketServer({
  db: await PGlite.create(),
  host: "127.0.0.1",
  port: 0,
  maxConnections: 10,
});
await server.start();
(self as unknown as { postMessage(address: string): void }).postMessage(server.getServerConn());
