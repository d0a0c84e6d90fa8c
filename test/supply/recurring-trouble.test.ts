// What fails again and again is told once, then rarely, and it is told when all is well again: at every place that tries again.
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import * as jose from "jose";
import { describe, expect, it } from "vitest";
import { KeysUnavailableError, RemoteKeys } from "../../src/access/remote-keys.js";
import { TokenFile } from "../../src/access/token-file.js";
import { SupplyLog } from "../../src/observe/log-supply-event.js";
import type { Logger } from "../../src/observe/logger.js";
import { Tracing } from "../../src/observe/tracing.js";
import { FollowedFiles } from "../../src/supply/followed-files.js";
import { RecurringTrouble } from "../../src/supply/recurring-trouble.js";
import type { SupplyFailureCode } from "../../src/supply/supply-event.js";
import { atEnd, until } from "../kit/serving.js";
import { scratchFolder } from "../kit/supply-fixture.js";

const folder = scratchFolder();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function logger(lines: string[]): Logger {
  const take = (message: string): void => void lines.push(message);
  return { debug() {}, info: take, warn: take, error: take };
}

describe("RecurringTrouble", () => {
  it("is told once, again after an hour, and its end; of different ones eight", () => {
    const lines: string[] = [];
    let nowMs = 0;
    const trouble = new RecurringTrouble(
      (line) => lines.push(line),
      "over",
      () => nowMs,
    );
    const at = (ms: number, message: string): void => {
      nowMs = ms;
      trouble.failed(message);
    };
    for (let times = 0; times < 3; times++) {
      at(0, "a");
      at(1000, "b");
    }
    at(HOUR, "a");
    trouble.succeeded();
    trouble.succeeded();
    at(HOUR, "a");
    expect(lines.splice(0)).toEqual(["a", "b", "a", "over", "a"]);
    for (let number = 0; number < 20; number++) at(HOUR, `${number}`);
    expect(lines).toHaveLength(7);
  });
});

describe("SupplyLog", () => {
  it("tells one failure of many, those with findings each time, and what comes after", () => {
    const lines: string[] = [];
    const log = new SupplyLog(logger(lines), () => 0);
    const status = { name: "default", origin: "bundle", place: "https://o", confirmedAtMs: 0 } as const;
    const fail = (reason: SupplyFailureCode, message: string): void =>
      log.log({ kind: "failed", status, failure: { reason, message, findings: [], atMs: 0 } });
    for (let times = 0; times < 3; times++) fail("network", "down");
    log.log({ kind: "unchanged", status });
    for (let times = 0; times < 2; times++) fail("network", "down");
    for (let times = 0; times < 2; times++) fail("invalid", "1 error");
    expect(lines.map((line) => line.replace("policy set default: ", ""))).toEqual([
      "down",
      "no change",
      "down",
      "1 error",
      "1 error",
    ]);
  });
});

describe("a file that is followed", () => {
  it("is told to be gone once, and to be back, whether or not it has changed", async () => {
    const path = join(folder, "tokens");
    for (const back of ["ci: a-very-good-secret\n", "ci: another-good-secret\n"]) {
      const lines: string[] = [];
      writeFileSync(path, "ci: a-very-good-secret\n");
      const followed = await FollowedFiles.follow([path], () => {}, {
        everyMs: 0,
        onProblem: (line) => lines.push(line),
      });
      rmSync(path);
      for (let look = 0; look < 3; look++) await followed.lookNow();
      writeFileSync(path, back);
      for (let look = 0; look < 3; look++) await followed.lookNow();
      expect(lines).toEqual([`${path}: cannot be read: no such file or directory`, `${path}: can be read again`]);
    }
  });

  it("is told to nobody once the files are looked at no more", async () => {
    const lines: string[] = [];
    const refusals: ((error: Error) => void)[] = [];
    const reader = {
      read: (): Promise<Buffer> => (refusals.length === 0 ? Promise.resolve(Buffer.from("one")) : pending()),
      giveUp() {},
    };
    const pending = () => new Promise<Buffer>((_, reject) => refusals.push(reject));
    const followed = await FollowedFiles.follow(["served.crt"], () => {}, {
      everyMs: 0,
      reader,
      onProblem: (line) => lines.push(line),
    });
    refusals.push(() => {});
    const look = followed.lookNow();
    await until(() => refusals.length === 2, "a reading");
    followed.close();
    for (const refuse of refusals) refuse(new Error("looked at no more"));
    await look;
    expect(lines).toEqual([]);
  });

  it("of tokens is told the same way", async () => {
    const path = join(folder, "more tokens");
    const lines: string[] = [];
    writeFileSync(path, "ci: a-very-good-secret\n");
    const file = await TokenFile.open(path, { everyMs: 5, onProblem: (line) => lines.push(line) });
    rmSync(path);
    await until(() => lines.length === 1, "that it is gone");
    writeFileSync(path, "ci: a-very-good-secret\n");
    await until(() => lines.length === 2, "that it is back");
    expect(lines[1]).toBe(`${path}: can be read again`);
    expect(file.verify("a-very-good-secret")).toBe("token:ci");
    file.close();
  });
});

describe("keys that are fetched", () => {
  async function fetched() {
    const { publicKey, privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
    const keySet = JSON.stringify({ keys: [{ ...(await jose.exportJWK(publicKey)), kid: "one", alg: "ES256" }] });
    const token = await new jose.SignJWT({}).setProtectedHeader({ alg: "ES256", kid: "one" }).sign(privateKey);
    const state = { nowMs: 0, requests: 0, answer: (response: ServerResponse): unknown => response.end(keySet) };
    const origin = createServer((_, response) => {
      state.requests++;
      state.answer(response);
    });
    await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
    atEnd(() => origin.close());
    const lines: string[] = [];
    const { port } = origin.address() as AddressInfo;
    const options = { onProblem: (line: string) => void lines.push(line), nowMs: () => state.nowMs };
    const keys = new RemoteKeys(jose, new URL(`http://127.0.0.1:${port}/`), options);
    return { state, lines, keySet, verify: () => jose.jwtVerify(token, keys.get) };
  }

  it("are used for a day while the origin is down, which is told once, and that it is back", async () => {
    const { state, lines, keySet, verify } = await fetched();
    await verify();
    state.answer = (response) => response.writeHead(503).end();
    for (const minutes of [11, 12, 30]) {
      state.nowMs = minutes * MINUTE;
      await verify();
    }
    expect(lines).toEqual(["--jwks: the origin answers 503"]);
    state.nowMs = 24 * HOUR;
    await expect(verify()).rejects.toThrow(KeysUnavailableError);
    state.answer = (response) => response.end(keySet);
    state.nowMs += MINUTE;
    await verify();
    expect(lines.slice(-1)).toEqual(["--jwks: the keys can be fetched again"]);
  });

  it("are not asked for at every token while the origin is down", async () => {
    const { state, verify } = await fetched();
    await verify();
    state.answer = (response) => response.writeHead(503).end();
    state.nowMs = 11 * MINUTE;
    for (let times = 0; times < 20; times++) await verify();
    expect(state.requests).toBe(2);
  });

  it("are bounded in size, however the origin goes on", async () => {
    const { state, lines, verify } = await fetched();
    let sent = 0;
    let isClosed = false;
    state.answer = (response) => {
      const more = (): void => {
        for (let free = true; free && !isClosed; sent += 65_536) free = response.write(Buffer.alloc(65_536, " "));
      };
      response.on("drain", more).on("close", () => {
        isClosed = true;
      });
      more();
    };
    await expect(verify()).rejects.toThrow(KeysUnavailableError);
    expect(lines).toEqual(["--jwks: the body has more than 1048576 bytes"]);
    await until(() => isClosed, "the end of the connection");
    expect(sent).toBeLessThan(64 << 20);
  });
});

describe("spans that nobody takes", () => {
  it("are told once, and that they are taken again", async () => {
    const lines: string[] = [];
    let batches = 0;
    const state = { isUp: false };
    const exporter: SpanExporter = {
      export: (_, done) => {
        batches++;
        done(state.isUp ? { code: 0 } : { code: 1, error: new Error("refused") });
      },
      shutdown: () => Promise.resolve(),
    };
    const tracing = new Tracing({ version: "1", logger: logger(lines), exporter });
    const batch = async (): Promise<void> => {
      const before = batches;
      for (let span = 0; span < 512; span++) tracing.begin("m", undefined, undefined).end("OK");
      await until(() => batches > before, "a batch");
    };
    for (let times = 0; times < 3; times++) await batch();
    expect(lines).toEqual([expect.stringContaining("refused")]);
    state.isUp = true;
    await batch();
    await until(() => lines.includes("tracing: spans are taken again"), "that it works again");
    await tracing.close(1000);
  });
});
