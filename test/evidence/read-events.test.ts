/** Records out of bytes: whatever pieces they come in, they are what a reader of JSON makes of them. */
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ReadEvents, readEventsOf } from "../../src/evidence/cloudtrail/read-events.js";
import type { JsonObject } from "../../src/text/json-object.js";
import { Random } from "../kit/random.js";
import { TrailWorld } from "../kit/trail-world.js";

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Took {
  readonly events: JsonObject[];
  readonly causes: string[];
}

async function read(text: string, size = 1 << 16): Promise<Took> {
  return readBytes(inPieces(text, size));
}

async function readBytes(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Took> {
  const events: JsonObject[] = [];
  const causes: string[] = [];
  const take = (one: ReadEvents): void => {
    if (one.kind === "events") events.push(...one.events);
    else causes.push(`${one.line ?? ""}${one.cause}`);
  };
  for await (const one of readEventsOf("trail.json", Readable.from(pieces))) take(one);
  return { events, causes };
}

/** What is looked at of a record. */
const kept = ["eventID", "eventName", "eventTime", "userIdentity", "requestParameters", "resources", "tlsDetails"];
const facts = (event: JsonObject): unknown[] => kept.map((name) => event[name]);

const records: JsonObject[] = [...new TrailWorld({ seed: 7, principals: 9 }).calls(60)].map(({ record }) => record);
const odd: JsonObject = {
  eventType: "AwsApiCall",
  eventID: 'quo"te \\ \n ünï 😀 \u2028',
  eventName: "GetObject",
  userIdentity: { arn: 'a}]{["', list: [1, -2.5e3, true, null, { a: [] }] },
  requestParameters: { "k\\ey": "}", empty: {}, none: null },
  resources: [],
};
const spaced = JSON.stringify(odd, undefined, 3);

describe("readEventsOf()", () => {
  it.each([1, 7, 1000, 1 << 16])("gives the same records in pieces of %i bytes", async (size) => {
    const all = [...records.slice(0, size === 1 ? 5 : 60), odd];
    const want = all.map(facts);
    const forms = [
      JSON.stringify({ Records: all }),
      `\ufeff ${JSON.stringify(all)}\n`,
      `{ "Records" :\n[ ${all.map((one) => JSON.stringify(one, undefined, 1)).join(" ,\n")} ] , "more": 1 }`,
      `${all.map((one) => JSON.stringify(one)).join("\r\n")}\n\n`,
    ];
    for (const form of forms) {
      const { events, causes } = await read(form, size);
      expect(causes).toEqual([]);
      expect(events.map(facts)).toEqual(want);
    }
  });

  it("keeps the answers of calls that give out credentials or refuse in them, and the rest of none", async () => {
    const answer = { credentials: { accessKeyId: "ASIA1" } };
    const refusal = { message: "User: x is not authorized to perform: y" };
    const of = (eventSource: string, responseElements: object): object => ({
      responseElements,
      eventName: "A",
      eventSource,
    });
    const list = [of("sts.amazonaws.com", answer), of("x.amazonaws.com", refusal), of("x.amazonaws.com", answer)];
    const { events } = await read(JSON.stringify({ Records: list }));
    expect(events.map(({ responseElements }) => responseElements)).toEqual([answer, refusal, undefined]);
  });

  it("takes records out of what wraps them", async () => {
    const [one, two] = records;
    const wrapped = [{ CloudTrailEvent: JSON.stringify(one) }, { version: "0", detail: two }, { other: 1 }];
    const { events } = await read(JSON.stringify(wrapped));
    expect(events.map(facts)).toEqual([one, two].map((record) => facts(record ?? {})));
  });

  it.each([
    ["a list that breaks off", JSON.stringify({ Records: records }).slice(0, -2), "is no JSON"],
    ["a record that breaks off", JSON.stringify({ Records: records }).slice(0, -40), "is no JSON"],
    ["something behind the list", `${JSON.stringify(records)}x`, "is no JSON"],
    ["a list with something else", '[{"eventName":"A"},7]', "is no JSON"],
    ["a broken value", '[{"eventName":"A","userIdentity":{"a":tru}}]', "is no JSON"],
    ["a record without commas", '[{"eventName":"A" "eventID":"1"}]', "is no JSON"],
    ["no records", '{"Records":7}', "holds no records of CloudTrail"],
    ["a broken line", `{"eventName":"A"}\n{"eventName"\n{"eventName":"B"}\n`, "2no record of CloudTrail"],
  ])("says of %s that it cannot be read", async (_, text, cause) => {
    for (const size of [5, 1 << 16]) expect((await read(text, size)).causes).toEqual([cause]);
  });

  it.each(["utf16le", "be"] as const)("says that a text is in UTF-16 (%s)", async (order) => {
    const bytes = Buffer.from(JSON.stringify({ Records: records.slice(0, 3) }), "utf16le");
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]);
    for (const one of [bytes, marked]) {
      const text = order === "be" ? Buffer.from(one).swap16() : one;
      expect(await readBytes([text])).toEqual({ events: [], causes: ["is written in UTF-16: save it as UTF-8"] });
    }
  });

  it("leaves out records that are not UTF-8, which would tell of other callers, and says how many", async () => {
    const [one, two] = [
      { ...odd, eventID: "1" },
      { ...odd, eventID: "2" },
    ];
    const broken = JSON.stringify({ ...odd, eventID: "3", userIdentity: { arn: "arn:aws:iam::1:user/ren!" } });
    const spoilt = (text: string): Buffer => {
      const bytes = Buffer.from(text);
      for (let at = bytes.indexOf("ren!"); at >= 0; at = bytes.indexOf("ren!", at)) bytes[at + 3] = 0xe9;
      return bytes;
    };
    const texts = [JSON.stringify(one), broken, JSON.stringify(two), broken];
    const forms = [
      [`{"Records":[${texts.join(",")}]}`, "2 records are not UTF-8 and left out"],
      [texts.join("\n"), "2 records are not UTF-8 and left out"],
      [
        `{\n"Records":[${JSON.stringify({ CloudTrailEvent: broken })},${texts[0]},${texts[2]}]}`,
        "1 record is not UTF-8 and left out",
      ],
    ] as const;
    for (const [form, cause] of forms) {
      const bytes = spoilt(form);
      for (const size of [3, 1 << 16]) {
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const { events, causes } = await readBytes(pieces);
        expect({ causes, ids: events.map(({ eventID }) => eventID) }).toEqual({ causes: [cause], ids: ["1", "2"] });
      }
    }
    expect(await readBytes([spoilt(`{\n"Event":${broken}}`)])).toEqual({ events: [], causes: ["is not UTF-8"] });
  });

  it("takes what is whole of compressed records that break off, and says so once", async () => {
    const forms = [JSON.stringify({ Records: records }), records.map((one) => JSON.stringify(one)).join("\n")];
    for (const form of forms) {
      const bytes = gzipSync(form);
      const { events, causes } = await readBytes([bytes.subarray(0, bytes.length - 600)]);
      expect(causes).toEqual(["breaks off"]);
      expect(events.length).toBeGreaterThan(10);
      expect(events.map(facts)).toEqual(records.slice(0, events.length).map(facts));
    }
  });

  it("is as JSON is, whatever byte is changed: the same records, or a cause", async () => {
    const random = new Random(20261130);
    const text = `[${JSON.stringify(odd)},${spaced}]`;
    for (let round = 0; round < 300; round++) {
      const at = random.below(text.length);
      const other = text.slice(0, at) + random.pick([...'{}[],:"\\ 0a']) + text.slice(at + 1);
      // Half of a pair of units is nothing that bytes can say.
      const changed = Buffer.from(other).toString();
      let want: unknown;
      try {
        want = JSON.parse(changed);
      } catch {
        want = undefined;
      }
      const { events, causes } = await read(changed, random.between(1, 80));
      // Members that nobody looks at may be broken, which is no harm; what is looked at is as JSON says.
      if (!Array.isArray(want)) continue;
      expect(causes, changed).toEqual([]);
      const named: JsonObject[] = want.filter(
        (one) => typeof one.eventName === "string" || one.eventType !== undefined,
      );
      expect(events.map(facts), changed).toEqual(named.map(facts));
    }
  });
});
