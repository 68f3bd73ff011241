/** What a value of OTLP is, as JSON. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

/** A span as it came, as far as tests look. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** A span, its attributes by name. */
export interface CollectedSpan extends Omit<OtlpSpan, "attributes" | "status"> {
  /** The tracer that made it. */
  readonly scope: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Its message; `undefined` where it is no error. */
  readonly error: string | undefined;
}

const errorStatus = 2;

/** An OpenTelemetry collector in this process: takes OTLP over HTTP, as JSON. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  /** All that was sent, metrics and logs too. */
  text = "";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const text = await request.text();
      this.text += text;
      if (new URL(request.url).pathname === "/v1/traces") this.#take(text);
      return Response.json({});
    });
  }

  /** The environment of a process that sends its spans here. */
  get env(): Record<string, string> {
    return { ...this.addressEnv, OTEL_DENO: "true" };
  }

  /** The same, but for what turns it on. */
  get addressEnv(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_SERVICE_NAME: "sluice-under-test",
    };
  }

  /** The spans with a name, as they ended. */
  named(name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #take(text: string): void {
    const { resourceSpans } = JSON.parse(text) as {
      resourceSpans: { scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[] }[];
    };
    for (const { scope, spans } of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)) {
      for (const { attributes, status, ...span } of spans) {
        this.spans.push({
          ...span,
          scope: scope.name,
          attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)])),
          error: status.code === errorStatus ? status.message : undefined,
        });
      }
    }
  }
}

function plain({ stringValue, intValue, doubleValue, boolValue }: OtlpValue) {
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue));
}
