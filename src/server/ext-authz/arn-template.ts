/**
 * Templates of resource ARNs. A value that a caller chose stays within its place: it can neither end a field nor a segment of the
 * ARN and so never make it another resource (RES-1: what else it holds is literal).
 */
import type { Placeholder, RequestValues } from "./placeholder.js";
import { fillText, type ValueTemplate } from "./value-template.js";

/** The resource of an action that has none. */
export const noResource = "*";

/** Why a template makes no ARN; undefined if it does. */
export function refusalOfArn({ text, pieces }: ValueTemplate): string | undefined {
  if (text === noResource) return undefined;
  const fields = fieldsOf(pieces);
  if (fields[0] !== "arn") return "must begin with `arn:`, or be `*` for an action without resource";
  if (fields.length < 6) return `has ${fields.length} of the six fields of an ARN`;
  if (fields[1] === "" || fields[2] === "") return "has an empty partition or service";
  if (fields[1]?.includes("{") || fields[2]?.includes("{")) return "has a placeholder in its partition or service";
  if (fields.slice(5).join(":") === "") return "has an empty resource field";
  if (/[\p{Cc}\s]/u.test(text)) return "has a blank or a control character";
  return undefined;
}

/** The fields of a template as texts, placeholders as `{}`; colons within placeholders do not count. */
function fieldsOf(pieces: ValueTemplate["pieces"]): readonly string[] {
  return pieces
    .map((piece) => ("literal" in piece ? piece.literal : "{}"))
    .join("")
    .split(":");
}

/** The ARN of one request; undefined where a value is missing or would not stay in its place. */
export function fillArn(template: ValueTemplate, values: RequestValues, rest: string | undefined): string | undefined {
  return fillText(template, values, (value, placeholder, isLast) => staysInPlace(value, placeholder, isLast, rest));
}

function staysInPlace(value: string, placeholder: Placeholder, isLast: boolean, rest: string | undefined): boolean {
  if (value === "" || /\p{Cc}/u.test(value) || isUncertain(value, placeholder)) return false;
  // Nothing of the ARN follows the last value, so what is in it separates nothing.
  if (!isLast) return !/[/:]/.test(value);
  return !value.includes("/") || (placeholder.kind === "capture" && placeholder.name === rest);
}

/**
 * Whether the service may read another value than we do: Envoy joins headers of one name by commas, and writes `!` for bytes that
 * are no UTF-8.
 */
export function isUncertain(value: string, placeholder: Placeholder): boolean {
  return placeholder.kind === "header" && /[,!]/.test(value);
}
