export function pageResponse(): Response {
  return new Response("<!doctype html>");
}
