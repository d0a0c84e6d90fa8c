/** Files of assertions: what is wrong with them is told at its place. */
import { describe, expect, it } from "vitest";
import { read } from "./prove-kit.js";

const one = (assertion: object) => ({ assertions: [assertion] });

describe("a file of assertions", () => {
  it.each([
    [[], "1:1 must be an object, not a list"],
    [{}, "1:1 missing member `assertions`"],
    [{ assertions: [] }, "1:15 assertions: must not be empty: nothing would be proved"],
    [one({ id: "a", never: "allowed", nevr: 1 }), "1:44 assertions[0]: unknown member `nevr`: did you mean `never`?"],
    [
      one({ id: "a" }),
      "1:16 assertions[0]: needs a claim: one of `never`, `always`, `notGranted`, `notPublic`, `noNewAccess`, `equivalent`",
    ],
    [one({ id: "a", never: "denied" }), "1:34 assertions[0].never: must be `allowed`, not `denied`"],
    [
      one({ id: "a", never: "allowed", always: "allowed" }),
      "1:53 assertions[0].always: an assertion has one claim, and this one has `never`",
    ],
    [
      one({ id: "a", never: "allowed", actions: [] }),
      "1:54 assertions[0].actions: must not be empty: nothing would be asked",
    ],
    [one({ id: "a", never: "allowed", actions: "s3:*" }), "1:54 assertions[0].actions: must be a list, not a string"],
    [
      one({ id: "a", never: "allowed", actions: ["GetObject"] }),
      "1:55 assertions[0].actions[0]: `GetObject` is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)",
    ],
    [
      one({ id: "a", never: "allowed", resources: ["bucket"] }),
      "1:57 assertions[0].resources[0]: `bucket` is no ARN, no pattern of ARNs and not `*` (RES-1)",
    ],
    [
      one({ id: "a", never: "allowed", principals: "nobody" }),
      "1:57 assertions[0].principals: must be `everyone` or `anonymous` or an object, not `nobody`",
    ],
    [
      one({ id: "a", never: "allowed", principals: { outside: "world" } }),
      "1:68 assertions[0].principals.outside: must be `organization` or `account`, not `world`",
    ],
    [
      one({ id: "a", never: "allowed", context: { MFA: true } }),
      "1:55 assertions[0].context: `MFA` is no condition key, which has a colon, and not `without` or `closed`",
    ],
    [
      one({ id: "a", never: "allowed", context: { "aws:SourceIp": "everywhere" } }),
      "1:70 assertions[0].context: `everywhere` is no IP address (CTX-16)",
    ],
    [
      one({ id: "a", never: "allowed", context: { "aws:CurrentTime": ["2026-03-01", "2026-03-02"] } }),
      "1:73 assertions[0].context: `aws:CurrentTime` has one value, not 2",
    ],
    [
      one({ id: "a", never: "allowed", context: { "aws:PrincipalArn": null } }),
      "1:74 assertions[0].context: `aws:PrincipalArn` follows from principal or resource, and is there or not (CTX-1)",
    ],
    [
      one({ id: "a", noNewAccess: { than: "x", actions: ["*"] }, actions: ["*"] }),
      "1:79 assertions[0].actions: `actions` is given in `noNewAccess` as well, at a.json:1:62",
    ],
    [
      one({ id: "a", notPublic: ["*"], principals: "everyone" }),
      "1:57 assertions[0].principals: `notPublic` is about strangers: it takes no `principals`",
    ],
    [
      '{"assertions":[{"id":"a","never":"allowed"},{"id":"a","never":"allowed"}]}',
      "1:45 assertion `a` is given twice: first at a.json:1:16",
    ],
    ['{"assertions":[{"id":"a","id":"b"}]}', undefined],
  ])("is refused with its place: %j", (file, said) => {
    const { assertions, findings } = read(file);
    expect(assertions).toBeUndefined();
    if (said !== undefined) expect(findings).toEqual([said]);
  });

  it("is refused however deep or long what it holds is", () => {
    expect(read(`${"[".repeat(100_000)}`).assertions).toBeUndefined();
    const nested = `{"assertions":[{"id":"a","never":"allowed","principals":${'{"except":'.repeat(70)}"anonymous"${"}".repeat(70)}}]}`;
    expect(read(nested).assertions).toBeUndefined();
  });

  it("takes null as the absence of a key", () => {
    const [first] =
      read(one({ id: "a", never: "allowed", context: { "aws:SourceIp": null, closed: true } })).assertions ?? [];
    expect(first?.scope).toMatchObject({ without: ["aws:SourceIp"], closed: true });
  });
});
