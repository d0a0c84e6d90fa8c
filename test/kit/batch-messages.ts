// Messages of the service as bytes and back, for tests that ask an engine without a server.
import { authorization, methodOf } from "./proto-file.js";

/** A method of the service. */
export interface Method {
  readonly requestSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}
/** A decoded BatchAuthorizeResponse. */
export interface BatchAnswer {
  readonly policySet: { readonly digest: string; readonly generation: number };
  readonly outcomes: readonly string[];
  readonly decisions: readonly {
    readonly outcome: string;
    readonly error: string;
    readonly blockedBy: readonly string[];
    readonly matchedStatements: readonly { readonly sid: string; readonly file: string; readonly line: number }[];
  }[];
}

/** The method of that name. */
export function method(name: string): Method {
  return methodOf(...authorization, name);
}
