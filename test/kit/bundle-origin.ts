/** An HTTP origin of bundles on loopback that does what a test tells it, and archives with anything in them. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** An entry of an archive; `type` is the letter of its header. */
export interface TarEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?: string;
  readonly link?: string;
  /** What the header says, where it lies. */
  readonly size?: number;
}

/** An archive, header by header, so that it may hold what no tool would write. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, content = "", type = "0", link = "", size } of entries) {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, "latin1");
    header.write("0000644\0", 100);
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, "0")}\0`, 124);
    header.write(`${"0".padStart(11, "0")}\0`, 136);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157, 100, "latin1");
    header.write("ustar\u000000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    blocks.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A gzipped archive of files by name. */
export function bundleOf(files: Readonly<Record<string, string>>): Buffer {
  return gzipSync(tarOf(Object.entries(files).map(([name, content]) => ({ name, content }))));
}

/** An origin whose answer can be changed at any time. */
export interface Origin {
  readonly url: string;
  /** Requests so far, oldest first. */
  readonly requests: readonly IncomingMessage[];
  answer: RequestListener;
  close(): Promise<void>;
}

/** Starts an origin. */
export async function startOrigin(answer: RequestListener): Promise<Origin> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    origin.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin: Origin = {
    url: `http://127.0.0.1:${portOf(server.address())}/bundles/default.tar.gz`,
    requests,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return origin;
}

/** Answers with a body under a tag, and 304 to who has it. */
export function holding(body: Buffer, etag: string, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag, ...headers }).end();
    else response.writeHead(200, { etag, "content-type": "application/gzip", ...headers }).end(body);
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
