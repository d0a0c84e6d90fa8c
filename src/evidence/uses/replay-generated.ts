/** A generated document, decided by itself: it allows every use that it was made from, and none that breaks a condition of its statements. */
import { Engine } from "../../engine/engine.js";
import { buildPolicySet } from "../../policy/formats/load-policy-set.js";
import { parseRequester } from "../../policy/requester.js";
import { sourceText } from "../../text/source-text.js";
import { networkOfAddress } from "../cloudtrail/network.js";
import type { BindingFacts } from "./bind-statements.js";
import type { GeneratedPolicy, GeneratedStatement } from "./generate-policy.js";
import type { Use } from "./use.js";

type Context = ReadonlyMap<string, readonly string[]>;

/**
 * Throws for a use that the document does not allow, and for a condition without effect: both are mistakes of ours. What resources and
 * roles say themselves, as keys and trust policies have to, is not its business.
 */
export async function requireReplay(
  principal: string,
  kind: "user" | "role",
  { document }: GeneratedPolicy,
  uses: readonly Use[],
  facts: BindingFacts,
): Promise<void> {
  const { account = "", partition = "aws", name = "" } = parseRequester(principal, "aws") ?? {};
  const entry = { arn: principal, inlinePolicies: [{ name: "generated", document }] };
  const content = kind === "user" ? { users: [entry] } : { roles: [entry] };
  const built = buildPolicySet([sourceText("generated.json", JSON.stringify(content))]);
  if (!built.ok) throw new Error(`generate: the document is refused: ${built.findings[0]?.message ?? ""}`);
  const statements = new Map(document.Statement.flatMap((one) => one.Action.map((action) => [action, one] as const)));
  const asker = kind === "user" ? principal : `arn:${partition}:sts::${account}:assumed-role/${name}/generated`;
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(built.policySet);
    const isAllowed = (action: string, resource: string, context: Context): boolean => {
      const question = { principal: asker, action, resource, context, resourceAccount: account, whatIf: true };
      const answer = engine.decide(question);
      if ("error" in answer) throw new Error(`generate: ${action} on ${resource} cannot be decided: ${answer.error}`);
      return !answer.blockedBy.includes("identity");
    };
    const tried = new Set<GeneratedStatement>();
    for (const { action, resources = ["*"], resourceAccounts, context } of uses) {
      const statement = action === null ? undefined : statements.get(action);
      if (action === null || statement === undefined) continue;
      for (const [index, resource] of resources.entries()) {
        const told = contextOf(resource, resourceAccounts?.[index], context, facts);
        if (!isAllowed(action, resource, told))
          throw new Error(`generate: the document does not allow ${action} on ${resource}`);
        if (tried.has(statement)) continue;
        tried.add(statement);
        for (const [key, broken] of brokenContexts(statement, told))
          if (isAllowed(action, resource, broken))
            throw new Error(`generate: the condition on ${key} does not bind ${action} on ${resource}`);
      }
    }
  } finally {
    await engine.close();
  }
}

/** What the request carried, with what is known of its resource and its principal. */
function contextOf(resource: string, account: string | undefined, recorded: Context, facts: BindingFacts): Context {
  const context = new Map(recorded);
  const known = facts.resource(resource, account);
  if (known.account !== undefined) context.set("aws:ResourceAccount", [known.account]);
  if (known.organization !== undefined) context.set("aws:ResourceOrgID", [known.organization]);
  for (const [key, value] of known.tags ?? []) context.set(`aws:ResourceTag/${key}`, [value]);
  for (const [key, value] of facts.principalTags) context.set(`aws:PrincipalTag/${key}`, [value]);
  return context;
}

/** Addresses that nobody has. */
const foreignAddresses = ["192.0.2.1", "198.51.100.1", "203.0.113.1"];

/** For each key of a condition a request that is otherwise the same, with a value that it does not ask for. */
function* brokenContexts({ Condition = {} }: GeneratedStatement, context: Context): Generator<[string, Context]> {
  for (const [operator, tests] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(tests)) {
      const address = foreignAddresses.find((one) => !values.includes(networkOfAddress(one) ?? one));
      const other = operator === "IpAddress" ? address : `not-${values.join("-")}`;
      if (other !== undefined) yield [key, new Map([...context, [key, [other]]])];
    }
  }
}
