/** The work of `verdict audit summary`. */
import {
  actionSummary,
  layersOfPrincipal,
  policiesOf,
  policySummary,
  type SummaryLayer,
  type SummaryRow,
  serviceSummary,
} from "../../audit/summary.js";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { printJson, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";
import { closestName, didYouMean } from "../../text/closest-name.js";
import { quote } from "../../text/quote.js";
import { loadCatalogue, loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";

/** What the command line gave. */
export interface SummaryOptions {
  readonly policies?: string;
  readonly service?: string;
  readonly action?: string;
  readonly json?: boolean;
}

/** Runs the command. */
export async function summarize(subject: string | undefined, options: SummaryOptions): Promise<void> {
  const { service, action, json } = options;
  if (action !== undefined && service === undefined)
    throw refuse("verdict: --action needs --service: `--service s3 --action GetObject`");
  if (service !== undefined && subject === undefined) throw refuse("verdict: --service needs a principal or a policy");
  const set = await loadPolicies(readSetting(policyPath, { policies: options.policies }));
  if (subject === undefined) return listSubjects(set, json === true);
  const layers = layersFor(subject, set);
  const catalogue = service === undefined ? await loadWholeCatalogue() : await loadCatalogue([service]);
  const rows =
    service === undefined
      ? policySummary(layers, catalogue)
      : action === undefined
        ? serviceSummary(layers, service, catalogue)
        : actionSummary(layers, service, action, catalogue);
  if (json === true) for (const row of rows) await printJson({ subject, ...row });
  else await printRows(layers, rows);
}

function layersFor(subject: string, set: PolicySet): readonly SummaryLayer[] {
  const principal = set.principals.find(({ arn }) => arn === subject);
  if (principal !== undefined) return layersOfPrincipal(principal, set);
  const policies = policiesOf(set);
  const found =
    policies.get(subject) ?? policies.get([...policies.keys()].find((name) => name.endsWith(`/${subject}`)) ?? "");
  if (found !== undefined) return [{ layer: [...found.types].join(", "), policies: [found.policy] }];
  const hint = didYouMean(closestName(subject, [...set.principals.map(({ arn }) => arn), ...policies.keys()]));
  throw refuse(`verdict: ${quote(subject)} is no principal and no attached policy of the set${hint}`);
}

async function listSubjects(set: PolicySet, json: boolean): Promise<void> {
  const policies = policiesOf(set);
  const principals = set.principals.map(({ arn, kind, identityPolicies }) => ({
    json: { principal: arn, kind, policies: identityPolicies.map(({ name }) => name) },
    cells: [kind, counted(identityPolicies.length, "policy", "policies"), arn] as const,
  }));
  const documents = [...policies].map(([name, { policy, types }]) => {
    const statements = policy.document.statements.length;
    return {
      json: { policy: name, types: [...types], statements },
      cells: [[...types].join(", "), counted(statements, "statement", "statements"), name] as const,
    };
  });
  const rows = [...principals, ...documents];
  const widest = (at: 0 | 1): number => rows.reduce((most, { cells }) => Math.max(most, cells[at].length), 0);
  const [kindWidth, countWidth] = [widest(0), widest(1)];
  for (const row of rows) {
    const [kind, count, name] = row.cells;
    // The name comes last, so that a long one, which is whole to be copied, breaks no column.
    if (json) await printJson(row.json);
    else await printLine(`${kind.padEnd(kindWidth)}  ${count.padEnd(countWidth)}  ${name}`);
  }
  if (json) return;
  await printLine("");
  await printLine(
    `${set.principals.length} principals, ${policies.size} policies: name one to see what its documents say`,
  );
}

function counted(count: number, one: string, many: string): string {
  return `${count.toString().padStart(3)} ${count === 1 ? one : many}`;
}

async function printRows(layers: readonly SummaryLayer[], rows: readonly SummaryRow[]): Promise<void> {
  for (const { layer, policies } of layers) {
    await printLine({ text: layer, colour: "bold" }, `  ${policies.map(({ name }) => name).join(", ") || "no policy"}`);
    for (const effect of ["Deny", "Allow"] as const) {
      const own = rows.filter((row) => row.layer === layer && row.effect === effect);
      if (own.length === 0) continue;
      await printLine({
        text: effect === "Deny" ? "  Explicit deny" : "  Allow",
        colour: effect === "Deny" ? "red" : "green",
      });
      for (const row of own) await printRow(row);
    }
    await printLine("");
  }
}

async function printRow(row: SummaryRow): Promise<void> {
  const { service, action, access, accessLevel, resources, conditions, policy, statement, sid, file, line, warning } =
    row;
  const name = action === undefined ? (service === "*" ? "any service" : service) : action;
  const what =
    policy === undefined
      ? (access ?? accessLevel ?? "")
      : `${policy} Statement[${statement ?? 0}]${sid === undefined ? "" : ` (${sid})`}${placeOf(file, line)}`;
  const first = `${name.padEnd(28)} ${what}`.trimEnd();
  // The columns of the first line stay where they are.
  const parts = first.length <= outputWidth() - 4 ? [first] : wrapped(first, outputWidth() - 4, 4);
  for (const part of parts) await printLine(`    ${part}`);
  const texts = [
    `on ${resources}`,
    ...(conditions === "None" ? [] : [`if ${conditions}`]),
    ...(warning === undefined ? [] : [`note: ${warning}`]),
  ];
  for (const text of texts) {
    for (const part of wrapped(text, outputWidth() - 6, 2)) await printLine(`      ${part}`);
  }
}

/** Where a statement stands; AWS's own policies stand nowhere. */
function placeOf(file: string | undefined, line: number | undefined): string {
  return file === undefined || file === "" ? "" : ` ${file}:${line ?? 0}`;
}
