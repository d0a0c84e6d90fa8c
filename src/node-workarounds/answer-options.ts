/** Options of answers in the shape that V8 expects. Where the inside of grpc-js is not as expected, it is left alone. */
import type { Http2Server, ServerHttp2Stream } from "node:http2";
import { isInUse } from "./workarounds.js";

/**
 * Gives the one options object with which grpc-js begins every answer the member `endStream`. Node.js copies the options of each answer
 * and adds it, for which V8 (Node 20) makes a hidden class of its own every time: 0.6 µs of a call and more than half of what a call
 * leaves in old memory.
 */
export function completeAnswerOptions(server: Http2Server): void {
  if (!isInUse("answer-options")) return;
  const complete = (stream: ServerHttp2Stream): void => {
    const { respond } = stream;
    stream.respond = (headers, options) => {
      if (options !== undefined && !("endStream" in options) && Object.isExtensible(options)) {
        options.endStream = false;
        server.off("stream", complete);
      }
      respond.call(stream, headers, options);
    };
  };
  // Some calls are answered by the first who hears of them, with other options.
  server.prependListener("stream", complete);
}
