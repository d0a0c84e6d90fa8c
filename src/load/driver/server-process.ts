/** The process that listens at an address of this machine, and the processor time of its main thread. Linux, as far as this user may look. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type ThreadTime, threadTime } from "./machine-signals.js";

/** Gives what the main thread of whoever listens there had so far; undefined where nobody can be found. */
export function serverTime(address: string): () => ThreadTime | undefined {
  const pids = listeners(address);
  return () => {
    const times = pids.map(threadTime).filter((one) => one !== undefined);
    // Several processes behind one port: the busiest of them holds the rate back, and none of them is a stranger.
    const processS = times.reduce((sum, one) => sum + (one.processS ?? 0), 0);
    const [busiest] = times.sort((one, other) => other.cpuS - one.cpuS);
    return busiest && { ...busiest, processS };
  };
}

function listeners(address: string): readonly number[] {
  const inodes = new Set(address.startsWith("unix:") ? unixInodes(address.slice("unix:".length)) : tcpInodes(address));
  if (inodes.size === 0) return [];
  const found: number[] = [];
  for (const name of list("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const isIt = list(`/proc/${name}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${name}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    if (isIt) found.push(Number(name));
  }
  return found;
}

/** Only of loopback addresses: what listens elsewhere is another machine's. */
function tcpInodes(address: string): readonly string[] {
  const [, host = "", port = ""] = /^(?:\[?(.*?)\]?):(\d+)$/.exec(address) ?? [];
  if (!/^(?:localhost|127\..*|::1)$/.test(host)) return [];
  const wanted = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const found: string[] = [];
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of textOf(file).split("\n")) {
      const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state === "0A" && local.endsWith(`:${wanted}`)) found.push(inode);
    }
  }
  return found;
}

function unixInodes(path: string): readonly string[] {
  return textOf("/proc/net/unix")
    .split("\n")
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      return fields[7] === path && fields[6] !== undefined ? [fields[6]] : [];
    });
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
