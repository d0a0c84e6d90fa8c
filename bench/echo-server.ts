// A grpc-js server that decides nothing: the ceiling of everything that goes over grpc-js. Every method of the service answers
// with the bytes it got or, after `--answer FILE`, with the bytes of a file, so that both directions can carry what Verdict's calls
// carry. Run by grpc.ts and rows/ in a process of its own; `--listen` as `verdict serve` has it.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { authorizationServiceDefinition } from "../src/server/services/authorization-service.js";

const { values } = parseArgs({
  options: { answer: { type: "string" }, listen: { type: "string", default: "127.0.0.1:0" } },
});
const answer = values.answer === undefined ? undefined : readFileSync(values.answer);

const handle = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
  reply(null, answer ?? call.request);
};
const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(authorizationServiceDefinition(), {
  Authorize: handle,
  BatchAuthorize: handle,
  StreamAuthorize: () => {},
});
server.bindAsync(values.listen, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`listening on ${values.listen.replace(/:0$/, `:${port}`)}`);
});
