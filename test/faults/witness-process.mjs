// The caller that a witness sends: asks a fixed set of questions over a connection of its own, from a process of its own, since
// attacks are often made by the process of the test, which would measure itself. `node witness-process.mjs ADDRESS PROTO_FOLDER`;
// the parent says "begin", later "end", and is sent what was seen between.

import { isDeepStrictEqual } from "node:util";
import { Client, credentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const [, , address = "", protoFolder = ""] = process.argv;
const service = loadSync("verdict/v1/authorization.proto", { includeDirs: [protoFolder], enums: String })[
  "verdict.v1.AuthorizationService"
];
const client = new Client(address, credentials.createInsecure());

const office = { "aws:SourceIp": { values: ["10.1.2.3"] } };
const withMfa = { ...office, "aws:MultiFactorAuthPresent": { values: ["true"] } };
const alice = "arn:aws:iam::111111111111:user/alice";
const publisher = "arn:aws:iam::111111111111:role/Publisher";
const read = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv" };

// Questions over `examples/minimal` and what is right.
const questions = [
  [{ ...read, context: office }, "ALLOWED"],
  [{ ...read, context: { "aws:SourceIp": { values: ["192.0.2.1"] } } }, "IMPLICIT_DENY"],
  [{ ...read, resource: "arn:aws:s3:::reports/secret/x", context: office }, "EXPLICIT_DENY"],
  [{ ...read, resource: "arn:aws:s3:::reports/secret/x", context: withMfa }, "ALLOWED"],
  [{ ...read, action: "s3:PutObject", context: office }, "IMPLICIT_DENY"],
  [{ principal: publisher, action: "s3:PutObject", resource: "arn:aws:s3:::reports/q4.csv" }, "ALLOWED"],
  [{ principal: publisher, action: "s3:PutObject", resource: "arn:aws:s3:::reports/secret/x" }, "EXPLICIT_DENY"],
];
const batch = { requests: questions.map(([question]) => question), detail: "OUTCOME" };
const wanted = questions.map(([, outcome]) => outcome);

const windowMs = 500;
const mostErrors = 20;
let windows = [];
let errors = [];
let wrong = [];
let startedAt = performance.now();
let isEnding = false;

process.on("message", (word) => {
  if (word === "begin") {
    windows = [];
    errors = [];
    wrong = [];
    isEnding = false;
    startedAt = performance.now();
    void askUntilEnd();
  }
  if (word === "end") isEnding = true;
});
process.on("disconnect", () => process.exit(0));

async function askUntilEnd() {
  for (let turn = 0; !isEnding; turn++) {
    const before = performance.now();
    await ask(turn);
    const window = Math.floor((before - startedAt) / windowMs);
    windows[window] = [...(windows[window] ?? []), performance.now() - before];
  }
  const seen = windows.filter((times) => times !== undefined);
  const answers = seen.flat().length - errors.length;
  process.send({ answers, errors: errors.slice(0, mostErrors), wrong: wrong.slice(0, mostErrors), p99: middle(seen) });
}

async function ask(turn) {
  const asksBatch = turn % (questions.length + 1) === questions.length;
  const [question, outcome] = questions[turn % questions.length];
  const { error, answer } = asksBatch ? await call("BatchAuthorize", batch) : await call("Authorize", question);
  if (error) errors.push(String(error));
  else if (asksBatch ? !isDeepStrictEqual(answer.outcomes, wanted) : answer.outcome !== outcome)
    wrong.push(JSON.stringify({ question: asksBatch ? batch : question, answer }));
}

function call(name, request) {
  const { path, requestSerialize, responseDeserialize } = service[name];
  const deadline = Date.now() + 300_000;
  return new Promise((resolve) =>
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, answer) =>
      resolve({ error, answer }),
    ),
  );
}

// The median of the 99th percentiles of the windows: what the scheduler does once is no finding.
function middle(seen) {
  return quantile(
    seen.map((times) => quantile(times, 0.99)),
    0.5,
  );
}

function quantile(values, share) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN;
}
