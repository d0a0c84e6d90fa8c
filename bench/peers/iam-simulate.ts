// iam-simulate takes AWS's documents as they are; it is asked by way of its entry that validates nothing.
import type { Decision } from "../../test/oracle/simulation-case.js";
import { loadPeer } from "../peer-packages.js";
import { documentsOf, type Workload } from "../workloads/workload.js";
import { fullContext, type Peer } from "./peer.js";

interface IamSimulate {
  runUnsafeSimulation(simulation: unknown, options: object): keyof typeof decisions;
}

const decisions = {
  Allowed: "allowed",
  ExplicitlyDenied: "explicitDeny",
  ImplicitlyDenied: "implicitDeny",
} as const satisfies Record<string, Decision>;

/** iam-simulate with the policies of a workload. */
export function openIamSimulate(workload: Workload): Peer {
  const { runUnsafeSimulation } = loadPeer<IamSimulate>("@cloud-copilot/iam-simulate");
  const identityPolicies = workload.principals.map((principal) =>
    documentsOf(workload, principal).map((name) => ({ name, policy: workload.policies[name] })),
  );
  const simulations = workload.questions.map(({ principal, action, resource }, index) => ({
    request: {
      principal: workload.principals[principal]?.arn,
      action,
      resource: { resource, accountId: workload.account },
      contextVariables: fullContext(workload, index),
    },
    identityPolicies: identityPolicies[principal],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }));
  return {
    name: "iam-simulate",
    decide: (index) => decisions[runUnsafeSimulation(simulations[index], {})],
  };
}
