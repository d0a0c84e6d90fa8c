// AWS's own client of IAM, unmodified, against a listener of ours.
import { IAMClient } from "@aws-sdk/client-iam";

/** A client that asks an address, signs as anybody and tries nothing twice. */
export function iamClient(endpoint: string): IAMClient {
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
  return new IAMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}
