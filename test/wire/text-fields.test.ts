/** What the host reads of a message that it hands on is what the matcher reads of it. */
import { afterAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { RequestField } from "../../src/wire/authorization-fields.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { nodeText } from "../../src/wire/node-text.js";
import { lastTextField, textFields } from "../../src/wire/text-fields.js";
import { lenientText } from "../../src/wire/wire-format.js";
import { WireError, wireReader } from "../../src/wire/wire-reader.js";
import { WireWriter } from "../../src/wire/wire-writer.js";

const SET = `
accounts: [{ id: "111111111111" }]
roles:
  - arn: arn:aws:iam::111111111111:role/App
    inlinePolicies: [{ name: all, document: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:*", Resource: "*" } } }]
`;
const nothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

const engine = await Engine.start({ workers: 0 });
const built = buildPolicySet([sourceText("set.yaml", SET)], {});
if (!built.ok) throw new Error(JSON.stringify(built.findings));
engine.publish(built.policySet);
afterAll(() => engine.close());

/** A question of a session, with more behind it. */
function question(...rest: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter("mark")
    .text(RequestField.Principal, "arn:aws:sts::111111111111:assumed-role/App/run-1")
    .text(RequestField.Action, "s3:GetObject")
    .text(RequestField.Resource, "arn:aws:s3:::depot/a");
  for (const fields of rest) writer.raw(fields);
  return writer.take();
}

function sessionPolicy(document: string): Uint8Array {
  return new WireWriter("mark").text(RequestField.SessionPolicies, document).take();
}

/** The same field with a tag of five bytes and a bit that does not fit into 32: readers cut it off. */
function withLongTag(field: Uint8Array): Uint8Array {
  const [tag = 0] = field;
  return new Uint8Array([tag | 0x80, 0x80, 0x80, 0x80, 0x10, ...field.subarray(1)]);
}

describe("session policies of a question", () => {
  it.each([
    ["once", [sessionPolicy(nothing)], "explicitDeny"],
    ["under a tag of more than 32 bits", [withLongTag(sessionPolicy(nothing))], "explicitDeny"],
    ["behind another one", [sessionPolicy(everything), withLongTag(sessionPolicy(nothing))], "explicitDeny"],
    ["that allow", [withLongTag(sessionPolicy(everything))], "allowed"],
  ])("%s limit it as the matcher reads them", (_, policies, decision) => {
    expect(decodeResponse(engine.authorize(question(...policies)))).toMatchObject({ decision });
  });

  it("are found under every tag that the matcher takes for theirs", () => {
    const message = question(sessionPolicy("{}"), withLongTag(sessionPolicy("[]")));
    expect(textFields(message, RequestField.SessionPolicies)).toEqual(["{}", "[]"]);
    expect(lastTextField(message, RequestField.SessionPolicies)).toBe("[]");
  });
});

describe("wireReader()", () => {
  it("refuses a tag of more than 32 bits where two readers could differ", () => {
    const read = (strictness: "strict" | "lenient"): number => {
      const reader = wireReader(withLongTag(sessionPolicy("{}")), strictness);
      reader.next();
      return reader.field;
    };
    expect(read("lenient")).toBe(RequestField.SessionPolicies);
    expect(() => read("strict")).toThrow(new WireError("a tag of more than 32 bits"));
  });

  it.each([
    ["ASCII", "arn:aws:iam::1:user/a"],
    ["an umlaut", "ä"],
    ["a byte order mark", "\ufeffa"],
    ["a replacement character that was sent", "\ufffd"],
    ["four bytes", "🍋"],
  ])("reads %s alike, cut or not", (_, text) => {
    const bytes = new WireWriter("mark").text(RequestField.Principal, "p").text(RequestField.Action, text).take();
    for (const strictness of ["strict", "lenient", "noting"] as const) {
      for (const texts of ["cut", lenientText, nodeText] as const) {
        const reader = wireReader(bytes, strictness, texts);
        reader.next();
        reader.next();
        expect([reader.text(), reader.validText(), reader.takeBadText()]).toEqual([text, text, false]);
      }
    }
  });

  it.each([
    ["a continuation byte alone", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a cut-off character", [0xe2, 0x82]],
  ])("knows %s for no text", (_, content) => {
    const bytes = new WireWriter("mark").content(RequestField.Action, new Uint8Array(content)).take();
    const at = (strictness: "strict" | "lenient" | "noting") => {
      const reader = wireReader(bytes, strictness, "cut");
      reader.next();
      return reader;
    };
    expect(() => at("strict").text()).toThrow(new WireError("a text is not valid UTF-8"));
    expect(at("lenient").text()).toContain("\ufffd");
    const noting = at("noting");
    expect([noting.text(), noting.takeBadText(), noting.takeBadText()]).toEqual([at("lenient").text(), true, false]);
    expect(at("lenient").validText()).toBeUndefined();
  });
});

describe("WireWriter", () => {
  it("refuses half a surrogate pair or marks it as no text, and writes whole pairs", () => {
    expect(() => new WireWriter("refuse").text(RequestField.Action, "\ud83c")).toThrow("half a surrogate pair");
    const marked = wireReader(new WireWriter("mark").text(RequestField.Action, "a\ud83c").take(), "lenient");
    marked.next();
    expect(marked.validText()).toBeUndefined();
    const whole = wireReader(new WireWriter("refuse").text(RequestField.Action, "🍋").take(), "strict");
    whole.next();
    expect(whole.text()).toBe("🍋");
  });
});
