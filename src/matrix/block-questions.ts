/** Blocks as tables on the wire. Every text is written once, for all blocks; blocks of one shape have the same rows. */
import { BatchField, ContextField, type Detail, detailNumbers, TableField } from "../wire/authorization-fields.js";
import { WireWriter } from "../wire/wire-writer.js";
import { writeContext } from "../wire/write-question.js";
import { axisNames, axisTexts, type Block, type MatrixPlan } from "./plan.js";

/** The serialised fields of an axis, one after the other, and where each begins. */
interface AxisFields {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
}

const fields = {
  principal: TableField.Principals,
  action: TableField.Actions,
  resource: TableField.Resources,
  scenario: TableField.Contexts,
} as const;

/** Rows of so many shapes are kept: a cut has two for each axis that it divides. */
const KEPT_SHAPES = 4;

/** Makes the messages of one plan. */
export class BlockQuestions {
  private readonly axes: readonly AxisFields[];
  private readonly rows = new Map<string, Uint8Array>();
  private readonly writer = new WireWriter("refuse");
  private readonly detail: Detail;

  constructor(plan: MatrixPlan) {
    this.detail = plan.reason ? "reason" : "outcome";
    this.axes = axisNames.map((axis) => axisFields(plan, axis));
  }

  /** A serialised BatchAuthorizeRequest whose questions are the cells of the block in order. */
  message(block: Block): Uint8Array {
    const { writer } = this;
    const contentAt = writer.begin(BatchField.Table);
    for (const [index, { bytes, starts }] of this.axes.entries()) {
      const [from, to] = block.ranges[index] ?? [0, 0];
      writer.raw(bytes.subarray(starts[from], starts[to]));
    }
    writer.raw(this.rowsOf(block));
    writer.end(contentAt);
    return writer.number(BatchField.Detail, detailNumbers[this.detail]).number(BatchField.WhatIf, 1).take();
  }

  private rowsOf({ ranges, cells }: Block): Uint8Array {
    const counts = ranges.map(([from, to]) => to - from);
    const shape = counts.join();
    const known = this.rows.get(shape);
    if (known !== undefined) return known;
    const [principals = 0, actions = 0, resources = 0, scenarios = 0] = counts;
    const indices = new Uint32Array(cells * 4);
    let at = 0;
    for (let principal = 0; principal < principals; principal++) {
      for (let action = 0; action < actions; action++) {
        for (let resource = 0; resource < resources; resource++) {
          // Contexts count from 1 on: 0 is none.
          for (let scenario = 1; scenario <= scenarios; scenario++) {
            indices[at++] = principal;
            indices[at++] = action;
            indices[at++] = resource;
            indices[at++] = scenario;
          }
        }
      }
    }
    const rows = new WireWriter("refuse").packed(TableField.Rows, indices).take();
    if (this.rows.size >= KEPT_SHAPES) this.rows.clear();
    this.rows.set(shape, rows);
    return rows;
  }
}

function axisFields(plan: MatrixPlan, axis: (typeof axisNames)[number]): AxisFields {
  const writer = new WireWriter("refuse");
  const starts = [0];
  if (axis === "scenario") {
    for (const { context } of plan.scenarios) {
      const contentAt = writer.begin(TableField.Contexts);
      writeContext(writer, ContextField.Entries, "context", Object.fromEntries(context), "complete");
      writer.end(contentAt);
      starts.push(writer.length);
    }
  } else {
    for (const text of axisTexts(plan, axis)) {
      writer.text(fields[axis], text);
      starts.push(writer.length);
    }
  }
  return { bytes: writer.take(), starts };
}
