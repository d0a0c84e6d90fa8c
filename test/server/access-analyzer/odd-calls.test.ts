// Calls of Access Analyzer that no client of AWS makes: each is refused in AWS's words, none is a failure of ours, and the next is answered.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";

let server: TestHttpServer;

beforeAll(async () => {
  server = await startHttp({ routes: { accessAnalyzer: true } });
});
afterAll(() => server.close());

const policy = (more: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...more },
  });
const policyDocument = policy({});
const policyType = "IDENTITY_POLICY";
const good: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  validation: { policyDocument, policyType },
  "check-no-new-access": { existingPolicyDocument: policyDocument, newPolicyDocument: policyDocument, policyType },
  "check-access-not-granted": { policyDocument, policyType, access: [{ actions: ["s3:PutObject"] }] },
  "check-no-public-access": { policyDocument: policy({ Principal: "*" }), resourceType: "AWS::S3::Bucket" },
};

async function call(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  const { status, headers } = await fetch(`${server.url}/policy/${path}`, init);
  return `${status} ${headers.get("x-amzn-errortype") ?? ""}`.trimEnd();
}

it.each(Object.keys(good))("%s names the member that is missing or of another type", async (path) => {
  const members = good[path] ?? {};
  expect(await call(path, JSON.stringify(members))).toBe("200");
  for (const name of Object.keys(members)) {
    for (const value of [undefined, null, true, 7, [], {}, [[]], [null], [7], "\ud800", { word: 1 }]) {
      const body = JSON.stringify({ ...members, [name]: value });
      const answer = await fetch(`${server.url}/policy/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      // A text that is no policy is what ValidatePolicy is asked about.
      if (path === "validation" && name === "policyDocument" && value === "\ud800") continue;
      expect(answer.headers.get("x-amzn-errortype"), body).toBe("ValidationException");
      expect(await answer.json(), body).toMatchObject({ reason: "fieldValidationFailed", fieldList: [{ name }] });
    }
  }
});

it.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
  ["nothing", "", "400 ValidationException"],
  ["half of an object", "{", "400 ValidationException"],
  ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), "400 ValidationException"],
  ["UTF-16", Buffer.from("{}", "utf16le"), "400 ValidationException"],
  ["lists in lists", "[".repeat(100_000), "400 ValidationException"],
  ["objects in objects", '{"a":'.repeat(100_000), "400 ValidationException"],
  ["lists for a text", `{"policyDocument":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "400 ValidationException"],
  ["the name of a prototype", `{"__proto__":${JSON.stringify(good.validation)}}`, "400 ValidationException"],
  [
    "a type that every object has",
    JSON.stringify({ policyDocument, policyType: "toString" }),
    "400 ValidationException",
  ],
  ["1 MB", JSON.stringify({ policyDocument: " ".repeat(1e6), policyType }), "400 ValidationException"],
  ["10 MB", JSON.stringify({ policyDocument: " ".repeat(1e7), policyType }), "413 ValidationException"],
])("a body of %s is refused", async (_, body, want) => {
  expect(await call("validation", body)).toBe(want);
  expect(await call("validation", JSON.stringify(good.validation))).toBe("200");
});

it.each([
  "maxResults=-1",
  "maxResults=1.5",
  "maxResults=",
  "maxResults=1001",
  "maxResults=99999999999999999999",
  "maxResults=%00",
  "nextToken=",
  "nextToken=%ff",
  `nextToken=${"x".repeat(5000)}`,
])("a query of %s is refused", async (query) => {
  expect(await call(`validation?${query}`, JSON.stringify(good.validation))).toBe("400 ValidationException");
});
