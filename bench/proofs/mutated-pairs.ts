// Pairs of documents of the shape of the public mutation set: policies of two to six statements about ec2, iam and s3, as people write
// them, and one change of each. The same pairs in every run.

/** A number below another, out of a seed. */
export type Below = (count: number) => number;

export function generator(seed: number): Below {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** A statement as it is written. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const actions = [
  "ec2:*",
  "ec2:Describe*",
  "ec2:RunInstances",
  "ec2:StartInstances",
  "iam:PassRole",
  "iam:Get*",
  "iam:List*",
  "s3:*",
  "s3:Get*",
  "s3:PutObject",
  "s3:ListBucket",
];
const resources = [
  "*",
  "arn:aws:ec2:*:*:instance/*",
  "arn:aws:ec2:us-east-1:123456789012:subnet/*",
  "arn:aws:iam::123456789012:role/app-*",
  "arn:aws:s3:::bucket",
  "arn:aws:s3:::bucket/*",
  "arn:aws:s3:::bucket/home/${aws:username}/*",
];
const conditions: readonly Statement["Condition"][] = [
  undefined,
  undefined,
  { StringEquals: { "ec2:ResourceTag/env": "dev" } },
  { StringLike: { "s3:prefix": ["home/*", "pub/*"] } },
  { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
  { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  { "ForAnyValue:StringLike": { "aws:TagKeys": "cost*" } },
];

/** Statements before and after the change. */
export function mutatedPairs(
  count: number,
  below: Below,
): readonly (readonly [readonly Statement[], readonly Statement[]])[] {
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const statement = (): Statement => {
    const condition = pick(conditions);
    return {
      Effect: below(5) === 0 ? "Deny" : "Allow",
      Action: [pick(actions), pick(actions)],
      Resource: pick(resources),
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  };
  const mutate = (statements: readonly Statement[]): readonly Statement[] =>
    statements.flatMap((one, index) => {
      if (index !== 0) return [one];
      const kind = below(6);
      if (kind === 0) return [];
      if (kind === 1) return [{ ...one, Effect: one.Effect === "Allow" ? "Deny" : "Allow" }];
      if (kind === 2) return [{ ...one, Action: pick(actions) }];
      if (kind === 3) return [{ ...one, Resource: pick(resources) }];
      const { Condition: _, ...rest } = one;
      return [kind === 4 ? rest : { ...one, Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }];
    });
  return Array.from({ length: count }, () => {
    const original = Array.from({ length: 2 + below(5) }, statement);
    return [
      [...original, statement()],
      [...mutate(original), statement()],
    ] as const;
  });
}
