import { describe, expect, it } from "vitest";
import { lateRefusal } from "../../src/reach/connection-trouble.js";

describe("lateRefusal()", () => {
  it.each([
    [
      "0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:rec_layer_s3.c:1601:SSL alert number 116\n",
      "the server wants a certificate of the client: give --tls-cert and --tls-key",
    ],
    [
      "0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:rec_layer_s3.c:1601:SSL alert number 48\n",
      "the server does not take the certificate of --tls-cert: no authority of its own signed it, or it has expired",
    ],
    ["read ECONNRESET", undefined],
  ])("of %j is %j", (message, want) => {
    expect(lateRefusal(new Error(message))).toBe(want);
  });
});
