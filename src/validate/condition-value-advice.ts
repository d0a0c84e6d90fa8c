/** Advice about the values of one condition test (STR-2, ARN-5, BOOL-4, DATE-3, IP-1, IP-3, IP-5, CTX-4, CTX-9, CTX-15, DOC-10). */
import { hasWildcard, isAllStars, splitArnFields } from "../policy/document/arn.js";
import { shiftedField } from "../policy/document/arn-shift.js";
import type { ConditionTest, DocumentVersion } from "../policy/document/document.js";
import { operators, valueFormats } from "../policy/document/operators.js";
import { mayCover, plainTokens, templateTokens } from "../policy/document/pattern-cover.js";
import { parseTemplate, templateSkeleton } from "../policy/document/template.js";
import { tokensCover, tokensIntersect } from "../policy/document/token-relations.js";
import { quote } from "../text/quote.js";
import { adviseAddress } from "./address-advice.js";
import { globalKey, type IdentifierForm, identifierKeys, organizationPathKeys } from "./catalogue/condition-keys.js";
import { unknownValue } from "./catalogue/known-values.js";
import { knownKey } from "./known-key.js";
import { adviseRedundancy, type EntryComparison } from "./redundancy.js";
import {
  advise,
  adviseBlanks,
  arnForm,
  type PlacedStatement,
  type PlacedText,
  placedValues,
  type Subject,
  testPlace,
} from "./subject.js";

/** Adds what there is to say about the values of one test. */
export function adviseValues(subject: Subject, placed: PlacedStatement, index: number): void {
  const test = placed.statement.conditions[index];
  if (test === undefined) return;
  const values = placedValues(subject, placed, index);
  const { version } = subject.document;
  const { operator } = test;
  if (values.length === 0) {
    advise(
      subject,
      "DOC-10",
      "warning",
      testPlace(placed, index),
      `has no values: ${emptyListEffect(test)}`,
      "list values",
    );
    return;
  }
  const format = operators[operator.kind].values;
  if (format === "presence" || format === "boolean") {
    adviseBothValues(subject, placed, index);
    return;
  }
  for (const value of values) {
    adviseVariables(subject, value);
    if (valueFormats[format].takesVariables) {
      adviseText(subject, test, value);
      adviseBlanks(subject, value);
    }
    if (format === "range") adviseAddress(subject, test, value);
    if (format === "date" && /^[0-9]{4}$/.test(value.text)) {
      const cause = `${quote(value.text)} is epoch seconds, not a year`;
      advise(subject, "DATE-3", "warning", value, cause, `write \`${value.text}-01-01T00:00:00Z\``);
    }
  }
  if (operator.kind === "StringLike" && values.every(({ text }) => !isPattern(text, version))) {
    const name = test.operatorName.replace(/Like/i, "Equals");
    const cause = "no value has a wildcard, so that it compares like StringEquals";
    advise(subject, "LINT-LIKE-PLAIN", "suggestion", testPlace(placed, index), cause, `write \`${name}\``);
  }
  adviseRedundancy(subject, "COND-3", values, valueComparison(test, version));
}

function emptyListEffect({ operator }: ConditionTest): string {
  if (operator.kind === "Null") return "the test is never true";
  if (operator.qualifier === "ForAnyValue") {
    if (operator.negated)
      return `the test is ${operator.ifExists ? "always true" : "true whenever the key is present"}`;
    return operator.ifExists ? "the test is true only when the key is missing" : "the test is never true";
  }
  if (operator.negated) return "the test is always true";
  return operator.ifExists || operator.qualifier === "ForAllValues"
    ? "the test is true only when the key is missing"
    : "the test is never true";
}

function adviseBothValues(subject: Subject, placed: PlacedStatement, index: number): void {
  const test = placed.statement.conditions[index];
  const folded = new Set(test?.values.map((value) => value.toLowerCase()));
  if (test === undefined || !folded.has("true") || !folded.has("false")) return;
  const place = testPlace(placed, index);
  const fix = "list one of the two";
  if (test.operator.kind === "Null") advise(subject, "NULL-2", "warning", place, "has both values: always true", fix);
  else advise(subject, "BOOL-4", "warning", place, "has both values: true for either", fix);
}

/** True if the value has a wildcard outside of variables. */
function isPattern(value: string, version: DocumentVersion): boolean {
  return parseTemplate(value, version).some((part) => part.kind === "text" && hasWildcard(part.text));
}

function adviseText(subject: Subject, test: ConditionTest, value: PlacedText): void {
  const { operator, operatorName, key } = test;
  const { text } = value;
  const folded = key.toLowerCase();
  const patterned = isPattern(text, subject.document.version);
  const facts = knownKey(subject, key);
  if (operator.kind === "ArnLike") adviseArn(subject, value);
  else if (subject.profile === "aws" && facts?.type === "ARN") {
    const shifted = shiftedField(fieldsOf(subject, value), operator.kind === "StringLike" ? "anywhere" : "field");
    if (shifted !== undefined) adviseShift(subject, value, shifted);
  }
  if (patterned && (operator.kind === "StringEquals" || operator.kind === "StringEqualsIgnoreCase")) {
    // A question mark is at home in URLs.
    if (text.includes("*") || !/[=/]/.test(text)) {
      const cause = `the wildcards of ${quote(text)} are ordinary characters under \`${operatorName}\``;
      const name = operatorName.replace(/EqualsIgnoreCase|Equals/i, "Like");
      advise(subject, "STR-2", "warning", value, cause, `write \`${name}\``);
    }
  } else if (patterned && identifierKeys.has(folded)) {
    const cause = `${quote(key)} is compared with the pattern ${quote(text)}: it fences by identifier`;
    advise(subject, "CTX-15", "warning", value, cause, "write the identifiers in full");
  } else if (patterned && operator.kind === "StringLike" && facts?.type === "ARN" && !isAllStars(text)) {
    const cause = `the wildcards of ${quote(text)} also match colons under \`${operatorName}\``;
    const name = operatorName.replace(/String/i, "Arn");
    const fields = splitArnFields(text).length < 6 ? " and all six fields" : "";
    advise(subject, "LINT-STRING-ARN", "suggestion", value, cause, `write \`${name}\`${fields}`);
  }
  if (subject.profile !== "aws") return;
  adviseListed(subject, test, value, patterned);
  if (globalKey(key) !== undefined) adviseForm(subject, folded, value, patterned);
}

function adviseListed(subject: Subject, { operator, key }: ConditionTest, value: PlacedText, patterned: boolean): void {
  const { text } = value;
  const { kind } = operator;
  if (text.includes("${") || (patterned && kind !== "StringLike")) return;
  const comparison = patterned ? "pattern" : kind === "StringEqualsIgnoreCase" ? "anyCase" : "exact";
  const unknown = unknownValue(key, text, comparison);
  if (unknown === undefined) return;
  const { meant, values } = unknown;
  const cause = `${quote(text)} is no value of ${quote(key)}, so that nothing ${patterned ? "matches" : "equals"} it`;
  const fix = meant === undefined ? `write one of ${values.map(quote).join(", ")}` : `write ${quote(meant)}`;
  advise(subject, "LINT-VALUE", "warning", value, cause, fix);
}

function adviseArn(subject: Subject, value: PlacedText): void {
  const { text } = value;
  const skeleton = skeletonOf(subject, value);
  if (isAllStars(skeleton)) {
    advise(
      subject,
      "ARN-5",
      "suggestion",
      value,
      `${quote(text)} matches every ARN`,
      'use "Null" to ask for the key alone',
    );
    return;
  }
  const fields = splitArnFields(skeleton);
  const [scheme = ""] = fields;
  if (!scheme.includes("$") && !tokensIntersect(plainTokens(scheme), plainTokens("arn"))) {
    const cause = `${quote(text)} does not begin with \`arn:\`: no ARN matches it`;
    advise(subject, "ARN-5", "warning", value, cause, arnForm);
    return;
  }
  const shifted = subject.profile === "aws" ? shiftedField(fields, "field") : undefined;
  if (shifted !== undefined) {
    adviseShift(subject, value, shifted);
    return;
  }
  const count = fields.length;
  if (count === 6) return;
  const cause = `${quote(text)} has ${count} fields of six: the missing ones match everything`;
  advise(subject, "ARN-5", "warning", value, cause, "write all six fields");
}

function adviseShift(subject: Subject, value: PlacedText, shifted: string): void {
  const cause = `${quote(value.text)} ${shifted}: no ARN of AWS matches it`;
  advise(subject, "LINT-ARN-FIELDS", "warning", value, cause, arnForm);
}

/** ARN-4: the colons of a variable separate no fields. */
function skeletonOf({ document }: Subject, { text }: PlacedText): string {
  return templateSkeleton(parseTemplate(text, document.version));
}

function fieldsOf(subject: Subject, value: PlacedText): readonly string[] {
  return splitArnFields(skeletonOf(subject, value));
}

function adviseForm(subject: Subject, key: string, value: PlacedText, patterned: boolean): void {
  const { text } = value;
  if (text.includes("${")) return;
  const form = identifierKeys.get(key);
  const wanted = form === undefined ? undefined : identifierForms[form];
  if (wanted !== undefined && !patterned && !wanted.pattern.test(text) && !isAnonymous(key, text)) {
    const cause = `${quote(text)} is not ${wanted.noun}, so that nothing equals it`;
    advise(subject, "LINT-ID-FORMAT", "warning", value, cause, `write it as \`${wanted.example}\``);
  }
  if (organizationPathKeys.has(key) && !/[/*?]$/.test(text)) {
    const cause = `${quote(text)} does not end in a slash, as organization paths do`;
    advise(subject, "CTX-9", "warning", value, cause, `write \`${text}/*\` with \`ForAnyValue:StringLike\``);
  }
  if (key === "aws:principalarn" && /^arn:[^:]*:sts:[^:]*:[^:]*:assumed-role\//.test(text)) {
    const cause = `${quote(text)} is the ARN of a session: this key holds the ARN of its role`;
    advise(subject, "CTX-4", "warning", value, cause, "write the ARN of the role, with its path");
  }
}

interface Form {
  readonly noun: string;
  readonly pattern: RegExp;
  readonly example: string;
}

const identifierForms: Readonly<Record<IdentifierForm, Form>> = {
  account: { noun: "an account id of twelve digits", pattern: /^[0-9]{12}$/, example: "111122223333" },
  organization: { noun: "the id of an organization", pattern: /^o-/, example: "o-exampleorgid" },
  vpc: { noun: "the id of a VPC", pattern: /^vpc-/, example: "vpc-0123456789abcdef0" },
  endpoint: { noun: "the id of a VPC endpoint", pattern: /^vpce-/, example: "vpce-0123456789abcdef0" },
};

/** CTX-5: what the key is for callers without credentials. */
function isAnonymous(key: string, text: string): boolean {
  return key === "aws:principalaccount" && text === "anonymous";
}

function adviseVariables(subject: Subject, value: PlacedText): void {
  for (const part of parseTemplate(value.text, subject.document.version)) {
    if (part.kind !== "variable" || globalKey(part.key)?.multivalued !== true) continue;
    const cause = `\`\${${part.key}}\` never has a value: its key is a list`;
    advise(subject, "VAR-9", "warning", value, cause, "use a key with one value");
  }
}

function valueComparison({ operator }: ConditionTest, version: DocumentVersion): EntryComparison {
  const isWide = (text: string) => operator.kind === "StringLike" && hasWildcard(text);
  const tokens = (text: string) => templateTokens(text, version);
  const covers = (wide: string, narrow: string) => mayCover(wide, narrow) && tokensCover(tokens(wide), tokens(narrow));
  return { keyOf: (text) => text, isWide, covers };
}
