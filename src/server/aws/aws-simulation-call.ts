/** What `SimulateCustomPolicy` and `SimulatePrincipalPolicy` have in common: actions, resources, context, pages (OUT-9). */
import { parseArn } from "../../policy/document/arn.js";
import { quote } from "../../text/quote.js";
import { readContextEntries } from "./aws-context-entries.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import { placeOfToken, placeToken } from "./place-token.js";

/** One call. */
export interface AwsSimulationCall {
  readonly actions: readonly string[];
  /** As given, repetitions included; `*` where none are. */
  readonly resources: readonly string[];
  readonly hasResources: boolean;
  readonly context: ReadonlyMap<string, readonly string[]>;
  readonly resourceAccount: string | undefined;
  /** What the caller is to be; undefined if the call does not say. */
  readonly callerArn: string | undefined;
  readonly maxItems: number;
  /** The place in `actions` that the answer begins at. */
  readonly first: number;
}

/** Reads the common parameters. In a policy set of the generic profile resources need not be ARNs (GEN-3). */
export function readSimulationCall(parameters: AwsQueryParameters, profile: "aws" | "generic"): AwsSimulationCall {
  const actions = parameters.list("ActionNames");
  if (actions.length === 0) throw new AwsError("ValidationError", "ActionNames: missing");
  if (actions.some((action) => !action.includes(":"))) {
    throw new AwsError("InvalidInput", "The action is invalid since it is missing names");
  }
  const resources = parameters.list("ResourceArns");
  if (resources.length > mostResources) {
    throw new AwsError("InvalidInput", `ResourceArns: ${resources.length} resources, at most ${mostResources}`);
  }
  for (const resource of resources) checkResource(resource, profile);
  checkHandling(parameters.text("ResourceHandlingOption"), actions, resources);
  return {
    actions,
    resources: resources.length === 0 ? ["*"] : resources,
    hasResources: resources.length > 0,
    context: readContextEntries(parameters),
    resourceAccount: readOwner(parameters.text("ResourceOwner")),
    callerArn: parameters.text("CallerArn"),
    maxItems: readMaxItems(parameters.text("MaxItems")),
    first: readMarker(parameters.text("Marker")),
  };
}

/** The marker of a place in `ActionNames`. */
export function markerOf(place: number): string {
  return placeToken(placeNoun, place);
}

/** What a call is decided over is put together without a pause. */
const mostResources = 1000;
/** As AWS has it. */
const longestResource = 2048;
const placeNoun = "action";

function checkResource(resource: string, profile: "aws" | "generic"): void {
  if (resource.length > longestResource) {
    throw new AwsError(
      "InvalidInput",
      `ResourceArns: a text of ${resource.length} characters, at most ${longestResource}`,
    );
  }
  if (resource === "*") return;
  const arn = parseArn(resource);
  const isArn = arn !== undefined && arn.partition !== "" && arn.service !== "" && arn.rest !== "";
  if (resource === "" || (profile === "aws" && !isArn)) {
    throw new AwsError("InvalidInput", `ResourceNames are not in a valid ARN format: ${resource}.`);
  }
}

/** It chooses sets of resources for EC2's instances; the resources that are asked about are the ones given. */
function checkHandling(option: string | undefined, actions: readonly string[], resources: readonly string[]): void {
  if (option === undefined || resources.length === 0) return;
  const other = actions.find((action) => action.toLowerCase() !== "ec2:runinstances");
  if (other === undefined) return;
  throw new AwsError(
    "InvalidInput",
    `Invalid input resource handling options. Action does not support resource handling options: ${other}. `,
  );
}

function readOwner(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const arn = parseArn(text);
  if (arn?.service === "iam" && arn.partition !== "" && /^[A-Za-z0-9-]+$/.test(arn.account) && arn.rest !== "") {
    return arn.account;
  }
  throw new AwsError("InvalidInput", `'${text}' is not a valid as a Resource Owner.`);
}

function readMaxItems(text: string | undefined): number {
  if (text === undefined) return 100;
  if (!/^-?[0-9]{1,9}$/.test(text))
    throw new AwsError("ValidationError", `MaxItems: ${quote(text)} is no whole number`);
  const value = Number(text);
  if (value >= 1 && value <= 1000) return value;
  const bound = value < 1 ? "greater than or equal to 1" : "less than or equal to 1000";
  throw new AwsError(
    "ValidationError",
    `1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

function readMarker(text: string | undefined): number {
  if (text === undefined) return 0;
  const place = placeOfToken(placeNoun, text);
  if (place === undefined) throw new AwsError("InvalidInput", "Invalid marker for pagination.");
  return place;
}
