/** The page: one file that loads nothing, and says so to the browser. */
import { embeddedJson, html, Markup } from "./markup.js";
import { pageHead } from "./page-head.js";
import type { ReportData } from "./report-data.js";
import { script } from "./script.js";
import {
  escalationMarkup,
  firstMarkup,
  heatMarkup,
  numbersMarkup,
  outsideMarkup,
  postureMarkup,
  sinceMarkup,
  unusedMarkup,
} from "./sections.js";
import type { Since } from "./since.js";
import { style } from "./style.js";

/** The whole text. */
export function reportPage(data: ReportData, since?: Since): string {
  const heat = heatMarkup(data);
  const inputs = data.inputs.map(
    ({ file, kind, accounts, date, datedBy }) =>
      html`<tr><td class="arn">${file}</td><td>${kind}</td><td>${accounts.join(", ")}</td><td>${date.slice(0, 10)}${datedBy === "file" ? " by the file’s time" : ""}</td></tr>`,
  );
  const page = html`${pageHead(`Access report of ${data.generatedAt.slice(0, 10)}`, style, script)}
<body>
<a class="skip" href="#first">To what to do first</a>
<header><h1>Access report</h1>
<p class="soft">${data.generatedAt.replace("T", " ").replace(/:\d\d(?:\.\d+)?Z$/, " UTC")}, policy set <code>${data.policySet.slice(0, 23)}</code>, Verdict ${data.version}. Every answer was decided over the whole set; each request can be decided again with <code>verdict check --question</code>.</p></header>
<main>
${numbersMarkup(data)}
${firstMarkup(data)}
${postureMarkup(data)}
${escalationMarkup(data)}
${heat.markup}
${outsideMarkup(data)}
${unusedMarkup(data)}
${sinceMarkup(since)}
<section id="inputs" aria-labelledby="inputs-title"><h2 id="inputs-title">What this is made of</h2>
${inputs.length === 0 ? html`<p>The policy set alone.</p>` : html`<div class="wide" tabindex="0" role="region" aria-label="Inputs"><table><thead><tr><th scope="col">File</th><th scope="col">Kind</th><th scope="col">Account</th><th scope="col">Date</th></tr></thead><tbody>${inputs}</tbody></table></div>`}
${data.notes.length === 0 ? "" : html`<ul>${data.notes.map((one) => html`<li>${one}</li>`)}</ul>`}
</section>
</main>
<script type="application/json" id="heat-data">${embeddedJson(heat.shown)}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
}
