/** What `SimulateCustomPolicy` and `SimulatePrincipalPolicy` have in common: actions, resources, context, pages (OUT-9). */
import { quote } from "../../policy/quote.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";

/** One call. */
export interface AwsSimulationCall {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly context: ReadonlyMap<string, readonly string[]>;
  readonly resourceAccount: string | undefined;
  readonly maxItems: number;
  readonly marker: string | undefined;
}

/** Reads the common parameters. */
export function readSimulationCall(parameters: AwsQueryParameters): AwsSimulationCall {
  const actions = parameters.list("ActionNames");
  if (actions.length === 0) throw new AwsError("ValidationError", "ActionNames: missing");
  for (const action of actions) {
    if (!/^[^:*?\s]+:[^:*?\s]+$/.test(action)) {
      throw new AwsError("InvalidInput", `ActionNames: ${quote(action)} is not of the form \`service:Name\``);
    }
  }
  const resources = [...new Set(parameters.list("ResourceArns"))];
  if (resources.length > mostResources) {
    throw new AwsError("InvalidInput", `ResourceArns: ${resources.length} resources, at most ${mostResources}`);
  }
  for (const resource of resources) {
    if (resource === "") throw new AwsError("InvalidInput", "ResourceArns: an empty text");
    if (resource.length > longestResource) {
      throw new AwsError(
        "InvalidInput",
        `ResourceArns: a text of ${resource.length} characters, at most ${longestResource}`,
      );
    }
  }
  // It chooses sets of resources for EC2; the resources that are asked about are the ones given.
  parameters.text("ResourceHandlingOption");
  return {
    actions,
    resources: resources.length === 0 ? ["*"] : resources,
    context: readContext(parameters),
    resourceAccount: readOwner(parameters.text("ResourceOwner")),
    maxItems: readMaxItems(parameters.text("MaxItems")),
    marker: parameters.text("Marker"),
  };
}

/** What a call is decided over is put together without a pause. */
const mostResources = 1000;
/** As AWS has it. */
const longestResource = 2048;
const mostEntries = 1000;
const contextTypes = ["string", "numeric", "boolean", "ip", "binary", "date"];

function readContext(parameters: AwsQueryParameters): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  const count = parameters.count("ContextEntries", "ContextKeyName");
  if (count > mostEntries)
    throw new AwsError("InvalidInput", `ContextEntries: ${count} entries, at most ${mostEntries}`);
  for (let index = 1; index <= count; index++) {
    const entry = `ContextEntries.member.${index}`;
    const key = parameters.requiredText(`${entry}.ContextKeyName`);
    const type = parameters.text(`${entry}.ContextKeyType`) ?? "stringList";
    const values = parameters.list(`${entry}.ContextKeyValues`);
    const isList = type.endsWith("List");
    if (!contextTypes.includes(isList ? type.slice(0, -"List".length) : type)) {
      throw new AwsError("InvalidInput", `${entry}.ContextKeyType: ${quote(type)} is unknown`);
    }
    if (!isList && values.length > 1) {
      throw new AwsError("InvalidInput", `${entry}.ContextKeyValues: ${values.length} values of type ${quote(type)}`);
    }
    // Keys ignore case (COND-7).
    if (seen.has(key.toLowerCase())) throw new AwsError("InvalidInput", `${entry}: ${quote(key)} is given twice`);
    seen.add(key.toLowerCase());
    context.set(key, values);
  }
  return context;
}

/** An account, or any ARN of it. */
function readOwner(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const account = /^(?:arn:[^:]*:[^:]*:[^:]*:)?([A-Za-z0-9-]+)(?::.*)?$/s.exec(text)?.[1];
  if (account !== undefined) return account;
  throw new AwsError("InvalidInput", `ResourceOwner: ${quote(text)} names no account`);
}

function readMaxItems(text: string | undefined): number {
  if (text === undefined) return 100;
  const value = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1000) return value;
  throw new AwsError("ValidationError", `MaxItems: ${quote(text)} is no whole number from 1 to 1000`);
}
