/** How the lines of audits look in the messages of `audit.proto`, serialised. */
import { loadSync } from "@grpc/proto-loader";
import { auditProto, protoFolder } from "../../artifacts.js";
import type { AuditAnswer } from "../../audit/decided-again.js";
import { type DiffLine, sideAccess, unknownReason } from "../../audit/diff.js";
import type { AccessLine } from "../../audit/lines.js";
import type { WhenEntry } from "../../classes/answer.js";
import type { ProofResult } from "../../prove/result.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { LineCounts } from "./audit-task.js";

/** The name of the service. */
export const auditServiceName = "verdict.v1.AuditService";

/** The service with objects for messages. */
export function auditDefinition() {
  const options = { includeDirs: [protoFolder], defaults: true, arrays: true, objects: true, longs: Number };
  const service = loadSync(auditProto, options)[auditServiceName];
  if (service === undefined || "format" in service)
    throw new Error(`${auditProto}: holds no service ${auditServiceName}`);
  return service;
}

/** Writes lines. */
export class LineWriter {
  private readonly definition = auditDefinition();

  /** An `AccessLine`. */
  access({ principal, action, resource, accessLevel, answer }: AccessLine): Uint8Array {
    const { access, when, whenIsPartial, decidedBy, witness, counterexample, reason } = answer;
    return this.write("WhoCan", {
      principal,
      action,
      resource,
      access,
      when: when.map(way),
      whenIsPartial,
      accessLevel: accessLevel ?? undefined,
      decidedBy,
      witness: question(witness),
      counterexample: question(counterexample),
      reason: reason ?? "",
    });
  }

  /** A `DiffLine`. */
  change(line: DiffLine): Uint8Array {
    const { change, principal, action, accessLevel, resource, before, after, decidedBy, gains, loses } = line;
    const side = (answer: AuditAnswer | undefined) => ({
      access: sideAccess(line, answer),
      when: (answer?.when ?? []).map(way),
    });
    const isBoth = change === "conditions";
    return this.write("Diff", {
      change,
      principal,
      action,
      accessLevel: accessLevel ?? undefined,
      resource,
      before: side(before),
      after: side(after),
      decidedBy,
      witness: question(change === "lost" ? loses : (gains ?? loses)),
      gains: isBoth ? question(gains) : undefined,
      loses: isBoth ? question(loses) : undefined,
      reason: change === "unknown" ? unknownReason(line) : "",
    });
  }

  /** A `ProofLine`. */
  proof({ assertion, result, counterexample, classes, decidedBy, reason, over, caveats }: ProofResult): Uint8Array {
    const { id, why = "", place } = assertion;
    const { line, column } = place;
    return this.write("Prove", {
      id,
      result,
      counterexample: question(counterexample),
      classes,
      decidedBy,
      reason,
      why,
      over: { ...over, catalogue: over.catalogue ?? undefined },
      caveats,
      line,
      column,
    });
  }

  /** The last `DiffLine`. */
  summary(summary: LineCounts): Uint8Array {
    return this.write("Diff", { summary });
  }

  private write(method: "WhoCan" | "Diff" | "Prove", message: object): Uint8Array {
    const described = this.definition[method];
    if (described === undefined) throw new Error(`${auditProto}: no method ${method}`);
    return described.responseSerialize(message);
  }
}

function way(entries: readonly WhenEntry[]): object {
  return { all: entries };
}

/** An `AuthorizeRequest`. */
function question(asked: AuthorizationQuestion | undefined): object | undefined {
  if (asked === undefined) return undefined;
  const { principal, action, resource, context, resourceAccount = "", resourceTags, whatIf } = asked;
  return {
    principal,
    action,
    resource,
    context: Object.fromEntries([...context].map(([key, values]) => [key, { values }])),
    resourceAccount,
    resourceTags: Object.fromEntries(resourceTags.map(({ key, value }) => [key, value])),
    whatIf,
  };
}
