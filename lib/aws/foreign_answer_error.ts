/** What answers is not the service: a web page, a console, some other server. The message says what came. */
export class ForeignAnswerError extends Error {
  override readonly name = "ForeignAnswerError";
  /** By its status the SDK knows whether another attempt may help; 0 where it was a success's, which is final. */
  readonly $metadata: { readonly httpStatusCode: number };
  /** Where the SDK's own errors have it. */
  readonly $response: object;

  constructor(message: string, response: { readonly statusCode: number }) {
    super(message);
    this.$response = response;
    this.$metadata = { httpStatusCode: response.statusCode < 300 ? 0 : response.statusCode };
  }
}
