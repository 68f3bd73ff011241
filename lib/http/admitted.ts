import type { IncomingBody } from "./incoming_body.ts";
import type { Admission, RequestDesk } from "./request_desk.ts";

/**
 * Lets a request in whose body has begun to come.
 *
 * @throws {HttpProblem} As the desk does; then the rest of the body is not read.
 */
export function admitted(desk: RequestDesk, request: Request, incoming: IncomingBody): Admission {
  try {
    return desk.admit(request);
  } catch (error) {
    void incoming.cancel(error);
    throw error;
  }
}
