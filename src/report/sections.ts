/** The sections of the page, each from its part of the data. */
import { accessChart } from "./access-chart.js";
import { groupedChains } from "./chain-groups.js";
import { heatLevels } from "./gather-access.js";
import { breakable, html, type Markup, sentence } from "./markup.js";
import { pictureOf } from "./picture.js";
import type { OutsideLine, ReportChain, ReportData, ReportFinding, Shown } from "./report-data.js";
import type { Since } from "./since.js";

const levels: readonly string[] = heatLevels;
const mostRows = 2_000;

/** A request as it is decided again by `verdict check --question`, and where the statement is. */
function shownMarkup({ question, place }: Shown): Markup {
  return html`<pre>${JSON.stringify(question, undefined, 1)}</pre>${place === undefined ? undefined : html`<p class="soft">Decided by <code>${place}</code></p>`}`;
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

/** The numbers, each a link to what it counts. */
export function numbersMarkup({ posture, escalation, outside, unused, counts }: ReportData): Markup {
  const findings = "leftOut" in posture ? undefined : posture.findings;
  const high = findings?.filter(({ severity }) => severity === "high").length;
  const people = new Set(escalation.chains.map(({ principal }) => principal)).size;
  const openTo = (...kinds: readonly OutsideLine["openTo"][]): number =>
    new Set(outside.flatMap((line) => (kinds.includes(line.openTo) ? [line.resource] : []))).size;
  const one = (number: number | undefined, text: string, id: string): Markup =>
    html`<li><a href="#${id}"><b>${number ?? "–"}</b>${text}</a></li>`;
  return html`<ul class="numbers">${[
    one(high, "findings of high severity", "posture"),
    one(findings?.length, "findings in all", "posture"),
    one(
      escalation.administrators.length,
      escalation.administrators.length === 1 ? "administrator" : "administrators",
      "escalation",
    ),
    one(people, people === 1 ? "other can become an administrator" : "others can become administrators", "escalation"),
    one(openTo("anybody"), "roles and resources open to anybody", "outside"),
    one(openTo("account", "organization"), "open to other accounts", "outside"),
    one(openTo("provider"), "roles that identity providers open", "outside"),
    one(
      "leftOut" in unused ? undefined : unused.lines.length,
      "leftOut" in unused ? "unused permissions: nothing was given to tell" : "principals with unused permissions",
      "unused",
    ),
    one((counts.users ?? 0) + (counts.roles ?? 0), "users and roles", "heat"),
  ]}</ul>`;
}

/** What to do first: the gravest kinds of findings, and the edges that most ways to an administrator share. */
export function firstMarkup(data: ReportData): Markup {
  const items: Markup[] = [];
  const open = new Map<string, string[]>();
  for (const { openTo, resource, who } of data.outside)
    if (openTo === "anybody") open.set(resource, [...(open.get(resource) ?? []), who]);
  for (const resource of [...open.keys()].slice(0, 3))
    items.push(html`<li>Close <a href="#outside" class="arn">${resource}</a>, which is open to anybody.</li>`);
  for (const { who, to, paths } of sharedEnds(data).slice(0, 4)) {
    const more = paths.length > 3 ? ` and ${paths.length - 3} more ${paths.length === 4 ? "way" : "ways"}` : "";
    const ways = html`${paths.slice(0, 3).map((path, index) => html`${index === 0 ? "" : ", "}<code>${path}</code>`)}${more}`;
    const whom = to === undefined ? "" : html` through <span class="arn">${to}</span>`;
    const what =
      to === undefined ? "take the action away, or bind it to a resource" : "let fewer act as it, or let it do less";
    items.push(
      html`<li><a href="#escalation">${who} of those who can become an administrator</a> ${who === 1 ? "does" : "do"} it${whom} by ${ways}: ${what}.</li>`,
    );
  }
  if (!("leftOut" in data.posture)) {
    const kinds = new Map<string, ReportFinding[]>();
    for (const finding of data.posture.findings)
      if (finding.severity === "high" && finding.effective)
        kinds.set(finding.id, [...(kinds.get(finding.id) ?? []), finding]);
    for (const [id, list] of [...kinds].slice(0, 8))
      items.push(
        html`<li><span class="high">high</span> <a href="#f-${list[0]?.fingerprint}">${id}</a> (${list.length}): ${sentence(list[0]?.fix ?? "")}</li>`,
      );
  }
  return section(
    "first",
    "What to do first",
    items.length === 0 ? html`<p>Nothing of high severity was found.</p>` : html`<ol>${items}</ol>`,
  );
}

/** The last steps that ways to an administrator share, most first: through whom, or else by what. */
function sharedEnds({ escalation }: ReportData): readonly {
  readonly who: number;
  readonly to: string | undefined;
  readonly paths: readonly string[];
}[] {
  const ends = new Map<
    string,
    { readonly who: Set<string>; readonly to: string | undefined; readonly paths: Set<string> }
  >();
  for (const { principal, edges } of escalation.chains) {
    const last = edges.at(-1);
    if (last === undefined) continue;
    const to = last.to === "administrator" ? undefined : last.to;
    const id = to ?? last.path;
    const end = ends.get(id) ?? { who: new Set(), to, paths: new Set() };
    ends.set(id, end);
    end.who.add(principal);
    end.paths.add(last.path);
  }
  return [...ends.values()]
    .map(({ who, to, paths }) => ({ who: who.size, to, paths: [...paths] }))
    .sort((left, right) => right.who - left.who);
}

/** The posture: findings with a filter, and what was not checked. */
export function postureMarkup({ posture }: ReportData): Markup {
  if ("leftOut" in posture) return section("posture", "Posture", html`<p>Left out: ${posture.leftOut}</p>`);
  const { findings, notChecked } = posture;
  const rows = findings
    .slice(0, mostRows)
    .map(
      ({ id, severity, subject, reason, fix, standard, fingerprint, effective, place, witness }) =>
        html`<tr id="f-${fingerprint}" data-severity="${severity}"><td class="${severity}">${severity}</td><td><b>${id}</b>${effective ? "" : " (stopped today)"}<br><span class="soft">${standard.join(", ")}</span></td><td class="arn">${breakable(subject)}</td><td>${sentence(reason)}<details><summary>Fix${witness === undefined ? "" : ", request"}${place === undefined ? "" : " and place"}</summary><p>${sentence(fix)}</p>${witness === undefined ? (place === undefined ? "" : html`<p class="soft"><code>${place}</code></p>`) : shownMarkup({ question: witness, place })}</details></td></tr>`,
    );
  const kinds = new Map<string, { needs: Set<string>; count: number }>();
  for (const { notChecked: id, needs } of notChecked) {
    const kind = kinds.get(id) ?? { needs: new Set(), count: 0 };
    kinds.set(id, kind);
    kind.needs.add(needs);
    kind.count++;
  }
  return section(
    "posture",
    "Posture",
    html`<div class="filter"><label>Find <input id="filter-text" type="search"></label><label>Severity <select id="filter-severity"><option value="">all</option><option>high</option><option>medium</option><option>low</option></select></label><span id="filter-count" class="soft" role="status">${findings.length} findings</span></div>
<div class="wide tall" tabindex="0" role="region" aria-label="Findings"><table class="findings"><thead><tr><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col">Subject</th><th scope="col">Why</th></tr></thead><tbody>${rows}</tbody></table></div>${
      findings.length > mostRows
        ? html`<p>${findings.length - mostRows} more: <code>verdict audit posture</code> has them all.</p>`
        : ""
    }<details><summary>${kinds.size} checks could not be made of everything</summary><ul>${[...kinds].map(
      ([id, { needs, count }]) => html`<li><b>${id}</b> (${count}): needs ${[...needs].slice(0, 3).join("; ")}</li>`,
    )}</ul></details>`,
  );
}

function chainMarkup({ principal, edges, certain }: ReportChain, index: number): Markup {
  const steps = edges.map(
    ({ to, by, does, path, steps: shown, conditions, supposes }) =>
      html`<li>${does}${to === "administrator" ? "" : html`: <span class="arn">${to}</span>`}${by === undefined ? "" : html` by <span class="arn">${by}</span>`} <code>${path}</code>${conditions.map((one) => html`<br>if ${one}`)}${supposes === undefined ? "" : html`<br>supposing that ${supposes}`}<details><summary>${shown.length} ${shown.length === 1 ? "request" : "requests"}</summary>${shown.map(shownMarkup)}</details></li>`,
  );
  return html`<details><summary><span class="arn">${principal}</span>: ${edges.length} ${edges.length === 1 ? "step" : "steps"}${certain ? "" : ", if what is supposed is so"}</summary><ol id="way-${index}">${steps}</ol></details>`;
}

/** Ways by whom they end at and the steps that they take; each is opened down to its requests. */
function waysMarkup(chains: readonly ReportChain[]): Markup {
  const groups = groupedChains(chains).map(({ to, principals, certain, steps }) => {
    const whom = to === undefined ? "itself" : html`through <span class="arn">${to}</span>`;
    const supposed = certain === principals ? "" : `, ${principals - certain} of them if what is supposed is so`;
    const ways = steps.map(({ paths, chains: same }) => {
      const all = same.map(({ chain, index }) => chainMarkup(chain, index));
      if (same.length === 1) return html`<li>${paths.map(pathMarkup)}${all}</li>`;
      return html`<li><details><summary>${paths.map(pathMarkup)}: ${same.length} principals</summary>${all}</details></li>`;
    });
    return html`<details><summary>${principals} ${principals === 1 ? "becomes" : "become"} one ${whom}, by ${steps.length} ${steps.length === 1 ? "way" : "ways"}${supposed}</summary><ul>${ways}</ul></details>`;
  });
  return html`${groups}`;
}

function pathMarkup(path: string, index: number): Markup {
  return html`${index === 0 ? "" : ", then "}<code>${path}</code>`;
}

/** Who is an administrator, who can become one. */
export function escalationMarkup({ escalation }: ReportData): Markup {
  const { administrators, chains, principals, edges, unknown } = escalation;
  // Of several ways of one principal the first is the shortest. A browser opens what is closed around the place that a link leads to.
  const places = new Map(administrators.map(({ principal }, index) => [principal, `administrator-${index}`]));
  for (const [index, { principal }] of chains.entries())
    if (!places.has(principal)) places.set(principal, `way-${index}`);
  const picture = pictureOf(escalation, (principal) => places.get(principal));
  return section(
    "escalation",
    "Who can become an administrator",
    html`<p>${principals} users and roles were looked at; ${edges} ways from one to another were decided${unknown === 0 ? "" : `, ${unknown} could not be`}. ★ is an administrator: it may do everything of IAM, by decision. A dashed line supposes what the policy set does not tell.</p>${
      picture === undefined
        ? ""
        : html`<div class="wide tall" tabindex="0" role="region" aria-label="Graph of escalation">${picture}</div>`
    }<h3>Administrators: ${administrators.length}</h3>${administrators.map(
      ({ principal, conditions, shown }, index) =>
        html`<details><summary><span class="arn">${principal}</span>${conditions.length === 0 ? "" : `, if ${conditions.join(", or ")}`}</summary><div id="administrator-${index}">${shown.map(shownMarkup)}</div></details>`,
    )}<h3>Shortest ways: ${chains.length}</h3>${waysMarkup(chains)}`,
  );
}

/** Principals and services; returns the requests of the cells too, for the script. */
export function heatMarkup({ heat }: ReportData): { readonly markup: Markup; readonly shown: readonly Shown[] } {
  const shown: Shown[] = [];
  const firsts = new Set<string>();
  const rows = heat.rows.map(({ principal, administrator, cells }) => {
    if (cells.every((cell) => cell === null)) return undefined;
    const tds = cells.map((cell, index) => {
      if (cell === null) return html`<td></td>`;
      shown.push(cell.shown);
      const level = levels.indexOf(cell.level);
      const first = `reach-${index}-${level}`;
      const id = firsts.has(first) ? "" : html` id="${first}"`;
      firsts.add(first);
      const label = `${principal}: ${cell.level} in ${heat.services[index] ?? ""}`;
      return html`<td${id}><button type="button" class="l${level}" data-at="${shown.length - 1}" aria-label="${label}">${cell.level.slice(0, 1)}</button></td>`;
    });
    return html`<tr><th scope="row">${breakable(principal)}${administrator ? " ★" : ""}</th>${tds}</tr>`;
  });
  const head = heat.services.map((service) => html`<th scope="col" class="service">${service}</th>`);
  const legend = levels.map((level, index) => html`<span class="l${index}">${level.slice(0, 1)} ${level}</span>`);
  const markup = section(
    "heat",
    "Who reaches which service",
    html`<p class="legend">${legend}</p><p class="soft">The gravest access of each principal in the ${heat.services.length} services that most can reach${heat.moreServices > 0 ? html`; ${heat.moreServices} more have no column` : ""}. A cell shows its request; arrow keys move.</p>${
      heat.services.length === 0
        ? html`<p>Nobody but administrators reaches a service.</p>`
        : html`<div class="wide" tabindex="0" role="region" aria-label="Services by access level">${accessChart(heat, (service, level) => `reach-${service}-${level}`)}</div><p class="soft">How many principals have which access as their gravest; a number leads to the first of them.</p><div class="wide tall" tabindex="0" role="region" aria-label="Principals and services"><table class="heat"><thead><tr><th scope="col">Principal</th>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
    }<dialog aria-labelledby="shown-title"><h3 id="shown-title">Request</h3><pre id="shown-question"></pre><p id="shown-place" class="soft"></p><button type="button">Close</button></dialog>`,
  );
  return { markup, shown };
}

const openToWords: Readonly<Record<OutsideLine["openTo"], string>> = {
  anybody: "anybody",
  account: "another account",
  organization: "the organization",
  provider: "an identity provider",
};

/** Public and external access. */
export function outsideMarkup({ outside }: ReportData): Markup {
  const rows = outside
    .slice(0, mostRows)
    .map(
      ({ who, openTo, resource, actions, access, conditions, shown, supposes }) =>
        html`<tr><td>${openTo === "anybody" ? html`<span class="high">anybody</span>` : openToWords[openTo]}</td><td class="arn">${breakable(who)}</td><td class="arn">${breakable(resource)}</td><td>${actions.slice(0, 4).join(", ")}${actions.length > 4 ? ` and ${actions.length - 4} more` : ""}</td><td>${access}${conditions.map((one) => html`<br>if ${one}`)}${supposes === undefined ? undefined : html`<br>supposing that ${supposes}`}<details><summary>Request</summary>${shownMarkup(shown)}</details></td></tr>`,
    );
  return section(
    "outside",
    "Open to anybody, to other accounts and to identity providers",
    rows.length === 0
      ? html`<p>No resource with a policy and no role lets anybody in from outside.</p>`
      : html`<div class="wide tall" tabindex="0" role="region" aria-label="Access from outside"><table class="outside"><thead><tr><th scope="col">Open to</th><th scope="col">Who</th><th scope="col">Resource</th><th scope="col">Actions</th><th scope="col">When</th></tr></thead><tbody>${rows}</tbody></table></div>`,
  );
}

/** What is granted and not used. */
export function unusedMarkup({ unused }: ReportData): Markup {
  if ("leftOut" in unused) return section("unused", "Unused access", html`<p>Left out: ${unused.leftOut}</p>`);
  const rows = unused.lines.map(
    ({ principal, services }) =>
      html`<tr><td class="arn">${breakable(principal)}</td><td>${services.length}</td><td>${services
        .slice(0, 12)
        .map(({ service, lastUsed }) => `${service} (${lastUsed ?? "never"})`)
        .join(", ")}${services.length > 12 ? ` and ${services.length - 12} more` : ""}</td></tr>`,
  );
  return section(
    "unused",
    "Unused access",
    html`<p>Services that a principal may call and did not, by evidence of ${unused.from} to ${unused.to}. What the evidence does not record, such as data events, counts as not made.</p><div class="wide tall" tabindex="0" role="region" aria-label="Unused access"><table><thead><tr><th scope="col">Principal</th><th scope="col">Services</th><th scope="col">Last used</th></tr></thead><tbody>${rows}</tbody></table></div>${
      unused.unclear.length === 0 ? "" : html`<ul>${unused.unclear.map((one) => html`<li>${one}</li>`)}</ul>`
    }`,
  );
}

/** What changed since an earlier report. */
export function sinceMarkup(since: Since | undefined): Markup {
  if (since === undefined)
    return section(
      "since",
      "Since last time",
      html`<p>Left out: no earlier report was given. Write one with <code>--data report.json</code>, and give it with <code>--since report.json</code>.</p>`,
    );
  const list = (texts: readonly string[]): Markup =>
    html`<ul>${texts.slice(0, 50).map((one) => html`<li class="arn">${one}</li>`)}</ul>${texts.length > 50 ? html`<p>${texts.length - 50} more</p>` : ""}`;
  return section(
    "since",
    `Since ${since.generatedAt.slice(0, 10)}`,
    html`${since.rows.map(
      ({ what, fresh, gone }) =>
        html`<h3>${what}: ${fresh.length} new, ${gone.length} gone</h3>${fresh.length > 0 ? html`<details open><summary>New</summary>${list(fresh)}</details>` : ""}${gone.length > 0 ? html`<details><summary>Gone</summary>${list(gone)}</details>` : ""}`,
    )}`,
  );
}
