/** Costs and comparisons as parts of the page. */
import { html, type Markup } from "../../report/markup.js";
import { type Comparison, compareLines } from "../compare/compare-lines.js";
import { type CostOf, type Profile, type ProfiledTraffic, questionAt } from "../profile/profile.js";
import { calibrationLine, grouped, placeText } from "../profile/profile-lines.js";
import type { PagePart } from "./load-page.js";
import { pageTable } from "./page-table.js";

/** The parts of a profile: so many entries of each table. */
export function profileParts(profile: Profile, traffic: ProfiledTraffic, most: number): readonly PagePart[] {
  const { decisions, work, unowned, calibration, statements, worst } = profile;
  const share = (part: number): string => (work === 0 ? "-" : `${((100 * part) / work).toFixed(1)} %`);
  const asked = (place: number): Markup => {
    const { principal, action, resource } = questionAt(traffic, place);
    return html`<code>${action}</code> by <code>${principal}</code> on <code>${resource}</code>`;
  };
  const costs = (title: string, list: readonly CostOf[]): PagePart => ({
    title,
    body: table(
      title,
      ["name", "share", "decisions", "mean steps", "at most"],
      list
        .slice(0, most)
        .map((one) => [one.name, share(one.work), one.decisions, Math.round(one.work / one.decisions), one.most]),
    ),
  });
  return [
    {
      title: "Dearest statements",
      body: html`<p class="soft">${grouped(decisions)} decisions took ${grouped(work)} steps, ${share(unowned)} of them no statement's. ${calibration === undefined ? "" : sentence(calibrationLine(calibration))}</p>${table(
        "Dearest statements",
        [
          "statement",
          "share",
          "considered",
          "applied",
          "decided",
          "wasted steps",
          "at most",
          "question that took most",
        ],
        statements
          .slice(0, most)
          .map((one) => [
            placeText(one.place),
            share(one.work),
            one.considered,
            one.applied,
            one.decided,
            one.wasted,
            one.most,
            asked(one.mostAt),
          ]),
      )}`,
    },
    costs("Principals by steps", profile.principals),
    costs("Actions by steps", profile.actions),
    {
      title: "Condition keys by steps",
      body: table(
        "Condition keys by steps",
        ["key", "share", "tested", "failed"],
        profile.keys.slice(0, most).map((one) => [one.key, share(one.work), one.tested, one.failed]),
      ),
    },
    {
      title: "Resource patterns at their worst",
      body: table(
        "Resource patterns at their worst",
        ["pattern", "steps", "met", "statement", "resource"],
        worst
          .slice(0, most)
          .map((one) => [one.pattern, one.steps, one.met, placeText(one.place), html`<code>${one.resource}</code>`]),
      ),
    },
  ];
}

/** The part of a comparison. */
export function comparisonPart(comparison: Comparison, traffic: ProfiledTraffic, most: number): PagePart {
  const lines = compareLines(comparison, traffic, most);
  return { title: "Compared", body: html`<ul>${lines.map((line) => html`<li>${line.trim()}</li>`)}</ul>` };
}

/** What texts stand in takes more room than figures; whatever a row is about comes first, where a phone shows it. */
const long = new Set(["statement", "question that took most", "resource", "pattern", "name"]);

function table(
  label: string,
  heads: readonly string[],
  rows: readonly (readonly (string | number | Markup)[])[],
): Markup {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? String(cell) : cell)));
  return pageTable(label, heads, cells, long);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
