// Policy sets of a tiny world: two accounts, a few principals, actions and keys, resources over two letters. Few enough requests to
// decide them all, and every kind of statement that can tell them apart.
import type { Random } from "../../kit/random.js";

/** A policy document as it is written. */
export interface Doc {
  readonly Version: string;
  readonly Statement: readonly unknown[];
}

/** A user, a role. */
export interface SmallPrincipal {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policies: readonly Doc[];
  readonly boundary?: Doc;
  /** Roles. */
  readonly trust?: Doc;
}

/** A resource that the set lists. */
export interface SmallResource {
  readonly arn: string;
  readonly account: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: Doc;
}

/** A policy set. */
export interface SmallSet {
  readonly profile: "aws" | "generic";
  readonly principals: readonly SmallPrincipal[];
  /** Of the first user; a federated user whom he issued. */
  readonly hasFederatedUser: boolean;
  readonly resources: readonly SmallResource[];
  readonly owners: readonly { readonly pattern: string; readonly account: string }[];
  /** Levels above account A, root first; undefined: no organization. B is in it where `isBInside`. */
  readonly scps?: readonly (readonly Doc[])[];
  readonly rcps?: readonly (readonly Doc[])[];
  readonly isBInside: boolean;
  /** The keys of its conditions with the values that requests try. */
  readonly keys: readonly string[];
}

export const A = "111111111111";
export const B = "222222222222";
/** An account that no set lists. */
export const C = "333333333333";
export const ann = `arn:aws:iam::${A}:user/ann`;
export const bob = `arn:aws:iam::${B}:user/bob`;
export const role = `arn:aws:iam::${A}:role/p/r`;
export const session = `arn:aws:sts::${A}:assumed-role/r/s`;
export const federated = `arn:aws:sts::${A}:federated-user/f`;
export const managementAccount = "999999999990";
export const organization = "o-smallworld1";
export const rootUnit = "r-sm01";

/** Every action that requests ask for; the last two stand in no policy. */
export const actions = ["t:A", "t:B", "u:A", "sts:AssumeRole", "t:Zed", "v:A"] as const;

/** Every resource that requests name. */
export const resources: readonly string[] = [
  "*",
  ...["", "a", "b", "aa", "ab", "ba", "bb", "aab", "a/", "a/a", "a/b", "a/b/a", "b/a", "a:a", "*", "a*"].map(
    (word) => `arn:t:s:::${word}`,
  ),
  ...[A, B, C].map((account) => `arn:t:s::${account}:a`),
  `arn:t:s:a:${B}:ab`,
  `arn:t:u:::a`,
  role,
  ann,
];

/** The keys with what requests hold under them: absent first, then single values, then lists. */
export const keyStates: Readonly<Record<string, readonly (readonly string[] | null)[]>> = {
  "k:s": [null, [""], ["a"], ["ab"], ["b"], ["A"], ["a*"], ["a", "b"], ["ab", "b"], ["a", "a"]],
  "k:t": [null, ["a"], ["b"], ["ab"], ["a", "b"]],
  "k:n": [null, ["1"], ["1.0"], ["2"], ["1.5"], ["-3"], ["x"], ["1", "2"], ["2", "x"]],
  "k:d": [null, ["2026-01-01T00:00:00Z"], ["2027-06-01"], ["1767225600"], ["x"], ["2020-01-01", "2030-01-01"]],
  "k:i": [
    null,
    ["10.0.0.1"],
    ["10.1.0.1"],
    ["192.0.2.1"],
    ["::1"],
    ["x"],
    ["10.0.0.1", "192.0.2.1"],
    ["10.0.0.1", "x"],
  ],
  "k:b": [null, ["true"], ["false"], ["TRUE"], ["x"], ["true", "false"]],
  "k:r": [null, ["arn:t:s:::a"], ["arn:t:s:::b"], ["arn:t:u::1:a:b"], ["a"], ["arn:t:s:::a", "arn:t:s:::b"]],
  "k:y": [null, ["YQ=="], ["Yg=="], ["YQ"], ["YQ==", "Yg=="]],
  "aws:TagKeys": [null, ["a"], ["b"], ["ab"], ["a", "b"], ["a", "ab"]],
  "aws:MultiFactorAuthPresent": [null, ["true"], ["false"]],
  "aws:SourceIp": [null, ["10.0.0.1"], ["192.0.2.1"], ["2001:db8::1"]],
  "aws:RequestTag/t": [null, ["a"], ["b"], [""]],
  "aws:ResourceTag/t": [null, ["a"], ["b"], ["ab"]],
  "aws:CurrentTime": [
    ["2025-06-01T12:00:00Z"],
    ["2026-01-01T00:00:00Z"],
    ["2026-07-01T00:00:00Z"],
    ["2031-01-01T00:00:00Z"],
  ],
};

/** Keys that follow from principal and resource, which no request says. */
const derived = [
  "aws:PrincipalTag/t",
  "aws:PrincipalArn",
  "aws:ResourceAccount",
  "aws:PrincipalOrgID",
  "aws:PrincipalAccount",
  "aws:PrincipalType",
  "aws:username",
  "aws:ResourceOrgID",
  "aws:PrincipalOrgPaths",
  "aws:userid",
];

/** A set out of choices. */
export function generateSmallSet(random: Random): SmallSet {
  const keys = Object.keys(keyStates)
    .map((key) => [random.below(1000), key] as const)
    .sort(([left], [right]) => left - right)
    .slice(
      0,
      random.weighted([
        [1, 0],
        [4, 1],
        [6, 2],
        [3, 3],
      ]),
    )
    .map(([, key]) => key);
  const make = new Maker(random, keys);
  const tags = (): Readonly<Record<string, string>> =>
    random.chance(0.5) ? { t: random.pick(["a", "b", "ab", "*"]) } : {};
  const boundary = (): { boundary?: Doc } => (random.chance(0.15) ? { boundary: make.document("identity") } : {});
  const isOrganized = random.chance(0.3);
  const listed = ["arn:t:s:::a", "arn:t:s:::b", "arn:t:s:::a/b", "arn:t:s:::ab", `arn:t:s::${B}:a`, "arn:t:s:::a:a"];
  return {
    profile: random.chance(0.7) ? "aws" : "generic",
    principals: [
      { arn: ann, tags: tags(), policies: random.list(1, 2, () => make.document("identity")), ...boundary() },
      ...(random.chance(0.5)
        ? [
            {
              arn: role,
              tags: tags(),
              policies: random.list(0, 2, () => make.document("identity")),
              ...boundary(),
              ...(random.chance(0.6) ? { trust: make.document("trust") } : {}),
            },
          ]
        : []),
      ...(random.chance(0.5)
        ? [{ arn: bob, tags: tags(), policies: random.list(0, 1, () => make.document("identity")), ...boundary() }]
        : []),
    ],
    hasFederatedUser: random.chance(0.15),
    resources: listed
      .filter(() => random.chance(0.2))
      .map((arn) => ({
        arn,
        account: random.pick([A, A, B]),
        tags: tags(),
        ...(random.chance(0.7) ? { policy: make.document("resource") } : {}),
      })),
    owners: random.chance(0.15)
      ? [{ pattern: random.pick(["arn:t:s:::b*", "arn:t:s:::a*", "arn:t:u:*:*:*"]), account: random.pick([A, B]) }]
      : [],
    ...(isOrganized
      ? {
          scps: [0, 1].map(() => random.list(1, 2, () => make.document("scp"))),
          rcps: [0, 1].map(() => random.list(0, 1, () => make.document("rcp"))),
        }
      : {}),
    isBInside: isOrganized && random.chance(0.5),
    keys,
  };
}

type DocType = "identity" | "resource" | "trust" | "scp" | "rcp";

const textOperators = [
  "StringEquals",
  "StringNotEquals",
  "StringLike",
  "StringNotLike",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
];
const relations = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];

/** Makes documents about some keys. */
export class Maker {
  constructor(
    private readonly random: Random,
    private readonly keys: readonly string[],
  ) {}

  document(type: DocType): Doc {
    const { random } = this;
    const isOld = type !== "scp" && type !== "rcp" && random.chance(0.1);
    return {
      Version: isOld ? "2008-10-17" : "2012-10-17",
      Statement: random.list(1, 3, () => this.statement(type, isOld)),
    };
  }

  statement(type: DocType, isOld = false): unknown {
    const { random } = this;
    const isDeny = type === "rcp" || random.chance(0.3);
    const carries = type === "resource" || type === "trust";
    const principal =
      type === "rcp" ? { Principal: "*" } : carries ? this.principal(isDeny && type === "resource") : {};
    const actionPatterns =
      type === "trust"
        ? ["sts:AssumeRole", "sts:*"]
        : ["t:A", "t:B", "u:A", "t:*", "*:A", "t:?", "*", "sts:AssumeRole"];
    const action = random.list(1, 2, () =>
      random.pick(type === "rcp" ? actionPatterns.filter((one) => one !== "*" && one !== "*:A") : actionPatterns),
    );
    const hasResource = type !== "trust" && !(type === "resource" && random.chance(0.2));
    const element = random.chance(0.15) ? "NotResource" : "Resource";
    const condition = random.chance(0.65) ? this.condition(isOld) : undefined;
    return {
      Effect: isDeny ? "Deny" : "Allow",
      ...principal,
      [type !== "rcp" && type !== "trust" && random.chance(0.1) ? "NotAction" : "Action"]: action,
      ...(hasResource ? { [element]: random.list(1, 2, () => this.resource(isOld, type)) } : {}),
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  }

  private principal(takesNot: boolean): object {
    const { random } = this;
    const entries = [A, B, C, ann, bob, role, session, federated, `arn:aws:iam::${C}:user/eve`];
    if (takesNot && random.chance(0.15))
      return { NotPrincipal: { AWS: random.list(1, 2, () => random.pick([A, ann, role])) } };
    if (random.chance(0.3)) return { Principal: "*" };
    if (random.chance(0.1)) return { Principal: { Service: "a.amazonaws.com" } };
    return { Principal: { AWS: random.list(1, 2, () => random.pick(entries)) } };
  }

  private resource(isOld: boolean, type: DocType): string {
    const { random } = this;
    const word = random.list(0, 3, () => random.pick(["a", "b", "*", "?", "/", "a"])).join("");
    const variable = random.pick([
      "${aws:username}",
      "${aws:PrincipalTag/t}",
      "${k:s}",
      "${k:t, 'a'}",
      "${*}",
      "${aws:PrincipalTag/t, 'b'}",
    ]);
    const isKeyed = !variable.includes("k:") || this.keys.some((key) => variable.includes(key));
    return random.weighted([
      [5, `arn:t:s:::${word}`],
      [2, "*"],
      [1, "arn:t:s:*"],
      [1, `arn:t:s:*:${random.pick([A, B, C])}:*`],
      [
        isOld || !isKeyed ? 0 : 2,
        `arn:t:s:::${random.pick(["", "a", "a/"])}${variable}${random.pick(["", "*", "/b"])}`,
      ],
      [type === "identity" ? 1 : 0, random.pick(["arn:t:s", "arn:t:s::"])],
      [1, role],
    ]);
  }

  condition(isOld: boolean): unknown {
    const { random } = this;
    const condition: Record<string, Record<string, unknown>> = {};
    for (
      let left = random.weighted([
        [6, 1],
        [3, 2],
      ]);
      left > 0;
      left--
    ) {
      const key = this.keys.length === 0 || random.chance(0.2) ? random.pick(derived) : random.pick(this.keys);
      const [operator, values] = this.test(key, isOld);
      const tests = condition[operator] ?? {};
      condition[operator] = tests;
      tests[random.chance(0.1) ? key.toUpperCase() : key] =
        values.length === 1 && random.chance(0.5) ? values[0] : values;
    }
    return condition;
  }

  private test(key: string, isOld: boolean): readonly [string, readonly string[]] {
    const { random } = this;
    if (random.chance(0.1)) return ["Null", [random.pick(["true", "false"])]];
    const [base, values] = this.baseTest(key, isOld);
    const isList = random.chance(key === "aws:TagKeys" || key === "aws:PrincipalOrgPaths" ? 0.8 : 0.25);
    const prefix = isList ? random.pick(["ForAllValues:", "ForAnyValue:"]) : "";
    return [`${prefix}${base}${random.chance(0.2) ? "IfExists" : ""}`, values];
  }

  private baseTest(key: string, isOld: boolean): readonly [string, readonly string[]] {
    const { random } = this;
    const some = (texts: readonly string[]): readonly string[] => random.list(1, 2, () => random.pick(texts));
    switch (key) {
      case "k:n":
        if (random.chance(0.8)) return [`Numeric${random.pick(relations)}`, some(["1", "2", "1.50", "0", "1e0"])];
        break;
      case "k:d":
      case "aws:CurrentTime":
        if (key !== "k:d" || random.chance(0.9))
          return [
            `Date${random.pick(relations)}`,
            some(["2026-01-01T00:00:00Z", "2027-06-01", "1767225600", "2026-06-15T00:00:00.5Z"]),
          ];
        break;
      case "k:i":
      case "aws:SourceIp":
        if (key !== "k:i" || random.chance(0.9))
          return [
            random.pick(["IpAddress", "NotIpAddress"]),
            some(["10.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "::/0", "10.0.0.1"]),
          ];
        break;
      case "k:b":
      case "aws:MultiFactorAuthPresent":
        return ["Bool", some(["true", "false"])];
      case "k:r":
      case "aws:PrincipalArn":
        if (random.chance(0.8)) {
          const values =
            key === "k:r"
              ? ["arn:t:s:::a", "arn:t:*:::?", "arn:*", "arn:t:u:*:*:a*"]
              : [ann, role, `arn:aws:iam::${A}:*`, `arn:aws:*::*:user/*`];
          const tied = isOld || !this.keys.includes("k:s") ? [] : ["arn:t:s:::${k:s}"];
          return [random.pick(["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]), some([...values, ...tied])];
        }
        break;
      case "k:y":
        return ["BinaryEquals", some(["YQ==", "Yg=="])];
      case "aws:ResourceAccount":
      case "aws:PrincipalAccount":
        return [random.pick(["StringEquals", "StringNotEquals"]), some([A, B, C])];
      case "aws:PrincipalOrgID":
      case "aws:ResourceOrgID":
        return [random.pick(["StringEquals", "StringNotEquals"]), [organization]];
      case "aws:PrincipalOrgPaths":
        return ["StringLike", [`${organization}/*`]];
      case "aws:PrincipalType":
        return [
          random.pick(["StringEquals", "StringNotEquals"]),
          some(["User", "AssumedRole", "Account", "Anonymous", "Service"]),
        ];
    }
    const variables = [
      "${aws:PrincipalTag/t}",
      "${aws:username, 'a'}",
      ...this.keys.filter((one) => /^k:[st]$|Tag/.test(one) && one !== key).map((one) => `\${${one}}`),
    ];
    const texts = ["a", "b", "ab", "", "A", "a*", "?", "*b", "*"];
    return [random.pick(textOperators), some(isOld || random.chance(0.75) ? texts : [...variables, "a"])];
  }
}

/** The set as a file that Verdict reads. */
export function smallSetText(set: SmallSet): string {
  const inline = (documents: readonly Doc[], name: string) =>
    documents.map((document, index) => ({ name: `${name}${index}`, document }));
  const isOrganized = set.scps !== undefined;
  const [rootScps, ownScps] = set.scps ?? [];
  const [rootRcps, ownRcps] = set.rcps ?? [];
  const documents: { arn: string; document: Doc }[] = [];
  const member = ({ arn, tags, policies, boundary, trust }: SmallPrincipal) => {
    const name = `arn:aws:iam::${arn.split(":")[4]}:policy/bound-${arn.split("/").at(-1)}`;
    if (boundary !== undefined) documents.push({ arn: name, document: boundary });
    return {
      arn,
      ...(arn === role ? { id: "AROASMALLWORLD" } : { id: `AIDA${(arn.split("/").at(-1) ?? "").toUpperCase()}` }),
      tags,
      inlinePolicies: inline(policies, "own"),
      ...(boundary === undefined ? {} : { permissionsBoundary: name }),
      ...(trust === undefined ? {} : { trustPolicy: trust }),
    };
  };
  const users = set.principals.filter(({ arn }) => arn.includes(":user/")).map(member);
  const roles = set.principals.filter(({ arn }) => arn.includes(":role/")).map(member);
  return JSON.stringify({
    profile: set.profile,
    accounts: [
      {
        id: A,
        ...(isOrganized
          ? {
              serviceControlPolicies: inline(ownScps ?? [], "scp-a"),
              resourceControlPolicies: inline(ownRcps ?? [], "rcp-a"),
            }
          : {}),
      },
      { id: B },
    ],
    ...(isOrganized
      ? {
          organization: {
            id: organization,
            managementAccount,
            root: {
              id: rootUnit,
              serviceControlPolicies: inline(rootScps ?? [], "scp-root"),
              resourceControlPolicies: inline(rootRcps ?? [], "rcp-root"),
              accounts: set.isBInside ? [managementAccount, A, B] : [managementAccount, A],
            },
          },
        }
      : {}),
    ...(documents.length > 0 ? { policies: documents } : {}),
    users,
    roles,
    ...(set.hasFederatedUser ? { federatedUsers: [{ arn: federated, issuer: ann }] } : {}),
    resources: set.resources.map(({ arn, account, tags, policy }) => ({
      arn,
      account,
      tags,
      ...(policy === undefined ? {} : { policy }),
    })),
    ...(set.owners.length > 0 ? { owners: set.owners } : {}),
  });
}
