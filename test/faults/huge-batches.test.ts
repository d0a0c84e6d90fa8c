/** Row 20 of the battery: a million questions in one message are refused before they are read; on a stream they are answered. */
import { connect } from "node:http2";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { callHeaders } from "../kit/http2-frames.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { allowedQuestion, until } from "../kit/serving.js";
import { Attacked } from "./attacked.js";
import { extent } from "./extent.js";

const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");
const million = 1_000_000;
const { principal, action, resource, context } = allowedQuestion;
const elsewhere = "arn:aws:s3:::elsewhere/x";

let server: Attacked;
beforeAll(async () => {
  server = await Attacked.start();
});
afterAll(() => server.stop());

describe("a million questions in one message", () => {
  it.each<[string, () => Buffer, RegExp]>([
    [
      "that take nothing but their defaults",
      () => repeated(Buffer.from([0x12, 0])),
      /^batch: more than 100000 questions/,
    ],
    ["as rows of a table", tableOfAMillion, /^batch: more than 100000 questions/],
    ["written out", () => repeated(written()), /^Received message larger than max/],
  ])("%s are refused early", async (name, message, details) => {
    const bytes = message();
    const heard = await server.survives(`a million questions ${name}`, async ({ address }) => {
      const client = new AuthorizationClient(address);
      const answers = [];
      for (let times = 0; times < extent(2, 10); times++) answers.push(await client.send("BatchAuthorize", bytes));
      client.close();
      return answers;
    });
    for (const answer of heard) {
      expect(answer).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringMatching(details) });
    }
  });
});

describe("a million questions on one stream", () => {
  it("are answered in order, and no faster than the answers are taken", async () => {
    const perMessage = 5000;
    const messages = extent(40, million / perMessage);
    const questions = Array.from({ length: perMessage }, (_, i) => (i % 3 === 0 ? elsewhere : resource));
    const message = requestSerialize({
      requests: questions.map((one) => ({ resource: one })),
      defaults: { principal, action, context },
      detail: "OUTCOME",
    });
    const right = questions.map((one) => (one === elsewhere ? "IMPLICIT_DENY" : "ALLOWED"));
    await server.survives(`${messages * perMessage} questions on a stream`, async ({ address }) => {
      const session = connect(`http://${address}`, {
        settings: { initialWindowSize: 8192 },
        maxSessionMemory: 1000,
      });
      const stream = session.request(callHeaders("/verdict.v1.AuthorizationService/StreamAuthorize"));
      const failed = new Promise<never>((_, reject) => {
        stream.on("error", reject);
        session.on("error", reject);
      });
      let unread = Buffer.alloc(0);
      let taken = 0;
      stream.pause();
      for (let count = 0; count < messages; count++) stream.write(prefixed(message));
      stream.end();
      // Nobody takes answers: the server soon takes no further questions either.
      await until(() => session.socket.bytesWritten > 0, "the first questions");
      let before = -1;
      for (let still = 0; still < 5; ) {
        const sent = session.socket.bytesWritten;
        still = sent === before ? still + 1 : 0;
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      console.log(`faults: ${before} of ${messages * message.length} bytes were taken`);
      expect(before).toBeLessThan((messages * message.length) / 2);
      stream.on("data", (chunk: Buffer) => {
        unread = Buffer.concat([unread, chunk]);
        while (unread.length >= 5 && unread.length >= 5 + unread.readUInt32BE(1)) {
          const end = 5 + unread.readUInt32BE(1);
          const answer = responseDeserialize(unread.subarray(5, end));
          unread = unread.subarray(end);
          expect(answer).toMatchObject({ outcomes: right });
          taken++;
        }
      });
      stream.resume();
      const ended = new Promise<unknown>((resolve) =>
        stream.on("trailers", (trailers) => resolve(trailers["grpc-status"])),
      );
      expect(await Promise.race([ended, failed])).toBe("0");
      session.close();
      expect(taken).toBe(messages);
    });
  });
});

/** A million requests of the same bytes. */
function repeated(one: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(million * one.length, one), requestSerialize({ defaults: allowedQuestion })]);
}

function written(): Buffer {
  return requestSerialize({ requests: [{ principal, action, resource }] });
}

/** Each row names the same four texts in a byte each. */
function tableOfAMillion(): Buffer {
  const rows = Array<number>(million * 4).fill(0);
  return requestSerialize({ table: { principals: [principal], actions: [action], resources: [resource], rows } });
}

function prefixed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
