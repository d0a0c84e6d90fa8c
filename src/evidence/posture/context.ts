/** What checks work with: the set and what it declares, the core that decides, and what evidence says, by account. */
import type { Asker, Auditor } from "../../audit/auditor.js";
import { single } from "../../audit/candidates.js";
import { everything } from "../../audit/region.js";
import type { Declarations } from "../../policy/formats/declaration.js";
import { accountOfArn } from "../../policy/requester.js";
import type { Prover } from "../../prove/prover.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { nounOf } from "../../question/layers.js";
import type { JsonObject } from "../../text/json-object.js";
import type { Evidence, FromInput } from "../sources/evidence.js";
import { objectsOf, textOf } from "../sources/recognised.js";
import { type Carrier, carriersOf } from "./carriers.js";
import type { Unchecked } from "./check.js";
import type { RootEvent } from "./root-events.js";

/** What is decided of something that a policy grants. */
export type Effect =
  | { readonly kind: "allowed"; readonly witness: AuthorizationQuestion | undefined }
  /** `because`: what refuses it today. */
  | { readonly kind: "stopped"; readonly counterexample: AuthorizationQuestion | undefined; readonly because: string }
  | { readonly kind: "unknown"; readonly because: string };

/** What an export says of an entity beside its policies. */
export interface EntityDetail extends FromInput {
  readonly detail: JsonObject;
}

/** One posture. */
export class PostureContext {
  /** Accounts that somebody or something is known of, sorted. */
  readonly accounts: readonly string[];
  /** Users, groups and roles with what is attached to them. */
  readonly carriers: readonly Carrier[];
  /** Users, groups, roles and policies of exports, by ARN. */
  readonly details: ReadonlyMap<string, EntityDetail>;
  private readonly askers = new Map<string, Asker | undefined>();
  private readonly effects = new Map<string, Effect>();

  constructor(
    readonly declarations: Declarations,
    readonly auditor: Auditor,
    readonly prover: Prover,
    readonly evidence: Evidence,
    /** The last uses of root users, by account. */
    readonly rootEvents: ReadonlyMap<string, RootEvent> = new Map(),
  ) {
    this.carriers = carriersOf(declarations);
    this.details = detailsOf(evidence);
    this.accounts = accountsOf(this.carriers, declarations, evidence);
  }

  /** The inputs of one kind by account; those that do not say whose they are belong to the account that is alone. */
  byAccount<Input extends FromInput>(inputs: readonly Input[]): ReadonlyMap<string, readonly Input[]> {
    const [only, second] = this.accounts;
    const found = new Map<string, Input[]>();
    for (const input of inputs) {
      const account = input.account ?? (second === undefined ? only : undefined) ?? `the account of ${input.file}`;
      found.set(account, [...(found.get(account) ?? []), input]);
    }
    return found;
  }

  /** For each account the latest of its inputs; an account that has none is said to need one. */
  *latest<Input extends FromInput, Result>(
    inputs: readonly Input[],
    needs: string,
    look: (input: Input, account: string) => Iterable<Result>,
  ): Generator<Result | Unchecked> {
    const byAccount = this.byAccount(inputs);
    const accounts = new Set([...this.accounts, ...byAccount.keys()]);
    if (accounts.size === 0) yield { subject: "account", needs };
    for (const account of accounts) {
      const [first, ...rest] = byAccount.get(account) ?? [];
      if (first === undefined) yield { subject: account, needs };
      else
        yield* look(
          rest.reduce((best, one) => (one.at > best.at ? one : best), first),
          account,
        );
    }
  }

  /** Whether somebody may do any of some actions, as the whole set decides. */
  effect(principal: string, actions: readonly string[], resources: readonly string[] = ["*"]): Effect {
    const key = JSON.stringify([principal, actions, resources]);
    let found = this.effects.get(key);
    if (found === undefined) {
      found = this.decide(this.auditor, principal, actions, resources);
      this.effects.set(key, found);
    }
    return found;
  }

  /** Likewise without MFA: the key is absent, as for access keys, or says `false`. */
  effectWithoutMfa(principal: string, actions: readonly string[], resources: readonly string[] = ["*"]): Effect {
    this.withoutMfa ??= this.auditor.within({
      ...everything,
      without: ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"],
    });
    return this.decide(this.withoutMfa, principal, actions, resources);
  }

  private withoutMfa: Auditor | undefined;

  private decide(
    auditor: Auditor,
    principal: string,
    actions: readonly string[],
    resources: readonly string[],
  ): Effect {
    if (!this.askers.has(principal)) this.askers.set(principal, this.auditor.asker(single(principal)));
    const asker = this.askers.get(principal);
    if (asker === undefined) return { kind: "unknown", because: "the policy set does not know who asks" };
    let stopped: Effect | undefined;
    for (const action of actions) {
      const { access, witness, counterexample, reason } = auditor.answer(asker, action, resources, {
        tellsWhen: false,
      });
      if (access === "always" || access === "sometimes") return { kind: "allowed", witness };
      stopped ??=
        access === "unknown"
          ? { kind: "unknown", because: reason ?? "it could not be decided" }
          : { kind: "stopped", counterexample, because: this.becauseOf(counterexample) };
    }
    return stopped ?? { kind: "unknown", because: "nothing was asked" };
  }

  private becauseOf(question: AuthorizationQuestion | undefined): string {
    const decision = question === undefined ? undefined : this.auditor.terms.decide(question);
    if (decision === undefined || "error" in decision) return "nothing allows it today";
    const denies = decision.matchedStatements.find(({ effect }) => effect === "Deny");
    if (denies !== undefined) return `today ${nounOf(denies.policyType)} \`${denies.policy}\` denies it`;
    const [type] = decision.blockedBy;
    return type === undefined ? "nothing allows it today" : `today no ${nounOf(type).replace(/^an? /, "")} allows it`;
  }
}

function detailsOf({ pages }: Evidence): ReadonlyMap<string, EntityDetail> {
  const found = new Map<string, EntityDetail>();
  for (const { page, ...from } of [...pages].sort((left, right) => left.at - right.at)) {
    for (const name of ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]) {
      for (const detail of objectsOf(page[name]) ?? []) {
        const arn = textOf(detail.Arn);
        if (arn !== undefined) found.set(arn, { ...from, detail });
      }
    }
  }
  return found;
}

function accountsOf(carriers: readonly Carrier[], declarations: Declarations, evidence: Evidence): readonly string[] {
  const found = new Set<string>();
  for (const { account } of carriers) found.add(account);
  for (const { arn } of declarations.resources) found.add(accountOfArn(arn));
  const lists: readonly (readonly FromInput[])[] = [
    evidence.pages,
    evidence.credentialReports,
    evidence.accountSummaries,
    evidence.passwordPolicies,
    evidence.virtualMfaDevices,
    evidence.serverCertificates,
  ];
  for (const list of lists) for (const { account } of list) if (account !== undefined) found.add(account);
  return [...found].filter((account) => /^[0-9]{12}$/.test(account)).sort();
}
