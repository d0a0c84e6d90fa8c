/** The answers of an audit for people: what is asked about on the left, under which conditions below it. */
import type { AccessLine } from "../../audit/lines.js";
import { type KindsOfActions, waysInWords } from "../../audit/words.js";
import type { Access } from "../../classes/answer.js";
import { hasWildcard } from "../../policy/document/arn.js";
import { type Coloured, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";
import { answerId, byEntity, entityNames } from "./by-entity.js";
import { byService } from "./by-service.js";

const colours = { always: "green", sometimes: "yellow", never: "dim", unknown: "red" } as const;
const accesses: readonly Access[] = ["always", "sometimes", "never", "unknown"];
const mostWays = 8;

/** What is alike but for the actions. */
interface Group {
  readonly first: AccessLine;
  readonly actions: string[];
}

/**
 * Prints lines as they come; those about actions when all of a principal's are there, grouped by access level and answer, those about
 * resources likewise, users and roles grouped by answer.
 */
export class AccessTable {
  private readonly counts: Record<Access, number> = { always: 0, sometimes: 0, never: 0, unknown: 0 };
  private readonly levels = new Map<string, Map<string, Group>>();
  private held: AccessLine[] = [];
  private principal = "";
  private ofOtherKinds = 0;

  constructor(
    private readonly subject: "principal" | "action" | "resource",
    private readonly kinds: KindsOfActions,
    private readonly isWhole = false,
  ) {}

  /** Takes one line. */
  async add(whole: AccessLine): Promise<void> {
    const { action, resource, answer } = whole;
    const isKnown = this.subject === "resource" && !hasWildcard(resource);
    if (!this.isWhole && isKnown && !this.kinds.isAbout(action, resource)) {
      this.ofOtherKinds++;
      return;
    }
    const line = { ...whole, answer: { ...answer, when: this.kinds.ways(action, answer.when) } };
    this.counts[line.answer.access]++;
    if (this.subject === "action") {
      if (line.principal !== this.principal) await this.printGroups(line.principal);
      this.keep(line);
      return;
    }
    if (this.subject === "resource") {
      if (line.principal !== this.principal) await this.printResources(line.principal);
      this.held.push(line);
      return;
    }
    await printLine(accessPiece(line.answer.access), whoOf(line));
    await printAnswer(line, 12);
  }

  /** Prints what is left, and how many of each there are. */
  async end(): Promise<void> {
    if (this.subject === "action") await this.printGroups("");
    if (this.subject === "resource") await this.printResources("");
    const told = accesses.filter((access) => this.counts[access] > 0);
    const nothing = "nobody and nothing: no request of this region is allowed";
    await printLine("");
    await printLine(told.length === 0 ? nothing : told.map((access) => `${this.counts[access]} ${access}`).join(", "));
    if (this.ofOtherKinds === 0) return;
    const which = this.ofOtherKinds === 1 ? "1 known resource" : `${this.ofOtherKinds} known resources`;
    await printLine({ text: `${which} of other kinds than the action acts on: --all tells them, too`, colour: "dim" });
  }

  private keep(line: AccessLine): void {
    const level =
      line.accessLevel ?? (line.action.includes("*") ? "Actions that nobody has named" : "Not in the catalogue");
    const groups = this.levels.get(level) ?? new Map<string, Group>();
    this.levels.set(level, groups);
    const id = `${line.resource} ${answerId(line)}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { first: line, actions: [line.action] });
    else group.actions.push(line.action);
  }

  private async printResources(next: string): Promise<void> {
    if (this.held.length > 0) await printLine({ text: this.principal, colour: "bold" });
    for (const group of byEntity(this.held)) {
      const { first, resources } = group;
      const named = entityNames(group);
      if (named === undefined) {
        for (const resource of resources) {
          await printLine(accessPiece(first.answer.access), resource);
          await printAnswer(first, 12);
        }
        continue;
      }
      const [common, names] = named;
      await printLine(accessPiece(first.answer.access), common);
      for (const part of wrapped(names, outputWidth() - 12, 2)) await printLine(" ".repeat(12) + part);
      await printAnswer(first, 14);
    }
    this.held = [];
    this.principal = next;
  }

  private async printGroups(next: string): Promise<void> {
    if (this.levels.size > 0) await printLine({ text: this.principal, colour: "bold" });
    for (const level of [...this.levels.keys()].sort((left, right) => rankOf(left) - rankOf(right))) {
      await printLine("");
      await printLine({ text: level, colour: "bold" });
      for (const { first, actions } of this.levels.get(level)?.values() ?? []) {
        const parts = byService(actions).flatMap((line) => wrapped(line, outputWidth() - 12, 2));
        const head = first.resource === "*" ? parts.shift() : first.resource;
        await printLine(accessPiece(first.answer.access), head ?? "");
        for (const part of parts) await printLine(" ".repeat(12) + part);
        await printAnswer(first, 14);
      }
    }
    this.levels.clear();
    this.principal = next;
  }
}

function whoOf({ principal, organization }: AccessLine): string {
  return organization === undefined ? principal : `${principal} (an unknown account of ${organization})`;
}

/** The heaviest first. */
const levelOrder = ["Permissions management", "Write", "Tagging", "Read", "List", "Not in the catalogue"];

function rankOf(level: string): number {
  const at = levelOrder.indexOf(level);
  return at < 0 ? levelOrder.length : at;
}

function accessPiece(access: Access): Coloured {
  return { text: access.padEnd(12), colour: colours[access] };
}

async function printAnswer({ answer }: AccessLine, indent: number): Promise<void> {
  const { when, whenIsPartial, reason } = answer;
  const margin = " ".repeat(indent);
  const ways = waysInWords(when);
  for (const [index, way] of ways.slice(0, mostWays).entries()) {
    const text = `${index === 0 ? "if" : "or if"} ${way}`;
    for (const line of wrapped(text, outputWidth() - indent, 2)) await printLine(margin + line);
  }
  const more = ways.length - mostWays;
  if (more > 0) await printLine({ text: `${margin}or in ${more} further ways (--json has them all)`, colour: "dim" });
  if (whenIsPartial && when.length > 0)
    await printLine({ text: `${margin}and in ways that are not told`, colour: "dim" });
  if (reason !== undefined) {
    for (const line of wrapped(reason, outputWidth() - indent, 2))
      await printLine({ text: margin + line, colour: "dim" });
  }
}
