import { status } from "@grpc/grpc-js";
import { flagOf } from "../settings/names.ts";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";
import type { Listener } from "./what_listens.ts";

/** What failed, and at which model. */
export interface FailedGrpcCall {
  readonly code: number;
  /** What the server, or grpc-js, says of it. */
  readonly details: string;
  /** The model's address. */
  readonly url: string;
  /** `/Service/Method`. */
  readonly path: string;
  /** The file that has the method. */
  readonly proto: string;
}

/** A failed call's details, with what to do where that is known: grpc-js has no codes for why it has no connection. */
export function withGrpcAdvice({ code, details, path, proto, url }: FailedGrpcCall): string {
  const isTls = /^grpcs:/i.test(url), flag = flagOf("model");
  switch (code) {
    case status.UNIMPLEMENTED:
      return `${details}; the model must serve ${path} as ${proto} has it: check ${flag}, or the server's proto`;
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return `${details}; give what the server asks for with ${flagOf("modelHeader")}`;
    case status.UNAVAILABLE:
      break;
    default:
      return details;
  }
  if (/ECONNREFUSED|connect ENOENT/.test(details)) {
    return `${details}; nothing listens there: start the model, or check ${flag}`;
  }
  if (/^Name resolution failed|ENOTFOUND/.test(details)) {
    return `${details}; no host has that name: check ${flag}`;
  }
  if (/CertificateRequired/.test(details)) {
    return `${details}; the server wants a client certificate: name one with --model-cert and --model-key`;
  }
  if (isTls && /wrong version number|InvalidContentType/.test(details)) {
    return `${details}; it does not speak TLS: name it ${url.replace(/^grpcs/i, "grpc")}`;
  }
  return withCertificateAdvice(details, url.replace(/^grpcs?:\/\//, ""), "modelCa");
}

/** Why no connection could be made, by what listens there. */
export function listenerReason(listener: Listener, url: string): string | undefined {
  const isTls = /^grpcs:/i.test(url), flag = flagOf("model");
  if (listener.kind === "http1") {
    return `a web server listens there, which does not speak HTTP/2: name the model's gRPC port in ${flag}`;
  }
  if (!listener.hasHttp2) {
    return `the server there speaks TLS, but not HTTP/2, which gRPC needs: name the model's gRPC port in ${flag}`;
  }
  return isTls ? undefined : `it speaks TLS: name it ${url.replace(/^grpc/i, "grpcs")}`;
}
