import { Metadata } from "@grpc/grpc-js";
import { context, propagation } from "@opentelemetry/api";

/**
 * Metadata that carries the active span's trace context, `traceparent`, to the server. Deno starts a span of its own for
 * each request of node:http2, and would overwrite this `traceparent` with that span's, which is another call's if several
 * have waited for the connection.
 */
export class TracedMetadata extends Metadata {
  readonly #fields: ReadonlyMap<string, string>;

  /** @param fields Those of the trace context; defaults to the active one. */
  constructor(metadata: Metadata, fields: ReadonlyMap<string, string> = activeFields()) {
    super(metadata.getOptions());
    this.merge(metadata);
    this.#fields = fields;
    for (const [name, value] of fields) this.set(name, value);
  }

  override clone(): TracedMetadata {
    return new TracedMetadata(this, this.#fields);
  }

  override toHttp2Headers(): ReturnType<Metadata["toHttp2Headers"]> {
    const headers = super.toHttp2Headers();
    for (const [name, value] of this.#fields) {
      Object.defineProperty(headers, name, { enumerable: true, get: () => value, set: () => {} });
    }
    return headers;
  }
}

function activeFields(): Map<string, string> {
  const fields = new Map<string, string>();
  propagation.inject(context.active(), fields, { set: (carrier, name, value) => carrier.set(name, value) });
  return fields;
}
