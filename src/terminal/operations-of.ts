/** What `--service-reference` names, read once for a command. */
import { type OperationActions, readServiceReference } from "../evidence/cloudtrail/service-reference.js";
import { CommandError } from "./command-error.js";

/** The option as commands that read CloudTrail have it. */
export const serviceReferenceOption = {
  flags: "--service-reference <path>",
  description: "AWS's service reference, a file of JSON a service: for calls without a known action",
} as const;

/** The actions of operations; none without the option. Throws CommandError for what is no such reference. */
export async function operationsOf(path: string | undefined): Promise<OperationActions | undefined> {
  if (path === undefined) return undefined;
  const { operations, troubles } = await readServiceReference(path);
  if (troubles.length > 0) throw new CommandError(troubles.map((trouble) => `--service-reference: ${trouble}`));
  return operations;
}
