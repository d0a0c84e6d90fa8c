/**
 * The questions in a serialised call as they were decided: a batch's defaults filled in, table rows spelled out, in the order
 * of the answers. What cannot be read is kept as far as it was read, and marked.
 */
import { WireError, WireReader } from "../../engine/wire-reader.js";
import { foldText } from "../../text/fold.js";
import type { PlainPlace } from "./plain-question.js";

/** One question, in the words of its JSON form. Absent texts are empty. */
export interface AskedQuestion {
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
export function askedQuestion(request: Buffer): AskedQuestion {
  const question = emptyQuestion();
  readInto(question, new WireReader(request));
  return question;
}

/** The question that lies at a place in a batch without defaults. */
export function listedQuestion({ chunk, at, end, policySet }: PlainPlace): AskedQuestion {
  return complete(askedQuestion(chunk.subarray(at, end)), { defaults: undefined, policySet, whatIf: false });
}

/** The questions of a serialised BatchAuthorizeRequest, each as a reader: listed ones first, then the rows of the table. */
export function* askedQuestions(request: Buffer): Generator<() => AskedQuestion> {
  const batch = readBatch(request);
  for (const reader of batch.requests) {
    yield () => {
      const question = emptyQuestion();
      readInto(question, reader);
      return complete(question, batch);
    };
  }
  const { principals, actions, resources, contexts, rows } = batch;
  const row = (at: number): AskedQuestion => {
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
  readonly defaults: AskedQuestion | undefined;
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
  let defaults: AskedQuestion | undefined;
  let policySet = "";
  let whatIf = false;
  const requests: WireReader[] = [];
  const texts: readonly [TableText[], TableText[], TableText[]] = [[], [], []];
  const contexts: TableContext[] = [];
  const rows: number[] = [];
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.field === 1) {
      defaults ??= emptyQuestion();
      readInto(defaults, reader.ownMessage());
    } else if (reader.field === 2) requests.push(reader.ownMessage());
    else if (reader.field === 4) policySet = reader.text();
    else if (reader.field === 5) {
      const table = reader.ownMessage();
      while (table.next()) {
        const list = texts[table.field - 1];
        if (list !== undefined) list.push({ text: table.text(), malformed: table.takeBadText() });
        else if (table.field === 4) contexts.push(readContext(table.ownMessage()));
        else if (table.field === 5) table.numbersInto(rows);
        else table.skip();
      }
    } else if (reader.field === 6) whatIf = reader.number() !== 0;
    else reader.skip();
  }
  const [principals, actions, resources] = texts;
  return { defaults, requests, policySet, whatIf, principals, actions, resources, contexts, rows };
}

/** Fills in what the question left empty, as the matcher does. */
function complete(
  question: AskedQuestion,
  { defaults, policySet, whatIf }: Pick<Batch, "defaults" | "policySet" | "whatIf">,
): AskedQuestion {
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

function emptyQuestion(): AskedQuestion {
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

function readInto(question: AskedQuestion, reader: WireReader): void {
  try {
    while (reader.next()) readField(question, reader);
  } catch (error: unknown) {
    if (!(error instanceof WireError)) throw error;
    question.malformed = true;
  }
  if (reader.takeBadText()) question.malformed = true;
}

function readField(question: AskedQuestion, reader: WireReader): void {
  const { field } = reader;
  if (field === 1) question.principal = reader.text();
  else if (field === 2) question.action = reader.text();
  else if (field === 3) question.resource = reader.text();
  else if (field === 4) readEntry(question.context, reader.message());
  else if (field === 5) question.resourceAccount = reader.text();
  else if (field === 6) readTag(question.resourceTags, reader.message());
  else if (field === 7) question.sessionPolicies.push(reader.text());
  else if (field === 8) readTag(question.sessionTags, reader.message());
  else if (field === 9) question.endpoint = reader.text();
  else if (field === 11) question.policySet = reader.text();
  else if (field === 12) question.whatIf ||= reader.number() !== 0;
  else reader.skip();
}

function readContext(reader: WireReader): TableContext {
  const entries = new Map<string, readonly string[]>();
  let malformed = false;
  try {
    while (reader.next()) {
      if (reader.field === 1) readEntry(entries, reader.message());
      else reader.skip();
    }
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
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) {
      const list = entry.message();
      while (list.next()) {
        if (list.field === 1) values.push(list.text());
        else list.skip();
      }
    } else entry.skip();
  }
  context.set(key, values);
}

function readTag(tags: Map<string, string>, entry: WireReader): void {
  let key = "";
  let value = "";
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = entry.text();
    else entry.skip();
  }
  tags.set(key, value);
}
