/** What `verdict serve` says once it answers: where it listens, what it serves, and a question to try. */
import type { Config } from "../config/settings.js";
import { DEFAULT_POLICY_SET, type Engine } from "../engine/engine.js";
import { allowedSample, plainQuestion } from "../policy/sample-questions.js";
import type { PolicySetStatus } from "../supply/supply-event.js";
import { packageVersion } from "../terminal/package-version.js";
import type { Piece } from "../terminal/terminal.js";
import { checkCommand } from "./example-question.js";

type Line = readonly Piece[];

/** Further sets that are told one by one. */
const TOLD_SETS = 3;

/** What listens where, as their addresses. */
export interface Listening {
  readonly grpc: string;
  readonly http?: string | undefined;
  readonly probes?: string | undefined;
  readonly admin?: string | undefined;
  readonly audit?: string | undefined;
}

/** The lines: the first one has the address of gRPC and the first policy set. */
export function readyLines(
  { grpc, http, probes, admin, audit }: Listening,
  [first, ...others]: readonly PolicySetStatus[],
): readonly Line[] {
  const greeting = { text: `verdict ${packageVersion()} listening on ${grpc}`, colour: "bold" } as const;
  const lines: Line[] = [[greeting, first === undefined ? "" : `: ${setText(first, true)}`]];
  if (http !== undefined) lines.push([`http on ${http}`]);
  if (probes !== undefined) lines.push([`probes on ${probes}`]);
  if (admin !== undefined) lines.push([`policy sets on ${admin}`]);
  if (audit !== undefined) lines.push([`audits on ${audit}`]);
  for (const other of others.slice(0, TOLD_SETS)) lines.push([setText(other, false)]);
  if (others.length > TOLD_SETS) lines.push([`and ${others.length - TOLD_SETS} further policy sets`]);
  return lines;
}

function setText({ name, place, active }: PolicySetStatus, isFirst: boolean): string {
  const named = isFirst && name === DEFAULT_POLICY_SET ? "" : `${name}: `;
  if (active === undefined)
    return isFirst ? `no policy set yet from ${place}` : `policy set ${named}none yet from ${place}`;
  const { digest, principalCount, counts } = active.published;
  const held = [
    some(principalCount, "principal", "principals"),
    some(counts.policies, "policy", "policies"),
    some(counts.statements, "statement", "statements"),
  ];
  return `policy set ${named}${digest}, ${held.join(", ")}`;
}

function some(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

type Samples = Parameters<typeof allowedSample>[0];

/** A question to try, out of the first policy set; the engine decides some until it finds one that is allowed. */
export function tryLines(
  { grpc }: Listening,
  [first]: readonly PolicySetStatus[],
  engine: Engine,
  config: Pick<Config, "tlsCert" | "tlsClientCa" | "tokens" | "jwks">,
): readonly Line[] {
  const question = first?.active && tryLine(grpc, first.name, first.active.published.samples, engine, config);
  return question === undefined ? [] : [[question]];
}

function tryLine(
  address: string,
  name: string,
  samples: Samples,
  engine: Engine,
  { tlsCert, tlsClientCa, tokens, jwks }: Pick<Config, "tlsCert" | "tlsClientCa" | "tokens" | "jwks">,
): string | undefined {
  const allowed = allowedSample(samples, (sample) => {
    const answer = engine.decide(plainQuestion(sample), { policySet: name });
    return !("error" in answer) && answer.allowed;
  });
  const question = allowed ?? samples[0];
  if (question === undefined) return undefined;
  // Files and tokens of callers are not known here.
  const missing = [
    ...(tlsCert === undefined ? [] : ["--tls-ca"]),
    ...(tlsClientCa === undefined ? [] : ["--tls-cert, --tls-key"]),
    ...(tokens === undefined && jwks === undefined ? [] : ["--token-file"]),
  ];
  const notes = [
    ...(allowed === undefined ? ["none was found that is allowed: this is a denial"] : []),
    ...(missing.length === 0 ? [] : [`with ${missing.join(", ")}`]),
  ];
  const policySet = name === DEFAULT_POLICY_SET ? {} : { policySet: name };
  return `try${notes.length === 0 ? "" : ` (${notes.join("; ")})`}: ${checkCommand({ address, ...policySet }, question)}`;
}
