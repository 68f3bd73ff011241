/** A rejected or failed request, as HTTP reports it to programs: a problem document (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param detail A sentence for the client: what is wrong, and what to do.
   * @param cause The failure behind it.
   */
  constructor(
    status: number,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(detail, cause === undefined ? undefined : { cause });
    this.status = status;
    this.headers = headers;
  }

  response(): Response {
    const body = { title: titles[this.status] ?? "Error", status: this.status, detail: this.message };
    return new Response(`${JSON.stringify(body)}\n`, {
      status: this.status,
      headers: { ...this.headers, "content-type": "application/problem+json" },
    });
  }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
