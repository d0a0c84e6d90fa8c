// What the bench of rows sends: the questions of a workload one by one, in batches of rows, and as tables whose every row has a context
// of its own. With each message the decisions that are due.
import { Detail } from "../../assembly/format/layout.js";
import { plainEvaluator } from "../evaluator/plain.js";
import { parseQuestion } from "../evaluator/question.js";
import { encodeBatch, encodeRequest, encodeTable, type WireTable } from "../wire.js";
import type { Workload, WorkloadQuestion } from "../workloads/workload.js";

/** One way of asking. */
export interface Form {
  readonly name: string;
  readonly method: "Authorize" | "BatchAuthorize";
  /** Questions a message. */
  readonly rows: number;
  /** Calls in flight on all connections. */
  readonly inFlight: number;
  readonly messages: readonly Buffer[];
  readonly wants: readonly (readonly string[])[];
}

/** How many there are of each, by name. */
const shapes = [
  { name: "unary", rows: 1, inFlight: 64, isTable: false },
  { name: "rows50", rows: 50, inFlight: 8, isTable: false },
  { name: "rows1000", rows: 1000, inFlight: 4, isTable: false },
  { name: "table10000", rows: 10_000, inFlight: 2, isTable: true },
] as const;

/** The names of all forms. */
export const formNames: readonly string[] = shapes.map(({ name }) => name);

/** The forms of those names. */
export function formsOf(workload: Workload, names: readonly string[]): readonly Form[] {
  const { principals, questions } = workload;
  const single = (question: WorkloadQuestion, detail?: Detail): Buffer =>
    encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }, detail);
  return shapes
    .filter(({ name }) => names.includes(name))
    .map(({ name, rows, inFlight, isTable }) => {
      const shape = { name, rows, inFlight };
      if (rows === 1) {
        const messages = questions.map((question) => single(question, Detail.Outcome));
        return { ...shape, method: "Authorize", messages, wants: questions.map(({ want }) => [want]) };
      }
      const chunks = chunksOf(questions, rows);
      if (isTable) {
        const tables = chunks.map((chunk) => tableOf(workload, chunk));
        const messages = tables.map(({ table }) => encodeTable(table, Detail.Outcome));
        return { ...shape, method: "BatchAuthorize", messages, wants: tables.map(({ wants }) => wants) };
      }
      const batch = (chunk: readonly WorkloadQuestion[]): Buffer =>
        encodeBatch(
          chunk.map((question) => single(question)),
          Detail.Outcome,
        );
      const wants = chunks.map((chunk) => chunk.map(({ want }) => want));
      return { ...shape, method: "BatchAuthorize", messages: chunks.map(batch), wants };
    });
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.floor(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Rows have no resource tags, so the plain evaluator says what is due without them. */
function tableOf(workload: Workload, chunk: readonly WorkloadQuestion[]): { table: WireTable; wants: string[] } {
  const evaluator = plainEvaluator(workload);
  const principals = new Map<string, number>();
  const actions = new Map<string, number>();
  const resources = new Map<string, number>();
  const rows = chunk.map(({ principal, action, resource }, index) => {
    const arn = workload.principals[principal]?.arn ?? "";
    return [placeOf(principals, arn), placeOf(actions, action), placeOf(resources, resource), index + 1] as const;
  });
  const wants = chunk.map(({ resourceTags: _, ...bare }) => evaluator.decide(parseQuestion(workload, bare)));
  return {
    table: {
      principals: [...principals.keys()],
      actions: [...actions.keys()],
      resources: [...resources.keys()],
      contexts: chunk.map(({ context }) => context),
      rows,
    },
    wants,
  };
}

function placeOf(places: Map<string, number>, text: string): number {
  const known = places.get(text);
  if (known !== undefined) return known;
  places.set(text, places.size);
  return places.size - 1;
}
