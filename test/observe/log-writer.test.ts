// Disks that are full, slow or gone, and files that somebody moves: no line is lost without being counted, none is torn.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppendError, FileSink, type LogSink } from "../../src/observe/decision-log/log-sink.js";
import { LogWriter, type OverflowPolicy } from "../../src/observe/decision-log/log-writer.js";
import { SpillFile } from "../../src/observe/decision-log/spill-file.js";
import { scratch } from "../kit/logged-calls.js";
import { root } from "../kit/run-verdict.js";
import { until } from "../kit/serving.js";

/** A disk that does as it is told. */
class Disk implements LogSink {
  text = "";
  state: "good" | "full" | "hanging" = "good";
  /** Bytes that a full disk still takes. */
  room = 0;
  closed = false;
  private waiting: (() => void)[] = [];

  async append(lines: Buffer): Promise<void> {
    if (this.state === "hanging") await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.state === "full") {
      const taken = lines.subarray(0, this.room).lastIndexOf(0x0a) + 1;
      this.text += lines.toString("utf8", 0, taken);
      this.room = 0;
      throw new AppendError(taken, new Error("ENOSPC: no space left on device, write"));
    }
    this.text += lines.toString("utf8");
  }

  recover(): void {
    this.state = "good";
    for (const go of this.waiting.splice(0)) go();
  }

  reopen(): void {}

  async close(): Promise<void> {
    this.closed = true;
  }
}

function writing(policy: OverflowPolicy, maxSpillBytes = 1 << 20) {
  const disk = new Disk();
  const notes: string[] = [];
  const spillPath = join(scratch(), "spill");
  const spill = policy === "spill" ? new SpillFile(spillPath, maxSpillBytes) : undefined;
  const onNote = (note: string) => void notes.push(note);
  const writer = new LogWriter({ sink: disk, policy, spill, slowMs: 20, retryMs: 20, onNote });
  return { disk, notes, writer, spillPath };
}

/** A shell that mounts a file over itself, for what it runs only. */
const mounting = ["-rm", "sh", "-c", 'mount --bind "$0" "$0" && exec "$@"'];

function canMount(): boolean {
  try {
    execFileSync("unshare", [...mounting, process.execPath, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Lines with these numbers. */
function lines(from: number, to: number): Buffer {
  return Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join(""));
}

describe("a disk that is full", () => {
  it("holds `block` until it has room again, and nothing is lost", async () => {
    const { disk, notes, writer } = writing("block");
    disk.state = "full";
    disk.room = 5;
    const written = writer.write(lines(1, 9));
    let isDone = false;
    void written.then(() => {
      isDone = true;
    });
    await until(() => notes.length > 0, "a note");
    expect([disk.text, isDone]).toEqual(["1\n2\n", false]);
    disk.recover();
    await written;
    expect(disk.text).toBe(lines(1, 9).toString());
    expect(writer.counts).toEqual({ written: 9, dropped: 0, spilled: 0 });
    expect(notes).toEqual([
      "records cannot be written: ENOSPC: no space left on device, write",
      "records are written again",
    ]);
  });

  it("makes `drop` count what it leaves out", async () => {
    const { disk, notes, writer } = writing("drop");
    disk.state = "full";
    disk.room = 4;
    await writer.write(lines(1, 5));
    await writer.write(lines(6, 9));
    disk.recover();
    await writer.write(lines(10, 11));
    expect(disk.text).toBe("1\n2\n10\n11\n");
    expect(writer.counts).toEqual({ written: 4, dropped: 7, spilled: 0 });
    expect(notes.length).toBe(2);
  });

  it("makes `spill` use the other file until it is back, in order", async () => {
    const { disk, writer, spillPath } = writing("spill");
    await writer.write(lines(1, 2));
    disk.state = "full";
    disk.room = 3;
    await writer.write(lines(3, 5));
    await writer.write(lines(6, 7));
    expect(disk.text).toBe("1\n2\n3\n");
    expect(readFileSync(spillPath, "utf8")).toBe("4\n5\n6\n7\n");
    disk.recover();
    await writer.write(lines(8, 8));
    expect(disk.text).toBe(lines(1, 8).toString());
    expect(statSync(spillPath).size).toBe(0);
    expect(writer.counts).toEqual({ written: 8, dropped: 0, spilled: 4 });
  });

  it("makes `spill` drop and count what the other file has no room for", async () => {
    const { disk, writer, spillPath } = writing("spill", 6);
    disk.state = "full";
    await writer.write(lines(1, 3));
    await writer.write(lines(4, 5));
    expect(readFileSync(spillPath, "utf8")).toBe("1\n2\n3\n");
    expect(writer.counts).toEqual({ written: 0, dropped: 2, spilled: 3 });
  });
});

describe("a disk that is slow", () => {
  it("makes `spill` go on elsewhere until it has answered", async () => {
    const { disk, notes, writer, spillPath } = writing("spill");
    disk.state = "hanging";
    await writer.write(lines(1, 1));
    await writer.write(lines(2, 3));
    expect(readFileSync(spillPath, "utf8")).toBe("2\n3\n");
    expect(notes).toEqual([`writing takes longer than 20 ms: records go to ${spillPath}`]);
    disk.recover();
    await until(async () => {
      await writer.moveSpilled();
      return disk.text === "1\n2\n3\n";
    }, "spilled lines");
    expect(writer.counts).toEqual({ written: 3, dropped: 0, spilled: 2 });
  });
});

describe("close()", () => {
  it("gives up what a full disk does not take, and counts it", async () => {
    const { disk, writer } = writing("block");
    disk.state = "full";
    const written = writer.write(lines(1, 3));
    writer.abandon();
    await written;
    await writer.close();
    expect(writer.counts).toEqual({ written: 0, dropped: 3, spilled: 0 });
    expect(disk.closed).toBe(true);
  });

  it("moves spilled lines, or leaves them for the next start", async () => {
    const { disk, writer, notes, spillPath } = writing("spill");
    disk.state = "full";
    await writer.write(lines(1, 3));
    await writer.close();
    expect(notes.at(-1)).toBe(`${spillPath}: holds records that wait for their file`);
    // A process that was killed meanwhile left a torn line.
    appendFileSync(spillPath, "4");
    const next = new Disk();
    const spill = new SpillFile(spillPath, 1 << 20);
    const again = new LogWriter({ sink: next, policy: "spill", spill, onNote: () => {} });
    next.state = "full";
    await again.write(lines(5, 5));
    next.recover();
    await again.moveSpilled();
    expect(next.text).toBe("1\n2\n3\n5\n");
    await again.close();
    expect(readFileSync(spillPath, "utf8")).toBe("");
  });
});

describe("a log file", () => {
  const notes: string[] = [];
  const open = (path: string, maxBytes = 0, keep = 2) =>
    new FileSink(path, { maxBytes, keep }, (note) => void notes.push(note));
  const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

  it("is rotated by size at line ends, and the oldest go", async () => {
    const path = join(scratch(), "log");
    const sink = open(path, 10);
    for (const text of ["aaaa\n", "bbbb\n", "cccc\n", "dddddddddddd\n", "eeee\n", "ffff\n", "gggg\n"]) {
      await sink.append(Buffer.from(text));
    }
    await sink.close();
    expect([path, `${path}.1`, `${path}.2`, `${path}.3`].map(textOf)).toEqual([
      "gggg\n",
      "eeee\nffff\n",
      "dddddddddddd\n",
      undefined,
    ]);
  });

  it("is brought to its place if a process was killed while it moved it", async () => {
    const path = join(scratch(), "log");
    writeFileSync(`${path}.0`, "moving\n");
    writeFileSync(`${path}.1`, "kept\n");
    const sink = open(path, 6, 3);
    for (const text of ["aaaa\n", "bbbb\n"]) await sink.append(Buffer.from(text));
    await sink.close();
    expect([0, 1, 2, 3].map((number) => textOf(`${path}.${number}`))).toEqual([
      undefined,
      "aaaa\n",
      "moving\n",
      "kept\n",
    ]);
  });

  it("begins anew without any kept", async () => {
    const path = join(scratch(), "log");
    const sink = open(path, 6, 0);
    for (const text of ["aaaa\n", "bbbb\n"]) await sink.append(Buffer.from(text));
    await sink.close();
    expect([path, `${path}.1`].map(textOf)).toEqual(["bbbb\n", undefined]);
  });

  it("that cannot be moved away loses nothing and says so once", async () => {
    const path = join(scratch(), "log");
    mkdirSync(join(`${path}.1`, "in-the-way"), { recursive: true });
    notes.length = 0;
    const sink = open(path, 6, 1);
    for (const text of ["aaaa\n", "bbbb\n", "cccc\n"]) await sink.append(Buffer.from(text));
    await sink.close();
    expect(textOf(path)).toBe("aaaa\nbbbb\ncccc\n");
    expect(notes).toEqual([expect.stringMatching(/log: cannot be rotated: /)]);
  });

  it.runIf(canMount())("that is a mount of its own loses nothing, neither of it nor of those that were kept", () => {
    const path = join(scratch(), "log");
    for (const [name, text] of [
      ["", ""],
      [".1", "newer\n"],
      [".2", "older\n"],
    ])
      writeFileSync(`${path}${name}`, text ?? "");
    const script = `
      import { FileSink } from ${JSON.stringify(join(root, "dist", "src", "observe", "decision-log", "log-sink.js"))};
      const sink = new FileSink(process.argv[1], { maxBytes: 6, keep: 2 }, (note) => console.log(note));
      for (const text of ["aaaa\\n", "bbbb\\n", "cccc\\n"]) await sink.append(Buffer.from(text));
      await sink.close();`;
    const node = ["--input-type=module", "-e", script, path];
    const said = execFileSync("unshare", [...mounting, path, process.execPath, ...node], { encoding: "utf8" });
    expect(said).toMatch(/^[^\n]*log: cannot be rotated: EBUSY: [^\n]*\n$/);
    expect([path, `${path}.1`, `${path}.2`].map(textOf)).toEqual(["aaaa\nbbbb\ncccc\n", "newer\n", "older\n"]);
    expect(readdirSync(dirname(path)).sort()).toEqual(["log", "log.1", "log.2"]);
  });

  it("behind a symbolic link is moved away itself, and the link stays", async () => {
    const path = join(scratch(), "log");
    symlinkSync(`${path}.real`, path);
    const sink = open(path, 6, 1);
    for (const text of ["aaaa\n", "bbbb\n"]) await sink.append(Buffer.from(text));
    await sink.close();
    expect([path, `${path}.real`, `${path}.real.1`, `${path}.1`].map(textOf)).toEqual([
      "bbbb\n",
      "bbbb\n",
      "aaaa\n",
      undefined,
    ]);
  });

  it("is opened anew after it was moved away", async () => {
    const path = join(scratch(), "log");
    const sink = open(path);
    await sink.append(Buffer.from("one\n"));
    renameSync(path, `${path}.old`);
    sink.reopen();
    await sink.append(Buffer.from("two\n"));
    rmSync(path);
    sink.reopen();
    await sink.append(Buffer.from("three\n"));
    await sink.close();
    expect([textOf(path), textOf(`${path}.old`)]).toEqual(["three\n", "one\n"]);
  });

  it("follows a move within a second without being told", async () => {
    const path = join(scratch(), "log");
    const sink = open(path);
    await sink.append(Buffer.from("one\n"));
    renameSync(path, `${path}.old`);
    await until(async () => {
      await sink.append(Buffer.from("two\n"));
      return existsSync(path);
    }, "a new file");
    await sink.close();
    expect(textOf(`${path}.old`)).toMatch(/^one\n(two\n)*$/);
    expect(textOf(path)).toBe("two\n");
  });

  it("loses a torn line that a killed process left, and says so", async () => {
    const path = join(scratch(), "log");
    const torn = "x".repeat(100_000);
    writeFileSync(path, `one\ntwo\n${torn}`);
    const sink = open(path);
    await sink.append(Buffer.from("three\n"));
    await sink.close();
    expect(textOf(path)).toBe("one\ntwo\nthree\n");
    expect(notes.at(-1)).toBe(`${path}: removed 100000 bytes of a record that was not written to its end`);
  });

  it("says what it did not take", async () => {
    const sink = open("/dev/full", 5);
    const failure = await sink.append(Buffer.from("one\n")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppendError);
    expect(failure).toMatchObject({ taken: 0, message: "ENOSPC: no space left on device, write" });
    await sink.close();
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });
});
