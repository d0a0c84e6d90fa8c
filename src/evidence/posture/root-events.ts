/** What the root users of accounts did last, out of trails. */
import { createReadStream } from "node:fs";
import { isPiped } from "../../files/piped-source.js";
import { isJsonObject } from "../../text/json-object.js";
import { readEventsOf } from "../cloudtrail/read-events.js";
import { timeOf } from "../cloudtrail/time.js";
import type { Evidence } from "../sources/evidence.js";

/** A use of a root user. */
export interface RootEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly file: string;
  readonly name: string;
  /** The last event of any kind in the trails: what the use is measured against. */
  readonly until: number;
}

/** The last use by account. Calls that services make for the root user are not its own; files that cannot be read are problems. */
export async function rootEvents({ records, problems }: Evidence): Promise<ReadonlyMap<string, RootEvent>> {
  const found = new Map<string, Omit<RootEvent, "until">>();
  let until = 0;
  for (const { file, kind } of records) {
    // A stream has ended when it was told what it is.
    if (kind !== "CloudTrail" || (await isPiped(file))) continue;
    for await (const read of readEventsOf(file, createReadStream(file))) {
      if (read.kind === "unreadable") {
        problems.push({ file, kind: "unreadable", text: read.cause });
        continue;
      }
      for (const { userIdentity, eventTime, eventName, eventType } of read.events) {
        const at = timeOf(eventTime);
        if (at === undefined) continue;
        until = Math.max(until, at);
        if (!isJsonObject(userIdentity) || userIdentity.type !== "Root" || userIdentity.invokedBy !== undefined)
          continue;
        const account = userIdentity.accountId;
        if (typeof account !== "string" || eventType === "AwsServiceEvent") continue;
        const before = found.get(account);
        if (before !== undefined && before.at >= at) continue;
        found.set(account, { at, file, name: typeof eventName === "string" ? eventName : "a call" });
      }
    }
  }
  return new Map([...found].map(([account, event]) => [account, { ...event, until }]));
}
