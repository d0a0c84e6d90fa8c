/** The cost profile as lines of at most 80 columns. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Calibration } from "./calibrate.js";
import type { StatementPlace } from "./counters.js";
import { type CostOf, type Profile, type ProfiledTraffic, questionAt } from "./profile.js";

const COLUMNS = 80;
const INDENT = "    ";
/** Of R², from which on a time of a step is told. */
const LEAST_FIT = 0.5;

/** Lines of a profile: so many of each kind. */
export function profileLines(profile: Profile, traffic: ProfiledTraffic, most: number): readonly string[] {
  const { decisions, work, unowned, calibration, statements } = profile;
  const share = (part: number): string => percent(part, work);
  const question = (place: number): readonly string[] => questionLines(questionAt(traffic, place));
  const lines = [
    `cost profile: ${grouped(decisions)} decisions, ${grouped(work)} steps, ${share(unowned)} of them no statement's`,
    ...(calibration === undefined ? [] : [calibrationLine(calibration)]),
    "",
    ...title("dearest statements", statements.length, most),
    columns("share", "considered", "applied", "decided", "wasted", "at most"),
  ];
  for (const one of statements.slice(0, most)) {
    const { considered, applied, decided, wasted } = one;
    lines.push(
      columns(share(one.work), considered, applied, decided, percent(wasted, one.work), one.most),
      ...placeLines(one.place),
      ...question(one.mostAt),
    );
  }
  lines.push("", ...title("policies", profile.policies.length, most), "   share statements");
  for (const { work: own, statements: count, policy, file } of profile.policies.slice(0, most)) {
    lines.push(`${share(own).padStart(8)}${pad(count, 11)}  ${cut(policy, 28).padEnd(28)}  ${cut(file, 29)}`.trimEnd());
  }
  const costs = (name: string, list: readonly CostOf[]): void => {
    lines.push("", ...title(name, list.length, most), "   share   decisions     mean    at most");
    for (const one of list.slice(0, most)) {
      const mean = Math.round(one.work / one.decisions);
      const figures = `${share(one.work).padStart(8)}${pad(one.decisions, 12)}${pad(mean, 9)}${pad(one.most, 11)}  `;
      lines.push(`${figures}${cut(one.name, COLUMNS - figures.length)}`);
    }
  };
  costs("principals", profile.principals);
  costs("actions", profile.actions);
  lines.push("", ...title("condition keys", profile.keys.length, most), "   share      tested      failed");
  for (const { key, tested, failed, work: own } of profile.keys.slice(0, most)) {
    lines.push(`${share(own).padStart(8)}${pad(tested, 12)}${pad(failed, 12)}  ${cut(key, COLUMNS - 34)}`);
  }
  lines.push("", ...title("resource patterns at their worst", profile.worst.length, most), "     steps         met");
  for (const { pattern, place, resource, steps, met } of profile.worst.slice(0, most)) {
    lines.push(
      `${pad(steps, 10)}${pad(met, 12)}  ${cut(pattern, COLUMNS - 24)}`,
      ...placeLines(place),
      `${INDENT}${cut(resource)}`,
    );
  }
  return lines;
}

/** What a step takes, where steps tell times apart. */
export function calibrationLine({ nsPerStep, nsPerQuestion, r2 }: Calibration): string {
  const fit = `R² ${Math.abs(r2).toFixed(2)}`;
  if (!(nsPerStep > 0 && r2 >= LEAST_FIT))
    return `steps do not explain the times of these questions (${fit}): trust ranks only`;
  return `a step takes ${nsPerStep.toFixed(2)} ns, a question ${nsPerQuestion.toFixed(0)} ns before its first (${fit})`;
}

/** What a statement does and is called, where it stands, and in which policy. */
export function placeText({ effect, sid, file, line, column, policy }: StatementPlace): string {
  return [effect, sid, file === "" ? undefined : `${file}:${line}:${column}`, policy]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** The same on lines of their own. */
function placeLines({ effect, sid, file, line, column, policy }: StatementPlace): readonly string[] {
  const name = `${INDENT}${cut([effect, sid, "of", policy].filter((part) => part !== undefined).join(" "))}`;
  return file === "" ? [name] : [name, `${INDENT}${cut(`${file}:${line}:${column}`)}`];
}

/** A question on lines of its own. */
export function questionLines({ principal, action, resource }: AuthorizationQuestion): readonly string[] {
  return [`${INDENT}${cut(`${action} by ${principal}`)}`, `${INDENT}${cut(`on ${resource}`)}`];
}

/** The text in so many columns, its middle left out where it is longer. */
export function cut(text: string, width = COLUMNS - INDENT.length): string {
  if (text.length <= width) return text;
  const front = Math.ceil((width - 1) / 2);
  return `${text.slice(0, front)}…${text.slice(text.length - (width - 1 - front))}`;
}

function title(name: string, count: number, most: number): readonly string[] {
  return [count > most ? `${name} (${most} of ${count})` : name];
}

function columns(...values: readonly (string | number)[]): string {
  const text = (value: string | number): string => (typeof value === "number" ? grouped(value) : value);
  return values.map((value, index) => text(value).padStart(index === 0 ? 8 : 12)).join("");
}

function pad(value: number, width: number): string {
  return grouped(value).padStart(width);
}

/** A count with its digits in groups. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}
