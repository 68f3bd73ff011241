/**
 * The model's wire contract, from `proto/seniority.proto`. The proto is imported as text, so that a compiled
 * executable carries it, and its numbers stand in one place only.
 */
import type { handleUnaryCall, MethodDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import type { GrpcContract } from "../models/grpc.ts";
import { levelRange } from "./level_range.ts";
import proto from "../../proto/seniority.proto" with { type: "text" };

/** One question on the wire; `uuid` is an int32. */
export interface SeniorityRequest {
  readonly uuid: number;
  readonly company: string;
  readonly title: string;
}

/** One call's questions. */
export interface SeniorityRequestBatch {
  readonly batch: readonly SeniorityRequest[];
}

/** One answer on the wire; a field that was not sent is 0. */
export interface SeniorityResponse {
  readonly uuid: number;
  readonly seniority: number;
}

/** One call's answers. */
export interface SeniorityResponseBatch {
  readonly batch: readonly SeniorityResponse[];
}

/** The service, as grpc-js clients and servers want it. */
export interface SeniorityService {
  readonly InferSeniority: MethodDefinition<SeniorityRequestBatch, SeniorityResponseBatch>;
  readonly [method: string]: MethodDefinition<SeniorityRequestBatch, SeniorityResponseBatch>;
}

/** How a server answers a call. */
export type SeniorityHandler = handleUnaryCall<SeniorityRequestBatch, SeniorityResponseBatch>;

/** `SeniorityModel` with its one method, `/SeniorityModel/InferSeniority`. */
export const seniorityService = fromJSON(protobuf.parse(proto, { keepCase: true }).root.toJSON(), {
  keepCase: true,
  defaults: true,
  arrays: true,
}).SeniorityModel as unknown as SeniorityService;

/** How the questions and levels of the seniority model lie in its messages. */
export const seniorityContract: GrpcContract<SeniorityRequestBatch, SeniorityResponseBatch> = {
  method: seniorityService.InferSeniority,
  service: "SeniorityModel",
  proto: "proto/seniority.proto",
  range: levelRange,
  request: (questions) => ({
    batch: questions.map(({ id, company, title }) => ({ uuid: id, company, title })),
  }),
  answers: ({ batch }) => batch.map(({ uuid, seniority }) => ({ id: uuid, value: seniority })),
};
