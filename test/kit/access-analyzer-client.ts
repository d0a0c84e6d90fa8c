// AWS's own client of Access Analyzer, unmodified, against a listener of ours.
import { AccessAnalyzerClient } from "@aws-sdk/client-accessanalyzer";

/** A client that asks an address, signs as anybody and tries nothing twice. */
export function accessAnalyzerClient(endpoint: string): AccessAnalyzerClient {
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
  return new AccessAnalyzerClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}
