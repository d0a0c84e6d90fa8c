/**
 * What the documents of an image name, found in one pass over all statements: action and resource patterns as numbers, each
 * text looked up once, and every spelling of a key that a test or a variable reads.
 */
import type { DocumentVersion, PolicyDocument } from "../policy/document.js";
import { valueProgram } from "./condition-tests.js";
import { resourceProgram, variablesOf } from "./pattern.js";
import { WordList } from "./word-list.js";

/** A resource pattern of some statement; a text means the same in all documents of one version. */
export interface SurveyedResource {
  readonly text: string;
  readonly version: DocumentVersion;
}

/** The numbers of one document's patterns run on from here, statement by statement, in the order written. */
export interface SurveyStart {
  readonly actions: number;
  readonly resources: number;
}

/** What was found. */
export interface Survey {
  /** Distinct action patterns as written; their place is their number. */
  readonly actionTexts: readonly string[];
  readonly resourceTexts: readonly SurveyedResource[];
  /** The numbers of all statements' patterns, one after the other. */
  readonly actions: WordList;
  readonly resources: WordList;
  readonly starts: ReadonlyMap<PolicyDocument, SurveyStart>;
  readonly keys: ReadonlySet<string>;
}

/** Goes through every document once. */
export function surveyDocuments(documents: readonly PolicyDocument[]): Survey {
  const keys = new Set<string>();
  const actionTexts: string[] = [];
  const resourceTexts: SurveyedResource[] = [];
  const actions = new WordList();
  const resources = new WordList();
  const starts = new Map<PolicyDocument, SurveyStart>();
  const actionNumbers = new Map<string, number>();
  const resourceNumbers = { "2008-10-17": new Map<string, number>(), "2012-10-17": new Map<string, number>() };

  const numberAction = (text: string): number => {
    const known = actionNumbers.get(text);
    if (known !== undefined) return known;
    actionNumbers.set(text, actionTexts.length);
    return actionTexts.push(text) - 1;
  };
  const numberResource = (text: string, version: DocumentVersion): number => {
    const known = resourceNumbers[version].get(text);
    if (known !== undefined) return known;
    resourceNumbers[version].set(text, resourceTexts.length);
    if (text.includes("${")) for (const key of variablesOf(resourceProgram(text, version))) keys.add(key);
    return resourceTexts.push({ text, version }) - 1;
  };

  for (const document of documents) {
    const { statements, version } = document;
    starts.set(document, { actions: actions.length, resources: resources.length });
    for (const { action, resource, conditions } of statements) {
      for (const text of action.patterns) actions.push(numberAction(text));
      for (const text of resource?.patterns ?? []) resources.push(numberResource(text, version));
      for (const { key, values, operator } of conditions) {
        keys.add(key);
        for (const value of values) {
          const program = value.includes("${") ? valueProgram(operator.kind, value, version) : undefined;
          if (program !== undefined) for (const variable of variablesOf(program)) keys.add(variable);
        }
      }
    }
  }
  return { actionTexts, resourceTexts, actions, resources, starts, keys };
}
