/** A client of the service that decides, for messages of every size. */
import { credentials } from "@grpc/grpc-js";
import { ProtoClient } from "./proto-client.js";
import { authorization } from "./proto-file.js";

const anySize = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Calls by method name, with objects or with bytes. */
export class AuthorizationClient extends ProtoClient {
  constructor(address: string, options: Readonly<Record<string, number>> = {}) {
    super(...authorization, address, credentials.createInsecure(), { ...anySize, ...options });
  }
}
