// Records of CloudTrail a second of processor time: `npm run bench:cloudtrail [-- EVENTS]`. Records are made from a seed, their answers
// are known; each command has to find every one of them. Commands run as processes of their own, on plain and on compressed files; with
// `EVENTS piped` the records come through a pipe, so that more than fit on a disk show whether memory grows with them.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TrailWorld } from "../test/kit/trail-world.js";
import { formatRate, machineLine, printTable } from "./measure.js";

const EVENTS_A_FILE = 20_000;
const command = join(dirname(fileURLToPath(import.meta.url)), "..", "bundle", "main.js");

interface Truth {
  calls: number;
  denied: number;
  bytes: number;
}

/** Writes the records as CloudTrail delivers them, and gives what is true of them. */
function writeRecords(folder: string, world: TrailWorld, events: number): Truth {
  const truth: Truth = { calls: 0, denied: 0, bytes: 0 };
  let file = -1;
  let index = 0;
  let pending: string[] = [];
  const flush = (end: string): void => {
    const text = pending.join(",") + end;
    truth.bytes += Buffer.byteLength(text);
    writeSync(file, text);
    pending = [];
  };
  for (const { record, outcome } of world.calls(events)) {
    if (index % EVENTS_A_FILE === 0) {
      if (file >= 0) {
        flush("]}");
        closeSync(file);
      }
      file = openSync(join(folder, `trail-${String(index / EVENTS_A_FILE).padStart(5, "0")}.json`), "w");
      writeSync(file, '{"Records":[');
    } else if (pending.length >= 1000) flush(",");
    pending.push(JSON.stringify(record));
    index++;
    if (outcome === "allowed" || outcome === "denied") truth.calls++;
    if (outcome === "denied") truth.denied++;
  }
  flush("]}");
  closeSync(file);
  return truth;
}

interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly out: string;
}

/** Writes down what a process took when it ends. */
const probe = `process.on("exit",()=>{const{userCPUTime,systemCPUTime,maxRSS}=process.resourceUsage();require("node:fs").writeSync(3,JSON.stringify({seconds:(userCPUTime+systemCPUTime)/1e6,peakMiB:maxRSS/1024}))})`;

/** A command as a process; its processor time and peak memory are its own. */
function run(args: readonly string[]): Run {
  const folder = mkdtempSync(join(tmpdir(), "verdict-probe-"));
  const [probeFile, told] = [join(folder, "probe.cjs"), join(folder, "told.json")];
  writeFileSync(probeFile, probe);
  const target = openSync(told, "w+");
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--require", probeFile, command, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe", target],
  });
  closeSync(target);
  const told2 = execFileSync("cat", [told], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  if (status === 2 || status === null) throw new Error(`${args.join(" ")}: ${stderr.slice(0, 2000)}`);
  const usage: { readonly seconds: number; readonly peakMiB: number } = JSON.parse(told2);
  return { ...usage, out: stdout };
}

function main(events: number): void {
  console.log(machineLine());
  const folder = mkdtempSync(join(tmpdir(), "verdict-trail-"));
  try {
    const world = new TrailWorld({ seed: 20261130, principals: 400 });
    const trail = join(folder, "trail");
    mkdirSync(trail);
    const truth = writeRecords(trail, world, events);
    const set = join(folder, "set.json");
    writeFileSync(set, JSON.stringify(world.set()));
    const [first] = world.principals;
    const idle = run(["audit", "last-accessed", "--evidence", emptyTrail(folder), "--policies", set, "--json"]);
    const lastAccessed = ["audit", "last-accessed", "--policies", set, "--json", "--evidence"];
    const replay = ["replay", "--policies", set, "--json", "--cloudtrail"];
    const generate = ["generate", first?.arn ?? "", "--policies", set, "--evidence"];
    const rows: string[][] = [];
    const measure = (name: string, args: readonly string[], path: string): void => {
      const { seconds, peakMiB, out } = run([...args, path]);
      if (args === lastAccessed) requireCounts(out, truth);
      if (args === replay) requireAgreement(out, truth);
      const own = seconds - idle.seconds;
      rows.push([name, formatRate(events / own), `${own.toFixed(1)} s`, `${Math.round(peakMiB)} MiB`]);
    };
    measure("last-accessed", lastAccessed, trail);
    measure("replay --cloudtrail", replay, trail);
    measure("generate", generate, trail);
    execFileSync("gzip", ["-r", trail]);
    measure("last-accessed, gzip", lastAccessed, trail);
    measure("replay --cloudtrail, gzip", replay, trail);
    console.log(
      `${events} records, ${Math.round(truth.bytes / events)} bytes each, of 400 principals; start taken off`,
    );
    printTable(["command", "records a second", "processor time", "peak memory"], rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** So many different records are made; more are the same with ids of their own. */
const DIFFERENT = 100_000;

/** As `run`, with the records on standard input. */
async function runPiped(args: readonly string[], world: TrailWorld, events: number): Promise<Run & Truth> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-probe-"));
  const [probeFile, told] = [join(folder, "probe.cjs"), join(folder, "told.json")];
  writeFileSync(probeFile, probe);
  const target = openSync(told, "w+");
  const child = spawn(process.execPath, ["--require", probeFile, command, ...args, "-"], {
    stdio: ["pipe", "pipe", "inherit", target],
  });
  const out: Buffer[] = [];
  child.stdout?.on("data", (bytes: Buffer) => out.push(bytes));
  const ended = once(child, "close");
  const truth: Truth = { calls: 0, denied: 0, bytes: 0 };
  const made: { readonly before: string; readonly after: string; readonly outcome: string }[] = [];
  for (const { record, outcome } of world.calls(Math.min(events, DIFFERENT))) {
    const [before = "", after = ""] = JSON.stringify({ ...record, eventID: "@" }).split('"eventID":"@"');
    made.push({ before, after, outcome });
  }
  let text = '{"Records":[';
  for (let index = 0; index < events; index++) {
    const one = made[index % made.length];
    if (one === undefined) break;
    text += `${index === 0 ? "" : ","}${one.before}"eventID":"00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}"${one.after}`;
    if (one.outcome === "allowed" || one.outcome === "denied") truth.calls++;
    if (one.outcome === "denied") truth.denied++;
    if (text.length < 1 << 20 && index < events - 1) continue;
    truth.bytes += text.length;
    if (child.stdin?.write(index === events - 1 ? `${text}]}` : text) === false) await once(child.stdin, "drain");
    text = "";
  }
  child.stdin?.end();
  await ended;
  closeSync(target);
  const usage: { readonly seconds: number; readonly peakMiB: number } = JSON.parse(readFileSync(told, "utf8"));
  rmSync(folder, { recursive: true });
  return { ...usage, ...truth, out: Buffer.concat(out).toString("utf8") };
}

async function piped(events: number): Promise<void> {
  console.log(machineLine());
  const folder = mkdtempSync(join(tmpdir(), "verdict-trail-"));
  try {
    const world = new TrailWorld({ seed: 20261130, principals: 400 });
    const set = join(folder, "set.json");
    writeFileSync(set, JSON.stringify(world.set()));
    const rows: string[][] = [];
    for (const [name, args, check] of [
      ["last-accessed", ["audit", "last-accessed", "--policies", set, "--json", "--evidence"], requireCounts],
      ["replay --cloudtrail", ["replay", "--policies", set, "--json", "--cloudtrail"], requireAgreement],
    ] as const) {
      const took = await runPiped(args, world, events);
      check(took.out, took);
      // Each takes minutes: what is known is told.
      console.error(`${name}: ${took.seconds.toFixed(0)} s, ${Math.round(took.peakMiB)} MiB`);
      rows.push([
        name,
        `${took.seconds.toFixed(0)} s`,
        formatRate(events / took.seconds),
        `${Math.round(took.peakMiB)} MiB`,
      ]);
    }
    console.log(`${events} records through a pipe, of 400 principals; start included`);
    printTable(["command", "processor time", "records a second", "peak memory"], rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function emptyTrail(folder: string): string {
  const file = join(folder, "one.json");
  const [one] = new TrailWorld({ seed: 1, principals: 1 }).calls(1);
  writeFileSync(file, JSON.stringify({ Records: [one?.record] }));
  return file;
}

function requireCounts(out: string, { calls, denied }: Truth): void {
  let [count, refused] = [0, 0];
  for (const line of out.split("\n").filter(Boolean)) {
    const one: { readonly count: number; readonly denied: number } = JSON.parse(line);
    count += one.count;
    refused += one.denied;
  }
  if (count !== calls || refused !== denied) throw new Error(`last-accessed: ${count} calls of ${calls}`);
}

function requireAgreement(out: string, { calls }: Truth): void {
  const lines = out.split("\n").filter(Boolean);
  const { summary }: { readonly summary: { readonly events: number; readonly agree: number } } = JSON.parse(
    lines.at(-1) ?? "{}",
  );
  if (summary.events !== calls || summary.agree !== calls) {
    throw new Error(`replay: ${summary.agree} of ${summary.events} agree, ${calls} calls; ${lines[0]}`);
  }
}

const events = Number(process.argv[2] ?? 400_000);
if (process.argv[3] === "piped") await piped(events);
else main(events);
