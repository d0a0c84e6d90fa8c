#!/usr/bin/env node
/**
 * The command `verdict`: what an older Node cannot even read is loaded only where Node is new enough; elsewhere one sentence says so. Node
 * versions that package.json names under `engines` are those that pass.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 20 || (major === 20 && minor >= 20)) await import("./program.js");
else {
  console.error(`verdict: Node 20.20 or later is needed, and ${process.execPath} is Node ${process.versions.node}`);
  process.exitCode = 2;
}
