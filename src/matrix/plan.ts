/**
 * What a matrix asks, and how it is cut: every combination of four axes, principal outermost, in blocks that follow from the plan alone.
 * A shard is a run of blocks, and a file is its blocks one after the other, so that shards put together are the file of one run.
 */
import { createHash } from "node:crypto";

/** The axes from the outermost to the innermost; also the columns of a matrix. */
export const axisNames = ["principal", "action", "resource", "scenario"] as const;
/** One of them. */
export type AxisName = (typeof axisNames)[number];

/** The endings by which a format is chosen. */
export const matrixFormats = ["parquet", "csv", "jsonl"] as const;
/** One of them. */
export type MatrixFormat = (typeof matrixFormats)[number];

/** Condition keys under a name. */
export interface Scenario {
  readonly name: string;
  readonly context: readonly (readonly [key: string, values: readonly string[]])[];
}

/** Everything that the cells depend on but the policy set, which stands here by its digest. */
export interface MatrixPlan {
  readonly format: MatrixFormat;
  /** Each sorted as UTF-8, without repetitions. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly scenarios: readonly Scenario[];
  /** Whether cells say what decided. */
  readonly reason: boolean;
  /** The clock of every cell in whole seconds since 1970 (CTX-12); undefined where the set does not read it. */
  readonly clockSeconds?: number;
  /** `sha256:` and 64 hex digits. */
  readonly policySet: string;
  /** Of this package, and the digest of its matcher. */
  readonly version: string;
  readonly matcher: string;
}

/** What files say of their plan. Two files belong together if `plan` is the same; the rest says in what they differ. */
export interface PlanIdentity {
  /** The digest of everything below. */
  readonly plan: string;
  readonly format: MatrixFormat;
  readonly policySet: string;
  readonly version: string;
  readonly matcher: string;
  readonly axes: Readonly<Record<AxisName, { readonly count: number; readonly digest: string }>>;
  readonly clockSeconds: number | null;
  readonly reason: boolean;
  readonly cells: number;
}

/** A part of a matrix: `index` of `count`, from 0 on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A run of cells: on each axis from the first place to the one after the last. */
export interface Block {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly cells: number;
}

/** The texts of an axis: the names of scenarios. */
export function axisTexts(plan: MatrixPlan, axis: AxisName): readonly string[] {
  if (axis === "principal") return plan.principals;
  if (axis === "action") return plan.actions;
  return axis === "resource" ? plan.resources : plan.scenarios.map(({ name }) => name);
}

/** How many cells the whole has. */
export function cellCount(plan: MatrixPlan): number {
  return axisNames.reduce((product, axis) => product * axisTexts(plan, axis).length, 1);
}

/** The identity of a plan. */
export function identityOf(plan: MatrixPlan): PlanIdentity {
  const { format, policySet, version, matcher, reason } = plan;
  const axisOf = (axis: AxisName): { readonly count: number; readonly digest: string } => ({
    count: axisTexts(plan, axis).length,
    digest: digestOf(axis === "scenario" ? plan.scenarios : axisTexts(plan, axis)),
  });
  const facts = {
    format,
    policySet,
    version,
    matcher,
    axes: {
      principal: axisOf("principal"),
      action: axisOf("action"),
      resource: axisOf("resource"),
      scenario: axisOf("scenario"),
    },
    clockSeconds: plan.clockSeconds ?? null,
    reason,
    cells: cellCount(plan),
  };
  return { plan: digestOf(facts), ...facts };
}

function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;
}

/** Cells of a block where nothing else limits them. */
const MOST_CELLS = 131_072;
const LEAST_CELLS = 4_096;
/** A small matrix is cut as well, so that shards have something to share. */
const WANTED_BLOCKS = 16;
/** With what decided, answers are a hundred times as long. */
const MOST_REASONED_CELLS = 16_384;
/** UTF-16 units of texts in one block, of every kind of limit: a question's texts, and a block's rows written out. */
const MOST_TEXT = 4 << 20;

/** The blocks of a plan. */
export class Cut {
  /** How many there are. */
  readonly blocks: number;
  /** How long each axis is. */
  private readonly lengths: readonly number[];
  /** The axis that blocks divide: those before it stand still in a block, those after it are whole. */
  private readonly level: number;
  private readonly step: number;
  private readonly pieces: number;

  constructor(plan: MatrixPlan) {
    const axes = axisNames.map((axis) => axisTexts(plan, axis));
    this.lengths = axes.map(({ length }) => length);
    const longest = axes.map((texts) => texts.reduce((most, { length }) => Math.max(most, length), 1));
    const sizes = plan.scenarios.map(({ name, context }) => name.length + JSON.stringify(context).length);
    longest[3] = Math.max(1, ...sizes);
    const mostCells = this.mostCells(plan, longest);
    const textBelow = (level: number): number =>
      this.lengths.reduce((sum, length, at) => (at > level ? sum + length * (longest[at] ?? 1) : sum), 0);
    const last = axes.length - 1;
    const fitting = axes.findIndex((_, at) => this.inside(at) <= mostCells && textBelow(at) <= MOST_TEXT / 2);
    this.level = fitting < 0 ? last : fitting;
    const length = this.lengths[this.level] ?? 0;
    const byText = Math.floor(MOST_TEXT / 2 / (longest[this.level] ?? 1));
    const wanted = Math.max(1, Math.min(Math.floor(mostCells / this.inside(this.level)), byText, length));
    // As equal as can be, so that no block is a rest.
    this.step = Math.max(1, Math.ceil(length / Math.max(1, Math.ceil(length / wanted))));
    this.pieces = Math.ceil(length / this.step);
    const outside = this.lengths.slice(0, this.level).reduce((product, one) => product * one, 1);
    this.blocks = this.inside(this.level) === 0 ? 0 : outside * this.pieces;
  }

  /** A block by its place. */
  at(index: number): Block {
    const ranges: (readonly [number, number])[] = [];
    const from = (index % this.pieces) * this.step;
    ranges[this.level] = [from, Math.min(from + this.step, this.lengths[this.level] ?? 0)];
    let outer = Math.floor(index / this.pieces);
    for (let axis = this.level - 1; axis >= 0; axis--) {
      const length = this.lengths[axis] ?? 1;
      ranges[axis] = [outer % length, (outer % length) + 1];
      outer = Math.floor(outer / length);
    }
    for (let axis = this.level + 1; axis < this.lengths.length; axis++) ranges[axis] = [0, this.lengths[axis] ?? 0];
    return { ranges, cells: ranges.reduce((product, [first, last]) => product * (last - first), 1) };
  }

  /** The blocks of a shard: from the first to the one after the last. */
  of({ index, count }: Shard): readonly [from: number, to: number] {
    return [Math.floor((index * this.blocks) / count), Math.floor(((index + 1) * this.blocks) / count)];
  }

  /** Cells within one place of an axis. */
  private inside(axis: number): number {
    return this.lengths.reduce((product, length, at) => (at > axis ? product * length : product), 1);
  }

  private mostCells(plan: MatrixPlan, longest: readonly number[]): number {
    const share = Math.max(LEAST_CELLS, Math.ceil(cellCount(plan) / WANTED_BLOCKS));
    const most = Math.min(plan.reason ? MOST_REASONED_CELLS : MOST_CELLS, share);
    if (plan.format === "parquet") return most;
    return Math.max(1, Math.min(most, Math.floor((MOST_TEXT * 2) / longest.reduce((sum, length) => sum + length, 16))));
  }
}
