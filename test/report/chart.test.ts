/** Pictures: the same bytes each time, nothing that a page's policy refuses, names as text, and links to what is told. */
import { describe, expect, it } from "vitest";
import { percentileChart, sweepChart, timeChart } from "../../src/load/output/load-charts.js";
import { accessChart } from "../../src/report/access-chart.js";
import { svgMarkup } from "../../src/report/chart-markup.js";
import { pictureOf } from "../../src/report/picture.js";

const evil = `arn:aws:iam::111122223333:role/<script>alert("1")</script>&'\u202e`;
const top = "arn:aws:iam::111122223333:role/top";
const shown = { question: {} };
const edge = { from: evil, to: top, path: "sts-assume-role", does: "", steps: [shown], conditions: [] };
const escalation = {
  principals: 2,
  administrators: [{ principal: top, conditions: [], shown: [] }],
  chains: [{ principal: evil, certain: false, edges: [{ ...edge, supposes: "something" }] }],
  edges: 1,
  unknown: 0,
};
const heat = {
  services: ["s3", evil],
  moreServices: 0,
  rows: [
    { principal: "a", administrator: false, cells: [{ level: "Write", shown }, null] },
    {
      principal: "b",
      administrator: false,
      cells: [
        { level: "Write", shown },
        { level: "List", shown },
      ],
    },
  ],
};
const trial = {
  ...{
    stage: "growth",
    rate: 100,
    achieved: 100,
    p50: 0.1,
    p99: 1,
    p999: 2,
    errors: 0,
    passed: true,
    reason: undefined,
  },
  bottleneck: "unknown",
} as const;
const second = { second: 0, count: 1, errors: 0, p50: 1, p99: 2, max: 3 };
const sweepOf = (...trials: readonly object[]) =>
  ({ capacity: 100, goal: { p99Ms: 2 }, isConfirmed: true, at: [], trials }) as unknown as Parameters<
    typeof sweepChart
  >[0];

const charts = {
  escalation: () => pictureOf(escalation, () => "way-0")?.text ?? "",
  access: () => accessChart(heat, (service, level) => `reach-${service}-${level}`).text,
  percentiles: () =>
    percentileChart([
      [0, 1],
      [0.5, 2],
      [0.99, 30],
      [1, 40],
    ]).text,
  seconds: () => timeChart([second, { ...second, second: 1, p99: 9 }]).text,
  sweep: () => sweepChart(sweepOf(trial, { ...trial, rate: 200, achieved: 0, passed: false })).text,
  "no latency at all": () => percentileChart([]).text,
  "one latency": () => percentileChart([[0, 1]]).text,
  "seconds without an answer": () => timeChart([second, second].map((one) => ({ ...one, p50: 0, p99: 0 }))).text,
  "one trial without an answer": () =>
    sweepChart(sweepOf({ ...trial, achieved: 0, p50: 0, p99: 0, passed: false })).text,
};

describe("drawChart()", () => {
  it.each(Object.entries(charts))("draws %s for a page that loads nothing", (_, draw) => {
    const whole = draw();
    const svg = /<svg[\s\S]*<\/svg>/.exec(whole)?.[0] ?? "";
    expect(draw()).toBe(whole);
    expect(svg).toMatch(/<svg role="(?:img|group)" aria-label="[^"]+" viewBox="0 0 \d+ \d+"/);
    expect(svg).not.toMatch(
      / (?:style|class|id|on\w+|xlink:\w+|clip-path)=|url\(|<(?:style|defs|script|image|use)\b|NaN|Infinity/,
    );
    expect(svg.replace(/<title>[^<]*<\/title>|<[^<>]*>|[^<>]+/g, "")).toBe("");
    for (const name of ["svg", "g", "a", "text", "path"])
      expect(svg.split(`</${name}>`).length, name).toBe(svg.split(new RegExp(`<${name}[ >]`)).length);
    // Colours of the page alone: whatever else would be lost in the dark or on paper.
    for (const [, colour = ""] of svg.matchAll(/ (?:fill|stroke)="([^"]*)"/g))
      expect(colour).toMatch(/^(?:none|var\(--\w+\))$/);
  });

  it("leads from principals and ways of the escalation to what is told of them", () => {
    const svg = charts.escalation();
    expect(svg.match(/<a href="#way-0"/g)).toHaveLength(3);
    expect(svg).toContain("sts-assume-role, if what is supposed is so");
    expect(svg).toContain("stroke-dasharray");
    expect(svg).toContain("★ role/top");
  });

  it("counts principals by their gravest access and leads to the first of them", () => {
    const svg = charts.access();
    expect(svg).toContain('<a href="#reach-0-3" aria-label="s3: Write is the gravest access of 2 principals">');
    expect(svg).toContain('<a href="#reach-1-0"');
    expect(svg).toMatch(/<text[^>]*>2<\/text>/);
  });

  it("tells trials that hold from those that fail by their shape, and says what each was", () => {
    const svg = charts.sweep();
    expect(svg).toContain("<title>100/s: p99 1.00 ms, holds</title>");
    expect(svg).toContain("<title>200/s: no answer, fails</title>");
    expect(svg.match(/<title>/g)).toHaveLength(2);
  });
});

describe("svgMarkup()", () => {
  const frame = { label: "x", width: 1, height: 1 };

  it("refuses elements that no picture of ours has", () => {
    expect(() => svgMarkup("<svg><image href='x'></image></svg>", frame)).toThrow("a picture has an element `image`");
    expect(() => svgMarkup("<svg><g></svg>", frame)).toThrow("a picture leaves </g> open");
  });

  it("drops what is not drawn with, and keeps sizes out of styles", () => {
    const { text } = svgMarkup(
      '<svg><text style="font-size:12px;behavior:x" onclick="y" fill="red">a&lt;b</text></svg>',
      frame,
    );
    expect(text).toContain('<text font-size="12px" fill="red">a&#60;b</text>');
  });
});
