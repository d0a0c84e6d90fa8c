/** The page: it loads nothing, names stay text, every part is there, and two reports are compared. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { groupedChains } from "../../src/report/chain-groups.js";
import { html } from "../../src/report/markup.js";
import { reportPage } from "../../src/report/page.js";
import type { ReportData } from "../../src/report/report-data.js";
import { compareWith, readEarlier } from "../../src/report/since.js";
import { escapeHtml } from "../../src/text/markup-text.js";

const evil = `arn:aws:iam::111122223333:user/"><script>alert(1)</script><img src=x onerror='x'>`;
const shown = { question: { principal: evil, action: "iam:PutUserPolicy", resource: evil }, place: `${evil}.json:3` };

const data: ReportData = {
  format: "verdict-report/1",
  generatedAt: "2026-01-01T00:00:00.000Z",
  version: "0.0.0",
  policySet: "sha256:0123456789abcdef",
  counts: { users: 2, roles: 1 },
  inputs: [{ file: evil, kind: evil, accounts: [evil], date: evil }],
  notes: [evil],
  posture: {
    findings: [
      {
        id: "root-access-key",
        severity: "high",
        subject: evil,
        reason: evil,
        fix: evil,
        standard: [evil],
        fingerprint: "0123456789abcdef",
        effective: true,
        place: evil,
        witness: shown.question,
      },
    ],
    notChecked: [{ notChecked: evil, subject: evil, needs: evil }],
  },
  escalation: {
    principals: 2,
    administrators: [{ principal: "arn:aws:iam::111122223333:role/top", conditions: [evil], shown: [shown] }],
    chains: [
      {
        principal: evil,
        certain: false,
        edges: [
          {
            from: evil,
            to: "arn:aws:iam::111122223333:role/top",
            path: "sts-assume-role",
            does: evil,
            steps: [shown],
            conditions: [evil],
            supposes: evil,
          },
        ],
      },
    ],
    edges: 1,
    unknown: 0,
  },
  heat: {
    services: ["s3", evil],
    moreServices: 1,
    rows: [{ principal: evil, administrator: false, cells: [{ level: "Write", shown }, null] }],
  },
  outside: [
    {
      who: evil,
      openTo: "anybody",
      resource: evil,
      actions: [evil],
      access: "always",
      conditions: [evil],
      shown,
      supposes: evil,
    },
  ],
  unused: {
    from: evil,
    to: evil,
    lines: [{ principal: evil, services: [{ service: evil, actions: 3, lastUsed: null }] }],
    unclear: [evil],
  },
};

/** What stands between tags, and the tags. */
function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<([a-z0-9]+)[ >]/g)].map(([, name = ""]) => name);
}

describe("the page of a report", () => {
  const page = reportPage(data, compareWith({ ...data, generatedAt: evil, outside: [] }, data));

  it("loads nothing, and allows its own style and script by their hashes only", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/<(link|iframe|object|embed|base)\b|url\(|@import/);
    const bare = page.replace(/<(style|script)[\s\S]*?<\/\1>/g, "").replace(/"[^"]*"/g, '""');
    expect((bare.match(/<[^>]*>/g) ?? []).join("")).not.toMatch(/\s(src|srcset|style|on[a-z]+)=/);
    expect(page).not.toMatch(/href="(?!#)/);
  });

  it("shows hostile names as text wherever they stand", () => {
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(tagsOf(page).filter((name) => name === "script")).toHaveLength(2);
    expect(page).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
    expect(escapeHtml("a\u0000\u202eb&'\"<>\n")).toBe("a\\u{0}\\u{202e}b&#38;&#39;&#34;&#60;&#62;\n");
    expect(html`<p class="${'"'}">${"<"}${[html`<b>${1}</b>`, undefined]}</p>`.text).toBe(
      '<p class="&#34;">&#60;<b>1</b></p>',
    );
  });

  it("keeps the requests of cells as data that ends no element", () => {
    const json = /<script type="application\/json" id="heat-data">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    expect(json).not.toMatch(/[<>&]/);
    expect(JSON.parse(json)).toEqual([shown]);
  });

  it("has every part, a heading each, a name for each place that scrolls, and links that lead somewhere", () => {
    for (const id of ["first", "posture", "escalation", "heat", "outside", "unused", "since", "inputs"])
      expect(page).toContain(`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">`);
    for (const [, target = ""] of page.matchAll(/href="#([^"]*)"/g)) expect(page).toContain(` id="${target}"`);
    for (const [tag] of page.matchAll(/<div class="wide[^>]*>/g))
      expect(tag).toMatch(/role="region" aria-label="[^"]+"/);
    expect(page).toMatch(/<html lang="en">/);
    // A picture that leads somewhere is a group of links, or a reader would not come to them.
    expect(page.match(/<svg role="group" aria-label="[^"]+"/g)).toHaveLength(2);
    expect(page.match(/<button type="button" class="l3" data-at="0" aria-label="[^"]+">W<\/button>/g)).toHaveLength(1);
    const opened = tagsOf(page).filter((name) =>
      ["section", "table", "details", "ol", "ul", "tr", "td"].includes(name),
    );
    for (const name of new Set(opened))
      expect(page.split(`</${name}>`).length - 1, name).toBe(opened.filter((one) => one === name).length);
  });

  it("says of a part that is left out why", () => {
    const left = reportPage({ ...data, posture: { leftOut: "nothing was asked" }, unused: { leftOut: "no records" } });
    expect(left).toContain("<p>Left out: nothing was asked</p>");
    expect(left).toContain("<p>Left out: no records</p>");
    expect(left).toContain("no earlier report was given");
  });
});

describe("an earlier report", () => {
  it("is compared by what tells its things apart", () => {
    const earlier = readEarlier(
      JSON.stringify({ ...data, escalation: { ...data.escalation, chains: [] }, outside: [] }),
    );
    const { rows } = compareWith(earlier, { ...data, posture: { findings: [], notChecked: [] } });
    expect(rows.map(({ what, fresh, gone }) => [what, fresh.length, gone.length])).toEqual([
      ["findings", 0, 1],
      ["administrators", 0, 0],
      ["ways to become an administrator", 1, 0],
      ["access from outside", 1, 0],
    ]);
  });

  it("is none if it is something else", () => {
    expect(readEarlier("{}")).toBeUndefined();
    expect(readEarlier("[")).toBeUndefined();
    expect(readEarlier('{"format":"verdict-report/2"}')).toBeUndefined();
  });
});

describe("what to do first", () => {
  it("names whom most ways to an administrator go through, whatever the last step of each is", () => {
    const top = "arn:aws:iam::111122223333:role/top";
    const way = (principal: string, path: string, to = top) => ({
      principal,
      certain: true,
      edges: [{ from: principal, to, path, does: "", steps: [], conditions: [] }],
    });
    const chains = [
      way("a", "iam-put-role-policy", "administrator"),
      way("b", "iam-put-role-policy", "administrator"),
      ...["one", "two", "three", "four"].map((path, index) => way(`c${index}`, path)),
    ];
    const page = reportPage({ ...data, escalation: { ...data.escalation, chains } });
    const first = /<section id="first"[\s\S]*?<\/section>/.exec(page)?.[0].replace(/<[^>]*>/g, "") ?? "";
    const most = `4 of those who can become an administrator do it through ${top} by one, two, three and 1 more way: `;
    const next = "2 of those who can become an administrator do it by iam-put-role-policy: take the action away";
    expect(first.indexOf(most)).toBeGreaterThan(-1);
    expect(first.indexOf(next)).toBeGreaterThan(first.indexOf(most));
  });
});

describe("the shortest ways", () => {
  it("stand by whom they end at and by their steps, each way once with its requests", () => {
    const top = "arn:aws:iam::111122223333:role/top";
    const step = (from: string, to: string, path: string) => ({
      from,
      to,
      path,
      does: `does ${path}`,
      steps: [shown],
      conditions: [],
    });
    const chains = [
      { principal: "ann", certain: true, edges: [step("ann", top, "lambda-update-function-code")] },
      { principal: "bob", certain: false, edges: [step("bob", top, "lambda-update-function-code")] },
      { principal: "cid", certain: true, edges: [step("cid", "administrator", "iam-put-role-policy")] },
      {
        principal: "dan",
        certain: true,
        edges: [step("dan", "ann", "iam-create-access-key"), step("ann", top, "lambda-update-function-code")],
      },
    ];
    const groups = groupedChains(chains);
    expect(
      groups.map(({ to, principals, certain, steps }) => [
        to,
        principals,
        certain,
        steps.map(({ paths }) => paths.join()),
      ]),
    ).toEqual([
      [top, 3, 2, ["lambda-update-function-code", "iam-create-access-key,lambda-update-function-code"]],
      [undefined, 1, 1, ["iam-put-role-policy"]],
    ]);
    expect(groups.flatMap(({ steps }) => steps.flatMap((one) => one.chains.map(({ index }) => index))).sort()).toEqual([
      0, 1, 2, 3,
    ]);
    const page = reportPage({ ...data, escalation: { ...data.escalation, chains } });
    const text = (/<h3>Shortest ways[\s\S]*?<\/section>/.exec(page)?.[0] ?? "").replace(/<[^>]*>/g, "");
    expect(text).toContain(`3 become one through ${top}, by 2 ways, 1 of them if what is supposed is so`);
    expect(text).toContain("lambda-update-function-code: 2 principals");
    expect(text).toContain("1 becomes one itself, by 1 way");
    for (const { principal, edges } of chains) {
      expect(text.split(`${principal}: ${edges.length} step`)).toHaveLength(2);
      for (const [index] of chains.entries()) expect(page.split(`id="way-${index}"`)).toHaveLength(2);
    }
    expect(text.split(escapeHtml(`"action"`))).toHaveLength(6);
  });
});
