import { RedisServer } from "../fakes/redis_server.ts";
import { missing, QueueScene } from "../queue/queue_scene.ts";
import type { ErrorText, Said } from "./error_text.ts";
import type { Scene } from "./scene.ts";

/** What is said with a fleet of a real Redis. */
export function queueText(
  when: string,
  text: string,
  work: (fleet: QueueScene, scene: Scene) => Promise<Said>,
  status?: number,
): ErrorText {
  return {
    when,
    text,
    status,
    missing,
    async provoke(scene) {
      const redis = await RedisServer.start();
      if (typeof redis === "string") throw new Error(redis);
      const fleet = scene.use(new QueueScene(redis));
      scene.hide(`${redis.port}`, "<PORT>");
      scene.hide(/[0-9a-f]{32}/g, "<ID>");
      return await work(fleet, scene);
    },
  };
}
