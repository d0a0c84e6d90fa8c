/** Ways to become an administrator as a reader takes them in: by whom they end at, then by the steps that they take, most principals first. */
import { compareUtf8 } from "../text/compare-texts.js";
import type { ReportChain } from "./report-data.js";

/** A way with its place among all ways. */
export interface PlacedChain {
  readonly chain: ReportChain;
  readonly index: number;
}

/** Ways that take the same steps. */
export interface StepGroup {
  /** The ids of the steps. */
  readonly paths: readonly string[];
  readonly chains: readonly PlacedChain[];
}

/** Ways that end at the same principal. */
export interface EndGroup {
  /** The administrator that somebody becomes; undefined: it becomes one itself. */
  readonly to: string | undefined;
  readonly principals: number;
  /** Of these principals, those with a way that supposes nothing. */
  readonly certain: number;
  readonly steps: readonly StepGroup[];
}

/** Every way is in exactly one group. */
export function groupedChains(chains: readonly ReportChain[]): readonly EndGroup[] {
  const ends = new Map<string, { to: string | undefined; steps: Map<string, PlacedChain[]> }>();
  for (const [index, chain] of chains.entries()) {
    const last = chain.edges.at(-1)?.to;
    const to = last === "administrator" ? undefined : last;
    const end = ends.get(to ?? "") ?? { to, steps: new Map<string, PlacedChain[]>() };
    ends.set(to ?? "", end);
    const id = JSON.stringify(chain.edges.map(({ path }) => path));
    const list = end.steps.get(id) ?? [];
    end.steps.set(id, list);
    list.push({ chain, index });
  }
  const groups = [...ends.values()].map(({ to, steps }): EndGroup => {
    const all = [...steps.values()].flat().map(({ chain }) => chain);
    return {
      to,
      principals: countOf(all),
      certain: countOf(all.filter(({ certain }) => certain)),
      steps: [...steps.values()]
        .map((list) => ({ paths: list[0]?.chain.edges.map(({ path }) => path) ?? [], chains: list }))
        .sort(
          (left, right) =>
            right.chains.length - left.chains.length || compareUtf8(left.paths.join(" "), right.paths.join(" ")),
        ),
    };
  });
  return groups.sort((left, right) => right.principals - left.principals || compareUtf8(left.to ?? "", right.to ?? ""));
}

function countOf(chains: readonly ReportChain[]): number {
  return new Set(chains.map(({ principal }) => principal)).size;
}
