/** A secret that the processes of one server have in common: what one of them seals, the others can open. Nobody else learns it. */
import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";

const own = randomBytes(32);

/** The secret: of this process where it serves alone, else of the process that keeps it. */
export async function sharedSecret(): Promise<Uint8Array> {
  if (!cluster.isWorker) return own;
  return new Promise((resolve) => {
    const take = (message: unknown): void => {
      const secret = textIn(message, "secret");
      if (secret === undefined) return;
      process.off("message", take);
      resolve(Buffer.from(secret, "base64url"));
    };
    process.on("message", take);
    process.send?.({ asks: "secret" });
  });
}

/** Lets a process that this one keeps have the secret. */
export function shareSecret(worker: Worker): void {
  worker.on("message", (message: unknown) => {
    if (textIn(message, "asks") === "secret") worker.send({ secret: own.toString("base64url") });
  });
}

function textIn(message: unknown, name: string): string | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const found = Object.entries(message).find(([key]) => key === name)?.[1];
  return typeof found === "string" ? found : undefined;
}
