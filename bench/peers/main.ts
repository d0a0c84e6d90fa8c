// `npm run bench:peers [-- cedar pbac cerbos …]`: other authorizers beside Verdict on the same questions of W1, with what they agree on.
import { machineLine } from "../measure.js";
import { loadWorkload } from "../workloads/load-workload.js";
import { comparePeers, peers } from "./in-process.js";
import { compareServers } from "./over-grpc.js";

/** Over gRPC; all others are in process. */
const SERVER = "cerbos";

const names = process.argv.slice(2);
const chosen = names.length > 0 ? names : [...Object.keys(peers), SERVER];
// An interrupted run must not leave a server behind: ending in order ends them, too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
console.log(machineLine());
const workload = loadWorkload("W1");
const inProcess = chosen.filter((name) => name !== SERVER);
if (inProcess.length > 0) await comparePeers(workload, inProcess);
if (chosen.includes(SERVER)) await compareServers(workload);
