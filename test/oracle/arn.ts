// The six fields of an ARN, split at the first five colons and nowhere else (RES-3).

/** The fields of a concrete ARN. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** Everything after the fifth colon, further colons included. */
  readonly rest: string;
}

/** Splits a text at its first five colons; fewer colons give fewer fields (RES-3). */
export function splitFields(text: string): string[] {
  const pieces = text.split(":");
  if (pieces.length <= 6) return pieces;
  return [...pieces.slice(0, 5), pieces.slice(5).join(":")];
}

/** Reads a concrete ARN; undefined if it does not start `arn:` or has fewer than six fields (RES-3, ARN-3). */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, account, rest] = splitFields(text);
  if (prefix !== "arn") return undefined;
  if (partition === undefined || service === undefined || region === undefined) return undefined;
  if (account === undefined || rest === undefined) return undefined;
  return { partition, service, region, account, rest };
}
