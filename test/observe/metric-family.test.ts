import { describe, expect, it } from "vitest";
import { familyText, isCounted, type MetricFamily, mergedFamilies } from "../../src/observe/metrics/metric-family.js";

function family(name: string, aggregator: string, values: Readonly<Record<string, number | null>>): MetricFamily {
  const samples = Object.entries(values).map(([kind, value]) => ({ name, labels: { kind }, value }));
  return { name, help: "Help.", type: aggregator === "sum" ? "counter" : "gauge", aggregator, samples };
}

function merged(aggregator: string, ...values: readonly Readonly<Record<string, number | null>>[]): unknown {
  const [one] = mergedFamilies(values.map((of) => [family("m", aggregator, of)]));
  return one && Object.fromEntries(one.samples.map(({ labels, value }) => [labels.kind, value]));
}

describe("mergedFamilies()", () => {
  it.each<[string, unknown]>([
    ["sum", { a: 11, b: 2 }],
    ["first", { a: 1, b: 2 }],
    ["min", { a: 1, b: 2 }],
    ["max", { a: 7, b: 2 }],
    ["average", { a: 11 / 3, b: 2 }],
    ["omit", undefined],
  ])("makes one of several by %s", (aggregator, want) => {
    expect(merged(aggregator, { a: 1, b: 2 }, { a: 7 }, { a: 3 })).toEqual(want);
  });

  it("keeps the order in which metrics come first, and those that only some processes have", () => {
    const have = mergedFamilies([
      [family("b", "sum", { x: 1 })],
      [family("a", "sum", { x: 1 }), family("b", "sum", { x: 1, y: 2 })],
    ]);
    expect(have.map(familyText).join("")).toBe(
      [
        "# HELP b Help.",
        "# TYPE b counter",
        'b{kind="x"} 2',
        'b{kind="y"} 2',
        "# HELP a Help.",
        "# TYPE a counter",
        'a{kind="x"} 1',
        "",
      ].join("\n"),
    );
  });

  it("takes what JSON has no number for as none", () => {
    expect(merged("average", { a: null }, { a: 1 })).toEqual({ a: Number.NaN });
  });
});

describe("familyText()", () => {
  it("escapes label values and writes numbers as the format has them", () => {
    const values = { 'a"b\\c\nd': Number.POSITIVE_INFINITY, n: null, m: Number.NEGATIVE_INFINITY, e: 1e21 };
    expect(
      familyText(family("m", "max", values))
        .split("\n")
        .slice(2),
    ).toEqual(['m{kind="a\\"b\\\\c\\nd"} +Inf', 'm{kind="n"} NaN', 'm{kind="m"} -Inf', 'm{kind="e"} 1e+21', ""]);
  });
});

describe("isCounted()", () => {
  it("is true of what stays counted when its process has ended", () => {
    expect([family("m", "sum", {}), family("m", "max", {})].map(isCounted)).toEqual([true, false]);
  });
});
