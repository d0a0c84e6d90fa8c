/** Policies, tags and public access blocks of resources as AWS's command line prints them. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import type { ResourceFact } from "./evidence.js";
import { stemOf } from "./origin.js";
import { accountsOfArns, documentIn, isTruncated, objectsOf, type Recogniser, textOf } from "./recognised.js";

/** A resource's policy: `s3api get-bucket-policy`, `kms get-key-policy`, `sqs get-queue-attributes`, `secretsmanager get-resource-policy` … */
export const resourcePolicy: Recogniser = (value, { file }, evidence) => {
  const found = policyIn(value);
  if (found === undefined) return undefined;
  const arn = found.arn ?? arnOfDocument(found.policy) ?? arnOfName(file, found.policy);
  return {
    kind: "resource policy",
    accounts: [...new Set([...(found.owner === undefined ? [] : [found.owner]), ...accountsOfArns([arn])])],
    entries: 1,
    take: (from) => {
      if (arn === undefined) {
        const text = "a policy of a resource that neither the policy nor the file's name tells: name the file after it";
        evidence.problems.push({ file, kind: "incomplete", account: from.account, text });
      } else {
        const account = found.owner ?? from.account;
        evidence.resources.push({ ...from, account, arn, policy: found.policy });
      }
    },
  };
};

function policyIn(value: JsonObject): { policy: JsonObject; arn: string | undefined; owner?: string } | undefined {
  const attributes = value.Attributes;
  if (isJsonObject(attributes)) {
    const policy = documentIn(attributes.Policy);
    const arn = textOf(attributes.QueueArn) ?? textOf(attributes.TopicArn);
    if (policy === undefined) return undefined;
    const owner = textOf(attributes.Owner);
    return { policy, arn, ...(owner === undefined ? {} : { owner }) };
  }
  for (const member of ["Policy", "ResourcePolicy", "policyText", "resourcePolicy", "policy"]) {
    const policy = documentIn(value[member]);
    if (policy === undefined) continue;
    const [registry, repository] = [textOf(value.registryId), textOf(value.repositoryName)];
    const arn = [value.ARN, value.Arn, value.arn, value.ResourceArn, value.resourceArn, value.SecretArn]
      .map(textOf)
      .find((one) => one !== undefined);
    return { policy, arn, ...(registry === undefined || repository === undefined ? {} : { owner: registry }) };
  }
  return undefined;
}

/** The one resource that the statements of a policy name. Objects of a bucket lie in it. */
export function arnOfDocument({ Statement }: JsonObject): string | undefined {
  const found = new Set<string>();
  const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  for (const statement of statements) {
    if (!isJsonObject(statement)) continue;
    const { Resource } = statement;
    const texts: readonly unknown[] = Array.isArray(Resource) ? Resource : [Resource];
    for (const text of texts) {
      if (typeof text !== "string" || text === "*") continue;
      const fields = text.split(":");
      const rest = fields.slice(5).join(":");
      const name = fields[2] === "s3" ? (rest.split("/")[0] ?? "") : rest.replace(/[/:]\*$/, "");
      found.add([...fields.slice(0, 5), name].join(":"));
    }
  }
  const [arn, second] = found;
  return second === undefined && arn !== undefined && /^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^*?]+$/.test(arn)
    ? arn
    : undefined;
}

/** The resource that a file is named after: `bucket-NAME`, `s3-NAME`, or the id of a key beside its region. */
function arnOfName(file: string, policy: JsonObject): string | undefined {
  const stem = stemOf(file);
  const key = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}/.exec(stem)?.[0];
  const region = /(?<![a-z])(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-[1-9])(?![0-9])/.exec(file)?.[0];
  const account = accountsOfArns(JSON.stringify(policy).match(/arn:aws[a-z-]*:iam::[0-9]{12}:root/g) ?? []);
  const [owner, second] = account;
  if (key !== undefined && region !== undefined && owner !== undefined && second === undefined) {
    return `arn:aws:kms:${region}:${owner}:key/${key}`;
  }
  return bucketOfName(file);
}

/** The bucket that a file is named after. */
function bucketOfName(file: string): string | undefined {
  const name = /^(?:get-)?(?:bucket|s3)(?:-policy|-tagging|-tags|-public-access-block)?[-_.](?=[a-z0-9])(.+)$/.exec(
    stemOf(file),
  )?.[1];
  return name !== undefined && /^[a-z0-9][a-z0-9.-]{2,62}$/.test(name) ? `arn:aws:s3:::${name}` : undefined;
}

/** `s3api get-public-access-block`, of the bucket that the file is named after. */
export const publicAccessBlock: Recogniser = (value, { file }, evidence) => {
  const block = value.PublicAccessBlockConfiguration;
  if (!isJsonObject(block)) return undefined;
  const arn = bucketOfName(file);
  return {
    kind: "public access block",
    accounts: [],
    entries: 1,
    take: (from) => {
      // Of a whole account, its name is an account's or nothing: `s3control` prints the same.
      const whole = from.account === undefined ? undefined : `arn:aws:s3::${from.account}:account`;
      const about = arn ?? whole;
      if (about !== undefined) evidence.resources.push({ ...from, arn: about, publicAccessBlock: block });
      else {
        const text =
          "a public access block of a bucket that the file's name does not tell: name the file bucket-NAME.json";
        evidence.problems.push({ file, kind: "incomplete", text });
      }
    },
  };
};

/** `resourcegroupstaggingapi get-resources`, or the tags of a bucket. */
export const resourceTags: Recogniser = (value, { file }, { resources }) => {
  const mapped = objectsOf(value.ResourceTagMappingList);
  const bucket = mapped === undefined ? bucketOfName(file) : undefined;
  const own = objectsOf(value.TagSet);
  const facts: readonly Pick<ResourceFact, "arn" | "tags">[] | undefined =
    mapped?.flatMap(({ ResourceARN, Tags }) => {
      const arn = textOf(ResourceARN);
      return arn === undefined ? [] : [{ arn, tags: tagsIn(Tags) }];
    }) ?? (bucket === undefined || own === undefined ? undefined : [{ arn: bucket, tags: tagsIn(own) }]);
  if (facts === undefined) return undefined;
  return {
    kind: "resource tags",
    accounts: accountsOfArns(facts.map(({ arn }) => arn)),
    entries: facts.length,
    isTruncated: isTruncated(value),
    take: (from) => {
      for (const fact of facts) {
        resources.push({ ...from, account: accountsOfArns([fact.arn])[0] ?? from.account, ...fact });
      }
    },
  };
};

/** Tags as a list of objects or as one object. */
export function tagsIn(value: unknown): readonly { readonly key: string; readonly value: string }[] {
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, text]) => (typeof text === "string" ? [{ key, value: text }] : []));
  }
  return (objectsOf(value) ?? []).flatMap((tag) => {
    const key = textOf(tag.Key) ?? textOf(tag.key) ?? textOf(tag.TagKey);
    const text = [tag.Value, tag.value, tag.TagValue].find((one) => typeof one === "string");
    return key === undefined || typeof text !== "string" ? [] : [{ key, value: text }];
  });
}
