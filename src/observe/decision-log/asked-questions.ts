/**
 * The questions in a serialised call as they were decided: a batch's defaults filled in, table rows spelled out, in the order
 * of the answers. What cannot be read is kept as far as it was read, and marked.
 */

import { foldText } from "../../text/fold.js";
import {
  BatchField,
  ContextField,
  EntryField,
  RequestField,
  TableField,
  ValuesField,
} from "../../wire/authorization-fields.js";
import { WireError, type WireReader, wireReader } from "../../wire/wire-reader.js";
import type { PlainPlace } from "./plain-question.js";

/** One question, in the words of its JSON form. Absent texts are empty. */
export interface LoggedQuestion {
  principal: string;
  action: string;
  resource: string;
  context: Map<string, readonly string[]>;
  resourceAccount: string;
  resourceTags: Map<string, string>;
  sessionPolicies: string[];
  sessionTags: Map<string, string>;
  endpoint: string;
  whatIf: boolean;
  /** The name of the policy set that it was asked of. */
  policySet: string;
  /** Not everything could be read, so the question is not what its caller sent. */
  malformed: boolean;
}

/** The question of a serialised AuthorizeRequest. */
export function askedQuestion(request: Buffer): LoggedQuestion {
  const question = emptyQuestion();
  readInto(question, wireReader(request, "noting", "cut"));
  return question;
}

/** The question that lies at a place in a batch without defaults. */
export function listedQuestion({ chunk, at, end, policySet }: PlainPlace): LoggedQuestion {
  return complete(askedQuestion(chunk.subarray(at, end)), { defaults: undefined, policySet, whatIf: false });
}

/** The questions of a serialised BatchAuthorizeRequest, each as a reader: listed ones first, then the rows of the table. */
export function* askedQuestions(request: Buffer): Generator<() => LoggedQuestion> {
  const batch = readBatch(request);
  for (const reader of batch.requests) {
    yield () => {
      const question = emptyQuestion();
      readInto(question, reader);
      return complete(question, batch);
    };
  }
  const { principals, actions, resources, contexts, rows } = batch;
  const row = (at: number): LoggedQuestion => {
    const question = emptyQuestion();
    const principal = principals[rows[at] ?? 0] ?? missing;
    const action = actions[rows[at + 1] ?? 0] ?? missing;
    const resource = resources[rows[at + 2] ?? 0] ?? missing;
    const place = rows[at + 3] ?? 0;
    const context = place === 0 ? noContext : (contexts[place - 1] ?? { ...noContext, malformed: true });
    question.principal = principal.text;
    question.action = action.text;
    question.resource = resource.text;
    question.context = context.entries;
    question.malformed = principal.malformed || action.malformed || resource.malformed || context.malformed;
    return complete(question, batch);
  };
  for (let at = 0; at + 3 < rows.length; at += 4) yield () => row(at);
}

interface TableText {
  readonly text: string;
  readonly malformed: boolean;
}

interface TableContext {
  readonly entries: Map<string, readonly string[]>;
  readonly malformed: boolean;
}

const missing: TableText = { text: "", malformed: true };
const noContext: TableContext = { entries: new Map(), malformed: false };

interface Batch {
  readonly defaults: LoggedQuestion | undefined;
  readonly requests: readonly WireReader[];
  readonly policySet: string;
  readonly whatIf: boolean;
  readonly principals: readonly TableText[];
  readonly actions: readonly TableText[];
  readonly resources: readonly TableText[];
  readonly contexts: readonly TableContext[];
  readonly rows: readonly number[];
}

function readBatch(request: Buffer): Batch {
  let defaults: LoggedQuestion | undefined;
  let policySet = "";
  let whatIf = false;
  const requests: WireReader[] = [];
  const principals: TableText[] = [];
  const actions: TableText[] = [];
  const resources: TableText[] = [];
  const texts = new Map<number, TableText[]>([
    [TableField.Principals, principals],
    [TableField.Actions, actions],
    [TableField.Resources, resources],
  ]);
  const contexts: TableContext[] = [];
  const rows: number[] = [];
  const reader = wireReader(request, "noting", "cut");
  while (reader.next()) {
    if (reader.field === BatchField.Defaults) {
      defaults ??= emptyQuestion();
      readInto(defaults, reader.ownMessage());
    } else if (reader.field === BatchField.Requests) requests.push(reader.ownMessage());
    else if (reader.field === BatchField.PolicySet) policySet = reader.text();
    else if (reader.field === BatchField.Table) {
      const table = reader.ownMessage();
      while (table.next()) {
        const list = texts.get(table.field);
        if (list !== undefined) list.push({ text: table.text(), malformed: table.takeBadText() });
        else if (table.field === TableField.Contexts) contexts.push(readContext(table.ownMessage()));
        else if (table.field === TableField.Rows) table.numbersInto(rows);
      }
    } else if (reader.field === BatchField.WhatIf) whatIf = reader.number() !== 0;
  }
  return { defaults, requests, policySet, whatIf, principals, actions, resources, contexts, rows };
}

/** Fills in what the question left empty, as the matcher does. */
function complete(
  question: LoggedQuestion,
  { defaults, policySet, whatIf }: Pick<Batch, "defaults" | "policySet" | "whatIf">,
): LoggedQuestion {
  const chosen = policySet || defaults?.policySet || "";
  // A batch is decided by one policy set; a question that names another is an error that no other call would give.
  if (question.policySet !== "" && question.policySet !== (chosen || "default")) question.malformed = true;
  question.policySet = chosen;
  question.whatIf ||= whatIf;
  if (defaults === undefined) return question;
  question.whatIf ||= defaults.whatIf;
  question.malformed ||= defaults.malformed;
  question.principal ||= defaults.principal;
  question.action ||= defaults.action;
  question.resource ||= defaults.resource;
  question.resourceAccount ||= defaults.resourceAccount;
  question.endpoint ||= defaults.endpoint;
  if (question.resourceTags.size === 0) question.resourceTags = defaults.resourceTags;
  if (question.sessionPolicies.length === 0) question.sessionPolicies = defaults.sessionPolicies;
  if (question.sessionTags.size === 0) question.sessionTags = defaults.sessionTags;
  if (defaults.context.size > 0) question.context = mergedContext(question.context, defaults.context);
  return question;
}

/** COND-7: names ignore case, so an own key hides every spelling of it. */
function mergedContext(
  own: ReadonlyMap<string, readonly string[]>,
  defaults: ReadonlyMap<string, readonly string[]>,
): Map<string, readonly string[]> {
  const names = new Set([...own.keys()].map(foldText));
  const merged = new Map(own);
  for (const [key, values] of defaults) if (!names.has(foldText(key))) merged.set(key, values);
  return merged;
}

function emptyQuestion(): LoggedQuestion {
  return {
    principal: "",
    action: "",
    resource: "",
    context: new Map(),
    resourceAccount: "",
    resourceTags: new Map(),
    sessionPolicies: [],
    sessionTags: new Map(),
    endpoint: "",
    whatIf: false,
    policySet: "",
    malformed: false,
  };
}

function readInto(question: LoggedQuestion, reader: WireReader): void {
  try {
    while (reader.next()) readField(question, reader);
  } catch (error: unknown) {
    if (!(error instanceof WireError)) throw error;
    question.malformed = true;
  }
  if (reader.takeBadText()) question.malformed = true;
}

function readField(question: LoggedQuestion, reader: WireReader): void {
  const { field } = reader;
  if (field === RequestField.Principal) question.principal = reader.text();
  else if (field === RequestField.Action) question.action = reader.text();
  else if (field === RequestField.Resource) question.resource = reader.text();
  else if (field === RequestField.Context) readEntry(question.context, reader.message());
  else if (field === RequestField.ResourceAccount) question.resourceAccount = reader.text();
  else if (field === RequestField.ResourceTags) readTag(question.resourceTags, reader.message());
  else if (field === RequestField.SessionPolicies) question.sessionPolicies.push(reader.text());
  else if (field === RequestField.SessionTags) readTag(question.sessionTags, reader.message());
  else if (field === RequestField.Endpoint) question.endpoint = reader.text();
  else if (field === RequestField.PolicySet) question.policySet = reader.text();
  else if (field === RequestField.WhatIf) question.whatIf ||= reader.number() !== 0;
}

function readContext(reader: WireReader): TableContext {
  const entries = new Map<string, readonly string[]>();
  let malformed = false;
  try {
    while (reader.next()) if (reader.field === ContextField.Entries) readEntry(entries, reader.message());
  } catch (error: unknown) {
    if (!(error instanceof WireError)) throw error;
    malformed = true;
  }
  return { entries, malformed: reader.takeBadText() || malformed };
}

function readEntry(context: Map<string, readonly string[]>, entry: WireReader): void {
  let key = "";
  const values: string[] = [];
  while (entry.next()) {
    if (entry.field === EntryField.Key) key = entry.text();
    else if (entry.field === EntryField.Value) {
      const list = entry.message();
      while (list.next()) if (list.field === ValuesField.Values) values.push(list.text());
    }
  }
  context.set(key, values);
}

function readTag(tags: Map<string, string>, entry: WireReader): void {
  let key = "";
  let value = "";
  while (entry.next()) {
    if (entry.field === EntryField.Key) key = entry.text();
    else if (entry.field === EntryField.Value) value = entry.text();
  }
  tags.set(key, value);
}
