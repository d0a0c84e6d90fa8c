/**
 * What the machine did beside a run: processor time of this process and of a server on the same machine, how long their main threads
 * waited for a processor, and what control groups and hypervisors took away. Elsewhere than on Linux only the first is known.
 */
import { readFileSync } from "node:fs";

/** What a main thread had of the machine, in seconds. */
export interface ThreadTime {
  readonly cpuS: number;
  /** Ready to run and not let: others had the processor, or a control group's share was used up. */
  readonly waitS: number | undefined;
  /** Processor seconds of its process, all threads. */
  readonly processS?: number | undefined;
}

/** What was seen beside the calls of a run. */
export interface MachineSignals {
  /** Processor seconds of this process, all threads. */
  readonly clientCpuS: number;
  /** Seconds in which this process's main thread waited for a processor. */
  readonly clientWaitS: number | undefined;
  /** Processor seconds of the server's busiest main thread, where it runs on this machine and may be looked at. */
  readonly serverCpuS: number | undefined;
  /** Seconds in which that thread waited for a processor. */
  readonly serverWaitS: number | undefined;
  /** The share of the time in which a control group kept this process from running. */
  readonly throttledShare: number;
  /** The share of the machine's time that a hypervisor took. */
  readonly stealShare: number;
  /** Processors that neither this process nor the server had, on average; undefined where the machine does not tell. */
  readonly othersCpus: number | undefined;
  readonly elapsedS: number;
}

/** Looks at the machine until it is asked. `server`: gives what the server's main thread had so far. */
export function watchMachine(server: () => ThreadTime | undefined): () => MachineSignals {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const waited = threadTime("self")?.waitS;
  const throttled = throttledS();
  const machine = machineTicks();
  const serverBefore = server();
  return () => {
    const elapsedS = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const after = machineTicks();
    const serverAfter = server();
    const ticks = after.total - machine.total;
    const clientCpuS = (user + system) / 1e6;
    const knownS = clientCpuS + (difference(serverAfter?.processS, serverBefore?.processS) ?? 0);
    const busyS = (after.busy - machine.busy) / ticksPerSecond;
    return {
      clientCpuS,
      clientWaitS: difference(threadTime("self")?.waitS, waited),
      serverCpuS: difference(serverAfter?.cpuS, serverBefore?.cpuS),
      serverWaitS: difference(serverAfter?.waitS, serverBefore?.waitS),
      throttledShare: Math.min(1, Math.max(0, throttledS() - throttled) / Math.max(elapsedS, 1e-9)),
      stealShare: ticks <= 0 ? 0 : (after.steal - machine.steal) / ticks,
      othersCpus: ticks <= 0 ? undefined : Math.max(0, busyS - knownS) / Math.max(elapsedS, 1e-9),
      elapsedS,
    };
  };
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : Math.max(0, after - before);
}

const ticksPerSecond = 100;

/** What the main thread of a process had so far; undefined where nobody may look. */
export function threadTime(pid: number | "self"): ThreadTime | undefined {
  const exact = /^(\d+) (\d+) \d+/.exec(textOf(`/proc/${pid}/schedstat`));
  const processS = ticksOf(`/proc/${pid}/stat`);
  if (exact !== null && Number(exact[1]) > 0)
    return { cpuS: Number(exact[1]) / 1e9, waitS: Number(exact[2]) / 1e9, processS };
  // Kernels without statistics of their scheduler: hundredths of a second, and nothing about waiting.
  const cpuS = ticksOf(pid === "self" ? `/proc/self/task/${process.pid}/stat` : `/proc/${pid}/task/${pid}/stat`);
  return cpuS === undefined ? undefined : { cpuS, waitS: undefined, processS };
}

/** Seconds of user and system time in a `stat` of a process or a thread. */
function ticksOf(file: string): number | undefined {
  const text = textOf(file);
  // The name of the program is in parentheses and may hold blanks.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) && text !== "" ? ticks / ticksPerSecond : undefined;
}

/** Seconds that a control group of this process, or one around it, was not let run. */
function throttledS(): number {
  const seconds = throttledFiles(textOf("/proc/self/cgroup")).map((file) => {
    const [, unit = "", digits = "0"] = /^throttled_(usec|time) (\d+)$/m.exec(textOf(file)) ?? [];
    return Number(digits) / (unit === "usec" ? 1e6 : 1e9);
  });
  return Math.max(0, ...seconds);
}

/** Where control groups of both versions count: `/proc/self/cgroup` has a line for each hierarchy, with the path of the group in it. */
export function throttledFiles(groups: string): readonly string[] {
  const files: string[] = [];
  for (const line of groups.split("\n")) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const names = controllers.split(",");
    if (path === "" || (controllers !== "" && !names.includes("cpu"))) continue;
    const roots = controllers === "" ? [""] : [...new Set(["/cpu", `/${controllers}`])];
    // In a container the path may be that of the machine outside, of which only the root is to be seen.
    const parts = path.split("/").filter((part) => part !== "");
    for (const root of roots)
      for (let count = parts.length; count >= 0; count--)
        files.push(["/sys/fs/cgroup", root.slice(1), ...parts.slice(0, count), "cpu.stat"].filter(Boolean).join("/"));
  }
  return files;
}

/** User, nice, system, idle, waiting for disks, interrupts of two kinds, stolen; what guests had stands in the first as well. */
function machineTicks(): { readonly busy: number; readonly steal: number; readonly total: number } {
  const numbers = (/^cpu +(.*)$/m.exec(textOf("/proc/stat"))?.[1] ?? "").split(/ +/).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, disks = 0, hard = 0, soft = 0, steal = 0] = numbers;
  const busy = user + nice + system + hard + soft;
  return { busy, steal, total: busy + idle + disks + steal };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
