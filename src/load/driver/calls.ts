/** The calls of a form, serialised beforehand: bytes to send, and the judge of what comes back. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { batchItem, joinBatch } from "../../wire/batch.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { encodeTable } from "../../wire/table.js";
import type { Traffic } from "../traffic/traffic.js";
import { judgeBatch, judgeCheck, judgeSingle, outcomeNumber, UNREADABLE_ANSWER, WRONG_ANSWER } from "./judge-answer.js";
import type { DecisionCounts } from "./target.js";

/** How questions are asked. */
export const loadForms = ["unary", "batch", "table", "stream", "http", "ext-authz"] as const;

/** One of them. */
export type LoadForm = (typeof loadForms)[number];

/** Calls in the order of sending. */
export interface Calls {
  readonly form: LoadForm;
  readonly count: number;
  readonly questionsPerCall: number;
  bytesOf(call: number): Buffer;
  /** What the answer is counted under: empty for a good one. Counts what it says. */
  judge(call: number, answer: Uint8Array, counts: DecisionCounts): string;
  /** What could not be asked in this form, in words. */
  readonly remarks: readonly string[];
}

/** Calls that are kept serialised: further ones come again from the first. */
const mostBatches = 64;

/** Serialises the traffic. `batch`: questions in one call, of the forms that have several. */
export function callsOf(traffic: Traffic, form: LoadForm, batch: number, policySet = ""): Calls {
  switch (form) {
    case "unary":
      return unaryCalls(traffic, policySet);
    case "http":
      return httpCalls(traffic, policySet);
    case "batch":
    case "stream":
      return batchCalls(traffic, form, batch, policySet);
    case "table":
      return tableCalls(traffic, batch, policySet);
    case "ext-authz":
      return checkCalls(traffic);
  }
}

function unaryCalls({ questions, order }: Traffic, policySet: string): Calls {
  const bytes = questions.map(({ question }) => toBuffer(encodeQuestion(question, "outcome", policySet)));
  const expected = Uint8Array.from(questions, (one) => outcomeNumber(one.expected));
  return {
    form: "unary",
    count: order.length,
    questionsPerCall: 1,
    bytesOf: (call) => bytes[order[call] ?? 0] ?? nothing,
    judge: (call, answer, counts) => judgeSingle(answer, expected[order[call] ?? 0] ?? 0, counts),
    remarks: [],
  };
}

function httpCalls({ questions, order }: Traffic, policySet: string): Calls {
  const query = policySet === "" ? "" : `&policySet=${encodeURIComponent(policySet)}`;
  const bytes = questions.map(({ question }) => {
    const body = Buffer.from(JSON.stringify(questionMembers(question)));
    const head = `POST /v1/authorize?detail=outcome${query} HTTP/1.1\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.from(`content-length: ${body.length}\r\n`), body]);
  });
  const words = { allowed: 1, explicitDeny: 2, implicitDeny: 3 };
  return {
    form: "http",
    count: order.length,
    questionsPerCall: 1,
    bytesOf: (call) => bytes[order[call] ?? 0] ?? nothing,
    judge: (call, answer, counts) => {
      const said = /"decision":\s*"(allowed|explicitDeny|implicitDeny)"/.exec(
        Buffer.from(answer).toString("latin1"),
      )?.[1];
      const isDecision = (text: string | undefined): text is keyof typeof words => text !== undefined && text in words;
      if (!isDecision(said)) return UNREADABLE_ANSWER;
      counts[said]++;
      return said === questions[order[call] ?? 0]?.expected ? "" : WRONG_ANSWER;
    },
    remarks: [],
  };
}

function checkCalls({ questions, checks = [], order }: Traffic): Calls {
  return {
    form: "ext-authz",
    count: order.length,
    questionsPerCall: 1,
    bytesOf: (call) => checks[order[call] ?? 0] ?? nothing,
    judge: (call, answer, counts) => judgeCheck(answer, questions[order[call] ?? 0]?.expected ?? "error", counts),
    remarks: [],
  };
}

function batchCalls({ questions, order }: Traffic, form: "batch" | "stream", batch: number, policySet: string): Calls {
  const items = questions.map(({ question }) => batchItem(encodeQuestion(question, "outcome")));
  const bytes: Buffer[] = [];
  const expected: Uint8Array[] = [];
  const terms = { detail: "outcome", ...(policySet === "" ? {} : { policySet }) } as const;
  for (const places of cut(order, batch)) {
    bytes.push(
      toBuffer(
        joinBatch(
          Array.from(places, (place) => items[place] ?? nothing),
          terms,
        ),
      ),
    );
    expected.push(Uint8Array.from(places, (place) => outcomeNumber(questions[place]?.expected ?? "error")));
  }
  return manyCalls(form, batch, bytes, expected, []);
}

function tableCalls({ questions, order }: Traffic, batch: number, policySet: string): Calls {
  const fits = questions.map(({ question }) => isTableRow(question));
  const rows = order.filter((place) => fits[place]);
  const left = order.length - rows.length;
  const remarks =
    left === 0 ? [] : [`${left} of ${order.length} questions say more than a row of a table can, and are left out`];
  if (rows.length === 0) throw new Error("load: no question fits into a table: choose another form");
  const bytes: Buffer[] = [];
  const expected: Uint8Array[] = [];
  for (const places of cut(rows, batch)) {
    const texts = { principals: new Places(), actions: new Places(), resources: new Places(), contexts: new Places() };
    const contexts: ReadonlyMap<string, readonly string[]>[] = [];
    const cells: number[] = [];
    for (const place of places) {
      const question = questions[place]?.question;
      if (question === undefined) continue;
      const { principal, action, resource, context } = question;
      const key = JSON.stringify([...context]);
      const before = texts.contexts.size;
      const contextAt = context.size === 0 ? 0 : texts.contexts.of(key) + 1;
      if (texts.contexts.size > before) contexts.push(context);
      cells.push(texts.principals.of(principal), texts.actions.of(action), texts.resources.of(resource), contextAt);
    }
    const { principals, actions, resources } = texts;
    const table = { principals: principals.all, actions: actions.all, resources: resources.all, contexts, rows: cells };
    bytes.push(toBuffer(encodeTable(table, { detail: "outcome", ...(policySet === "" ? {} : { policySet }) })));
    expected.push(Uint8Array.from(places, (place) => outcomeNumber(questions[place]?.expected ?? "error")));
  }
  return manyCalls("table", batch, bytes, expected, remarks);
}

function manyCalls(
  form: LoadForm,
  batch: number,
  bytes: readonly Buffer[],
  expected: readonly Uint8Array[],
  remarks: readonly string[],
): Calls {
  return {
    form,
    count: bytes.length,
    questionsPerCall: batch,
    bytesOf: (call) => bytes[call] ?? nothing,
    judge: (call, answer, counts) => judgeBatch(answer, expected[call] ?? nothing, counts),
    remarks,
  };
}

/** The order in parts of one size; the last one goes on from the beginning. */
function* cut(order: Uint32Array, size: number): Generator<Uint32Array> {
  const count = Math.min(Math.max(1, Math.ceil(order.length / size)), mostBatches);
  for (let part = 0; part < count; part++) {
    yield Uint32Array.from({ length: size }, (_, index) => order[(part * size + index) % order.length] ?? 0);
  }
}

/** A row of a table says who, what and where, and a context. */
function isTableRow({
  resourceAccount,
  endpoint,
  resourceTags,
  sessionTags,
  sessionPolicies,
  whatIf,
}: AuthorizationQuestion): boolean {
  const more = [resourceTags, sessionTags, sessionPolicies].some(({ length }) => length > 0);
  return resourceAccount === undefined && endpoint === undefined && !more && !whatIf;
}

/** Texts, each once. */
class Places {
  private readonly places = new Map<string, number>();

  of(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.places.size);
    return this.places.size - 1;
  }

  get size(): number {
    return this.places.size;
  }

  get all(): readonly string[] {
    return [...this.places.keys()];
  }
}

/** The members of a question as a body of HTTP has them. */
function questionMembers(question: AuthorizationQuestion): Readonly<Record<string, unknown>> {
  const { context, resourceTags, sessionTags, sessionPolicies, whatIf, ...rest } = question;
  const tags = (list: AuthorizationQuestion["resourceTags"]) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return {
    ...rest,
    ...(context.size === 0 ? {} : { context: Object.fromEntries(context) }),
    ...(resourceTags.length === 0 ? {} : { resourceTags: tags(resourceTags) }),
    ...(sessionTags.length === 0 ? {} : { sessionTags: tags(sessionTags) }),
    ...(sessionPolicies.length === 0 ? {} : { sessionPolicies }),
    ...(whatIf ? { whatIf } : {}),
  };
}

const nothing = Buffer.alloc(0);

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
