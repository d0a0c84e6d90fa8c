// The cause of a difference where the session or the owner of the resource limits the call.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { CallJudge } from "../../src/evidence/cloudtrail/judge-calls.js";
import { namesOfSet } from "../../src/evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../../src/evidence/cloudtrail/questions-of-event.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import type { Catalogue } from "../../src/validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const account = "111111111111";
const role = `arn:aws:iam::${account}:role/R`;
const policy = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string, more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });
const deny = (Action: string, more: object = {}) => ({ Effect: "Deny", Action, Resource: "*", ...more });
const ifTagged = (value: string) => ({ Condition: { StringEquals: { "s3:ExistingObjectTag/class": value } } });

const built = buildPolicySet([
  sourceText(
    "set.json",
    JSON.stringify({
      roles: [
        {
          arn: role,
          trustPolicy: policy({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }),
          inlinePolicies: [
            {
              name: "own",
              document: policy(
                allow("s3:GetObject"),
                allow("sqs:ReceiveMessage"),
                allow("sns:Publish", { Condition: { StringEquals: { "aws:PrincipalTag/team": "blue" } } }),
              ),
            },
          ],
        },
      ],
      resources: [{ arn: "arn:aws:s3:::depot", account }],
    }),
  ),
]);

let set: PolicySet;
let engine: Engine;
let catalogue: Catalogue | undefined;
beforeAll(async () => {
  if (!built.ok) throw new Error(built.findings[0]?.message);
  set = built.policySet;
  catalogue = await loadWholeCatalogue();
  engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(set);
});
afterAll(() => engine.close());

/** What AWS says that a session may do at most, or that it is called. */
interface Session {
  readonly policy?: object;
  readonly policyArns?: readonly object[];
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

type Call = readonly [source: string, eventName: string, parameters: object | null, more?: object];

/** What is said of calls in sessions, with one judge for all of them. */
function judged(...calls: readonly (readonly [Session, Call])[]) {
  const judge = new CallJudge({
    set,
    catalogue,
    decide: (question, nowMs) => engine.decide(question, { nowMs }),
    allows: (question, nowMs) => engine.allows(question, { nowMs }),
  });
  const reader = new EventReader(catalogue, namesOfSet(set));
  return calls.map(([{ policy: own, ...rest }, [source, eventName, requestParameters, more]], index) => {
    const base = {
      eventTime: "2026-03-01T10:00:00Z",
      eventType: "AwsApiCall",
      awsRegion: "eu-west-1",
      recipientAccountId: account,
    };
    const accessKeyId = `ASIA${index}`;
    reader.read({
      ...base,
      eventID: `begin-${index}`,
      eventSource: "sts.amazonaws.com",
      eventName: "AssumeRole",
      userIdentity: { type: "AWSAccount", accountId: account },
      requestParameters: { roleArn: role, ...rest, ...(own === undefined ? {} : { policy: JSON.stringify(own) }) },
      responseElements: { credentials: { accessKeyId } },
    });
    const call = reader.read({
      ...base,
      eventID: `call-${index}`,
      eventSource: `${source}.amazonaws.com`,
      eventName,
      userIdentity: { type: "AssumedRole", arn: `arn:aws:sts::${account}:assumed-role/R/s`, accessKeyId },
      requestParameters,
      ...more,
    });
    if (call.kind !== "call") throw new Error(call.why);
    const { agrees, decision, cause } = judge.judge(call);
    return [agrees, decision, cause];
  });
}

const get = (more: object = {}): Call => ["s3", "GetObject", { bucketName: "depot", key: "a.txt" }, more];
const denied = { errorCode: "AccessDenied" };
const deniedBy = (layer: string) => ({
  ...denied,
  errorMessage: `… is not authorized to perform: s3:GetObject because no ${layer} allows the s3:GetObject action`,
});

describe("CallJudge", () => {
  it("says that the set decides otherwise where the session's policies refuse whatever a record leaves open", () => {
    expect(judged([{ policy: policy(allow("s3:ListBucket")) }, get()])).toEqual([[false, "implicitDeny", "engine"]]);
  });

  it("finds keys that the record does not tell in the session's policies too", () => {
    const onlyOpen = { policy: policy(allow("s3:*", ifTagged("open"))) };
    const notSecret = { policy: policy(allow("s3:*"), deny("s3:*", ifTagged("secret"))) };
    expect(judged([onlyOpen, get()], [notSecret, get(denied)])).toEqual([
      [false, "implicitDeny", "contextMissing"],
      [false, "allowed", "contextMissing"],
    ]);
  });

  it("tells sessions of one role apart by their policies", () => {
    const open: Session = { policy: policy(allow("s3:*", ifTagged("open"))) };
    const closed: Session = { policy: policy(allow("s3:ListBucket")) };
    const free: Session = {};
    const have = judged([open, get()], [closed, get()], [free, get(denied)], [closed, get()], [open, get()]);
    expect(have.map(([, , cause]) => cause)).toEqual([
      "contextMissing",
      "engine",
      "engine",
      "engine",
      "contextMissing",
    ]);
  });

  it("counts what a session's policies say of resources that the record does not tell", () => {
    const receive = (more: object): Call => ["sqs", "ReceiveMessage", null, more];
    const closed = { policy: policy(allow("s3:*")) };
    expect(judged([{}, receive({})], [closed, receive(denied)], [closed, receive({})])).toEqual([
      [true, null, undefined], // queues and topics of other accounts are not allowed
      [true, "implicitDeny", undefined],
      [false, "implicitDeny", "engine"],
    ]);
  });

  it("counts a session's tags for resources that the record does not tell", () => {
    const publish = (more: object): Call => ["sns", "Publish", null, more];
    const blue = { tags: [{ key: "team", value: "blue" }] };
    expect(judged([blue, publish({})], [{}, publish(denied)])).toEqual([
      [true, null, undefined],
      [true, "implicitDeny", undefined],
    ]);
  });

  it("misses a session's policy only where its text is not in the record", () => {
    const known = { policy: policy(allow("s3:*")) };
    const byArn = { policyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }] };
    const have = judged(
      [known, get(deniedBy("session policy"))],
      [byArn, get(deniedBy("session policy"))],
      [{}, get(deniedBy("session policy"))],
    );
    expect(have.map(([, , cause]) => cause)).toEqual(["engine", "policyMissing", "policyMissing"]);
  });

  it("misses the policy of another account's resource", () => {
    const resources = [{ ARN: "arn:aws:s3:::theirs/a.txt", accountId: "222222222222", type: "AWS::S3::Object" }];
    const theirs: Call = ["s3", "GetObject", { bucketName: "theirs", key: "a.txt" }, { resources }];
    expect(judged([{}, theirs])).toEqual([[false, "implicitDeny", "policyMissing"]]);
  });
});
