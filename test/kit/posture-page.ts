/** The page of a report in which nothing but a posture is told. */
import type { Posture } from "../../src/evidence/posture/posture.js";
import { reportedFindings } from "../../src/report/gather-posture.js";
import { reportPage } from "../../src/report/page.js";

const blankReport = {
  format: "verdict-report/1",
  generatedAt: "2026-11-01T00:00:00.000Z",
  version: "0.0.0",
  policySet: "sha256:0123456789abcdef",
  counts: {},
  inputs: [],
  notes: [],
  escalation: { principals: 0, administrators: [], chains: [], edges: 0, unknown: 0 },
  heat: { services: [], moreServices: 0, rows: [] },
  outside: [],
  unused: { leftOut: "no records" },
} as const;

/** The part of the page that tells of the posture, as text. */
export function posturePage(posture: Posture): string {
  const page = reportPage({ ...blankReport, posture: { ...posture, findings: reportedFindings(posture) } });
  const part = /<section id="posture"[\s\S]*?<\/section>/.exec(page)?.[0] ?? "";
  return part
    .replace(/<\/?code>/g, "`")
    .replace(/<wbr>/g, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
