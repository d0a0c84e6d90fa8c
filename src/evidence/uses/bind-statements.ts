/**
 * Conditions that statements of a generated policy can have beside networks: whose resources they are, of which organization, with which
 * tags. One is made only where every resource that an action was used on is known to meet it, and the service tells the key.
 */
import { parseArn } from "../../policy/document/arn.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { compareUtf8 } from "../../text/compare-texts.js";
import { actionIn, type Catalogue } from "../../validate/catalogue/catalogue.js";
import { someOf } from "../sources/some-of.js";

/** Actions and values that a note names. */
const mostTold = 5;

/** What is known of a resource. */
export interface KnownResource {
  readonly account: string | undefined;
  readonly organization: string | undefined;
  /** Undefined: nobody told. */
  readonly tags: ReadonlyMap<string, string> | undefined;
}

/** What conditions can be made of. */
export interface BindingFacts {
  /** `account`: as the record has it. */
  resource(arn: string, account: string | undefined): KnownResource;
  /** Tags of whoever the policy is for. */
  readonly principalTags: ReadonlyMap<string, string>;
  /** Whether requests for an action carry `aws:ResourceTag/…`. */
  carriesTags(action: string): boolean;
}

/** Which conditions somebody wants. */
export interface Bindings {
  readonly resourceAccount: boolean;
  readonly resourceOrganization: boolean;
  readonly resourceTags: readonly string[];
  readonly principalTags: readonly string[];
}

/** Keys with the values that bind, by operator. */
export type Bound = ReadonlyMap<string, readonly string[]>;

/** Nothing is known, and nothing wanted. */
export const noFacts: BindingFacts = {
  resource: (arn, account) => ({ account: account ?? accountIn(arn), organization: undefined, tags: undefined }),
  principalTags: new Map(),
  carriesTags: () => false,
};
export const noBindings: Bindings = {
  resourceAccount: false,
  resourceOrganization: false,
  resourceTags: [],
  principalTags: [],
};

/** The facts that a set and a catalogue tell. */
export function bindingFacts(
  set: Pick<PolicySet, "resources" | "accounts" | "principals"> | undefined,
  principal: string,
  catalogue: Catalogue | undefined,
): BindingFacts {
  const known = new Map((set?.resources ?? []).map((one) => [one.arn, one]));
  const organizations = new Map((set?.accounts ?? []).map(({ id, organizationId }) => [id, organizationId]));
  const own = set?.principals.find(({ arn }) => arn === principal)?.tags ?? [];
  return {
    resource(arn, recorded) {
      const entry = known.get(arn) ?? known.get(ownerOf(arn));
      const account = recorded ?? entry?.account ?? accountIn(arn);
      // Tags of a bucket are not those of its objects.
      const tags = known.get(arn)?.tags;
      return {
        account,
        organization: account === undefined ? undefined : organizations.get(account),
        tags: tags === undefined || tags.length === 0 ? undefined : tagMap(tags),
      };
    },
    principalTags: tagMap(own),
    carriesTags: (action) =>
      actionIn(catalogue, action)?.conditionKeys.some((key) => /^aws:ResourceTag\//i.test(key)) === true,
  };
}

function tagMap(tags: readonly { readonly key: string; readonly value: string }[]): ReadonlyMap<string, string> {
  return new Map(tags.map(({ key, value }) => [key, value]));
}

function accountIn(arn: string): string | undefined {
  const account = parseArn(arn)?.account;
  return account !== undefined && /^[0-9]{12}$/.test(account) ? account : undefined;
}

/** The bucket of an object. */
function ownerOf(arn: string): string {
  return arn.startsWith("arn:aws:s3:::") ? (arn.split("/", 1)[0] ?? arn) : arn;
}

/** Calls that AWS documents not to carry `aws:ResourceAccount` and `aws:ResourceOrgID`, or whose resource is another's by nature. */
const withoutOwner =
  /^(?:ebs:|events:PutEvents$|[a-z0-9-]+:Accept|ec2:(?:Reject|(?:Create|Delete)(?:TransitGateway|Vpc)Peering|Copy(?:Image|Snapshot)$|CreateVolume$)|route53:.*VPC|auditmanager:UpdateAssessmentFrameworkShare$)/i;

/** One condition that statements can have. */
interface Way {
  readonly key: string;
  readonly isWanted: boolean;
  /** How somebody asks for it. */
  readonly option: string;
  /** What the key is for a resource; undefined where it is not known. */
  readonly valueOf: (resource: KnownResource) => string | undefined;
  /** What the condition asks for instead of the values themselves. */
  readonly asks?: string;
  readonly fits: (action: string) => boolean;
}

/** Decides action by action, and remembers what it could have bound, and could not. */
export class StatementBinder {
  private readonly offered = new Map<string, Set<string>>();
  private readonly missed = new Map<string, string[]>();
  private readonly fixed: readonly Way[];

  constructor(
    private readonly facts: BindingFacts,
    private readonly wanted: Bindings,
  ) {
    const fits = (action: string): boolean => !withoutOwner.test(action);
    const own = { isWanted: wanted.resourceAccount, option: "--resource-account", fits };
    const organization = { isWanted: wanted.resourceOrganization, option: "--resource-org", fits };
    this.fixed = [
      { ...own, key: "aws:ResourceAccount", valueOf: ({ account }) => account },
      { ...organization, key: "aws:ResourceOrgID", valueOf: (one) => one.organization },
    ];
  }

  /** The condition of an action by the resources that it was used on, with the accounts that records have for them. */
  of(action: string, resources: ReadonlyMap<string, string | undefined>): Bound {
    const bound = new Map<string, readonly string[]>();
    // A call that is about no resource has none of these keys.
    const known = [...resources].map(([arn, account]) => (arn === "*" ? undefined : this.facts.resource(arn, account)));
    for (const way of [...this.fixed, ...this.tagWays(known)]) {
      const values = known.map((one) => (one === undefined ? undefined : way.valueOf(one)));
      const isWhole = values.length > 0 && values.every((value) => value !== undefined) && way.fits(action);
      if (!isWhole) {
        if (way.isWanted) this.missed.set(way.key, [...(this.missed.get(way.key) ?? []), action]);
        continue;
      }
      const asked =
        way.asks === undefined ? [...new Set(values.flatMap((value) => value ?? []))].sort(compareUtf8) : [way.asks];
      if (way.isWanted) bound.set(way.key, asked);
      else {
        const seen = this.offered.get(way.option) ?? new Set();
        this.offered.set(way.option, seen);
        for (const value of asked) seen.add(value);
      }
    }
    return bound;
  }

  /** Of tags that are wanted, and of those that could be. */
  private tagWays(known: readonly (KnownResource | undefined)[]): readonly Way[] {
    const { resourceTags, principalTags } = this.wanted;
    const keys = new Set([...resourceTags, ...principalTags]);
    for (const key of known[0]?.tags?.keys() ?? []) keys.add(key);
    return [...keys].flatMap((key): readonly Way[] => {
      const own = this.facts.principalTags.get(key);
      const base = { key: `aws:ResourceTag/${key}`, fits: this.facts.carriesTags };
      const byPrincipal = principalTags.includes(key);
      return [
        {
          ...base,
          isWanted: byPrincipal,
          option: `--principal-tag ${key}`,
          valueOf: ({ tags }) => (own !== undefined && tags?.get(key) === own ? own : undefined),
          asks: `\${aws:PrincipalTag/${key}}`,
        },
        // The principal's own tag is narrower than a list of values.
        ...(byPrincipal
          ? []
          : [
              {
                ...base,
                isWanted: resourceTags.includes(key),
                option: `--resource-tag ${key}`,
                valueOf: ({ tags }: KnownResource) => tags?.get(key),
              },
            ]),
      ];
    });
  }

  /** What was not bound, and what else could be. */
  get notes(): readonly string[] {
    const missed = [...this.missed].map(
      ([key, actions]) =>
        `not bound by ${key}: ${someOf(actions, mostTold)}: no resource, one of which it is not known, or a service that does not tell it`,
    );
    const offered = [...this.offered].map(([option, values]) => {
      const some = someOf([...values].sort(compareUtf8), mostTold);
      return `${option} would bind to ${some}, wherever every resource that was used meets it`;
    });
    return [...missed, ...offered];
  }
}
