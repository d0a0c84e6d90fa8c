/** TLS material as grpc-js takes it. Its own credentials know neither a minimum version nor files that change one by one. */
import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import type { TlsMaterial } from "../../access/tls-material.js";

/** Credentials that follow the material. */
export function tlsServerCredentials(material: TlsMaterial): ServerCredentials {
  const credentials = new FollowingCredentials({ ...material.serverOptions }, material.secureContext);
  material.onChange((context) => credentials.follow(context));
  return credentials;
}

class FollowingCredentials extends ServerCredentials {
  follow(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
