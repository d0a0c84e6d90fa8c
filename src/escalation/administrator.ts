/**
 * Who is an administrator, by decision: whoever may do everything of IAM in its account that the account's own limits (SCPs, RCPs, what AWS
 * keeps to itself) leave to anybody, always or under conditions on keys.
 */
import type { AuditAnswer } from "../audit/decided-again.js";
import type { WhenEntry } from "../classes/answer.js";
import { parseArn } from "../policy/document/arn.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";
import type { About, View } from "./views.js";

/** What shows that somebody is an administrator. */
export interface Administrator {
  readonly principal: string;
  /** Allowed requests that stand for it. */
  readonly shown: readonly AuditAnswer[];
  /** Under which conditions; empty: always. */
  readonly when: readonly (readonly WhenEntry[])[];
}

/** What grants, asked first: who may do none of it is no administrator. */
const granting = ["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy", "iam:PutUserPolicy"];

/** Decides it over one set. */
export class Administrators {
  private readonly known = new Map<string, Administrator | undefined>();
  private names: readonly string[] | undefined;

  constructor(private readonly view: View) {}

  /** Undefined: the principal is none. */
  of(principal: string): Administrator | undefined {
    if (!this.known.has(principal)) this.known.set(principal, this.decide(principal));
    return this.known.get(principal);
  }

  private decide(principal: string): Administrator | undefined {
    const { partition = "aws", account } = parseArn(principal) ?? {};
    if (account === undefined || account === "") return undefined;
    const root = `arn:${partition}:iam::${account}:root`;
    const shown: AuditAnswer[] = [];
    let when: readonly (readonly WhenEntry[])[] = [];
    const asked = new Set<string>();
    for (const action of [...granting, ...this.actions(principal)]) {
      const about = this.aboutOf(action, partition, account);
      const kind = this.kindOf(principal, root, action, about);
      // Answered like one that was asked: only its name is another.
      if (shown.length === granting.length && kind !== undefined && asked.has(kind)) continue;
      if (kind !== undefined) asked.add(kind);
      const answer = this.view.ask(principal, action, about);
      const limit = this.view.ask(root, action, about);
      if (limit === undefined) continue;
      const ways = answer === undefined ? undefined : waysBeyond(answer, limit);
      if (answer === undefined || ways === undefined) return undefined;
      if (shown.length < granting.length) shown.push(answer);
      if (ways.length > 0 && when.length === 0) when = ways;
    }
    return shown.length === 0 ? undefined : { principal, shown, when };
  }

  /** What the answers about an action follow from, but for its name; undefined if that is too long to keep. */
  private kindOf(principal: string, root: string, action: string, about: About): string | undefined {
    const { auditor } = this.view;
    const keys = [principal, root].map((one) => {
      const asker = this.view.asker(one);
      return asker && auditor.keyOf(asker, [action], about === "none" ? [] : about, true);
    });
    return keys.includes(undefined) ? undefined : keys.join("\n\n");
  }

  /** All of IAM, and what it may have one day. */
  private actions(principal: string): readonly string[] {
    const { auditor } = this.view;
    this.names ??= auditor.actions.matching("iam:*").map((name) => auditor.actions.names.get(name) ?? name);
    const asker = this.view.asker(principal);
    return [...this.names, ...((asker && auditor.invented(asker, "iam:*")) ?? [])];
  }

  /** What the action can be about in the account. */
  private aboutOf(action: string, partition: string, account: string): About {
    return (
      resourcesFor(action, this.view.auditor.terms.catalogue, partition, account) ?? [
        `arn:${partition}:iam::${account}:*`,
      ]
    );
  }
}

/** Those that AWS itself provides lie in no account: `arn:aws:ssm:eu-west-1::document/AWS-RunShellScript`. */
const documentsOfSystemsManager = "arn:${Partition}:ssm:${Region}:${Account}:document/${DocumentName}";

/** Patterns of what an action is about, in an account, by the catalogue; undefined for an action that it does not know. */
export function resourcesFor(
  action: string,
  catalogue: Catalogue | undefined,
  partition: string,
  account: string,
  type?: string,
): About | undefined {
  const types = actionIn(catalogue, action)?.resourceTypes.filter(({ name }) => type === undefined || name === type);
  if (types === undefined) return undefined;
  if (types.length === 0) return "none";
  return types.flatMap(({ arn }) => {
    const owners = arn === documentsOfSystemsManager ? [account, ""] : [account];
    return owners.map((owner) =>
      arn
        .replaceAll("${Partition}", partition)
        .replaceAll("${Account}", owner)
        .replaceAll(/\$\{[^}]*\}/g, "?*"),
    );
  });
}

/**
 * The conditions that an answer asks for beyond those that bind everybody in the account; empty if there are none, undefined if it
 * depends on more than keys.
 */
function waysBeyond(answer: AuditAnswer, limit: AuditAnswer): readonly (readonly WhenEntry[])[] | undefined {
  if (answer.access === "always") return [];
  const limits = limit.access === "always" ? [[]] : limit.when;
  const ways = answer.when.flatMap((way) =>
    limits.flatMap((bound) => {
      const texts = new Set(bound.map((entry) => JSON.stringify(entry)));
      const own = way.filter((entry) => !texts.has(JSON.stringify(entry)));
      return own.every((entry) => "key" in entry) ? [own] : [];
    }),
  );
  if (ways.length === 0) return undefined;
  return ways.some((way) => way.length === 0) ? [] : ways;
}
