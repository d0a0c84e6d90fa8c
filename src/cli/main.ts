#!/usr/bin/env node
/**
 * The command `verdict`: what an older Node cannot even read is loaded only where Node is new enough; elsewhere one sentence says so, as where
 * its files cannot be opened. Node versions that package.json names under `engines` are those that pass.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 20 || (major === 20 && minor >= 20)) {
  try {
    await import("./program.js");
  } catch (error: unknown) {
    // Files of this program that could not be opened are no mistake in it, which its stack trace would tell.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    console.error(`verdict: ${error.message}`);
    process.exitCode = 2;
  }
} else {
  console.error(`verdict: Node 20.20 or later is needed, and ${process.execPath} is Node ${process.versions.node}`);
  process.exitCode = 2;
}
