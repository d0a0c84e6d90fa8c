/** Who can become somebody else or an administrator: all edges of a set, and the chains that they make. */
import type { Auditor } from "../audit/auditor.js";
import type { AuditAnswer } from "../audit/decided-again.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Administrator } from "./administrator.js";
import { type Chain, chainsOf } from "./chains.js";
import type { Edge } from "./edge.js";
import { askedAfterChanges, EdgeFinder } from "./find-edges.js";
import { clusterRow, dataRows } from "./iam-rows.js";
import { type Inventory, nothingTold } from "./inventory.js";
import type { Row } from "./row.js";
import { type Undecided, View, Views } from "./views.js";

/** Data that somebody can open through a policy of its own. */
export interface Takeover {
  readonly principal: string;
  readonly path: string;
  readonly does: string;
  readonly steps: readonly AuditAnswer[];
}

/** The answer. */
export interface Escalation {
  /** Users and roles that were looked at. */
  readonly principals: number;
  readonly administrators: readonly Administrator[];
  /** Of those who are no administrators, sorted by from, to and path. */
  readonly edges: readonly Edge[];
  readonly chains: readonly Chain[];
  readonly takeovers: readonly Takeover[];
  readonly undecided: readonly Undecided[];
}

/** One principal after the other is looked at. */
export interface EscalationSearch {
  readonly principals: readonly string[];
  /** Looks at one of them. */
  look(principal: string): Promise<void>;
  /** What was found so far. Ends what the search works with. */
  end(): Promise<Escalation>;
}

/** Looks for it in the auditor's set. */
export function searchEscalation(auditor: Auditor, inventory: Inventory = nothingTold): EscalationSearch {
  const views = new Views(new View(auditor), askedAfterChanges);
  const finder = new EdgeFinder(views, inventory);
  const administrators: Administrator[] = [];
  const edges: Edge[] = [];
  const takeovers: Takeover[] = [];
  const principals = finder.actors;
  return {
    principals,
    async look(principal) {
      const one = finder.administratorsOf().of(principal);
      if (one === undefined) {
        edges.push(...(await finder.from(principal)));
        for (const row of [...dataRows, clusterRow]) takeovers.push(...takeoverOf(finder, views.base, row, principal));
      } else administrators.push(one);
    },
    async end() {
      await views.close();
      const names = new Set(administrators.map(({ principal }) => principal));
      return {
        principals: principals.length,
        administrators,
        edges: edges.sort(byEnds),
        chains: chainsOf(edges, names),
        takeovers,
        undecided: views.all.flatMap(({ undecided }) => [...undecided.values()]),
      };
    },
  };
}

/** The whole answer at once. */
export async function escalationOf(auditor: Auditor, inventory?: Inventory): Promise<Escalation> {
  const search = searchEscalation(auditor, inventory);
  try {
    for (const principal of search.principals) await search.look(principal);
  } finally {
    // Whatever ended it: nobody else ends the engines of changed sets.
    await search.end();
  }
  return search.end();
}

function takeoverOf(finder: EdgeFinder, view: View, row: Row, principal: string): readonly Takeover[] {
  const steps = finder.stepsOf(row, principal, { principal }, view);
  return steps === undefined ? [] : [{ principal, path: row.id, does: row.does, steps }];
}

function byEnds(left: Edge, right: Edge): number {
  return (
    compareUtf8(left.from, right.from) ||
    compareUtf8(left.to, right.to) ||
    compareUtf8(left.path, right.path) ||
    compareUtf8(left.by ?? "", right.by ?? "")
  );
}
