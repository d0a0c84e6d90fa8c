/** Resources of another service than every action of their statement, where no catalogue is needed to be certain. */
import { splitArnFields } from "../policy/document/arn.js";
import { actionParts } from "../policy/document/pattern-cover.js";
import { quote } from "../text/quote.js";
import { advise, type PlacedStatement, placedPatterns, type Subject } from "./subject.js";

/** Services whose actions are only ever asked about ARNs with the same service field. */
const selfContained: ReadonlySet<string> = new Set([
  "dynamodb",
  "iam",
  "kms",
  "lambda",
  "s3",
  "secretsmanager",
  "sns",
  "sqs",
]);

/** Adds a warning for every resource that no action of the statement can be asked about. */
export function adviseForeignResources(subject: Subject, placed: PlacedStatement): void {
  const { action, resource } = placed.statement;
  if (subject.profile !== "aws" || action.negated || resource === undefined || resource.negated) return;
  const prefixes = new Set(action.patterns.map((pattern) => actionParts(pattern)[0]));
  if ([...prefixes].some((prefix) => !selfContained.has(prefix))) return;
  for (const place of placedPatterns(placed, "Resource")) {
    const fields = splitArnFields(place.text);
    const service = fields[2] ?? "";
    // A star before the service may run on over it (RES-6).
    if (fields[0] !== "arn" || fields[1]?.includes("*") === true) continue;
    if (!selfContained.has(service) || prefixes.has(service) || prefixes.size === 0) continue;
    const cause = `${quote(place.text)} is no resource of the statement's actions: they are of ${[...prefixes].join(", ")}`;
    advise(subject, "LINT-RESOURCE-TYPE", "warning", place, cause, `leave it out, or add actions of ${service}`);
  }
}
