/** `verdict synth`: policy sets of any size for experiments. Exit code 0, 2 if there is no such set or it cannot be written. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { bounds } from "../../synth/synth-plan.js";
import type { SynthCommandOptions } from "./run-synth.js";

/** Adds the command. */
export function addSynth(program: Command): void {
  const command = program
    .command("synth")
    .summary("make a policy set of any size for experiments")
    .description(
      "Writes a policy set of made-up accounts: principals, groups, managed and inline policies, boundaries, an organization, policies of " +
        "resources. The same options and the same seed give the same bytes. Policies are split as AWS's limits ask (rule TYPE-3). Exit code 0, " +
        "2 if there is no such set or it cannot be written.",
    )
    .requiredOption("--out <path>", "a file (.json), a folder with a file for each account, or `-`, standard output")
    .option("--json", "print what was made as one line of JSON");
  const sizes = "Size:";
  number(command, sizes, "statements", "of all policies together", bounds.statements, 1000);
  number(command, sizes, "principals", "users and roles (default: one for every 10 statements)", bounds.principals);
  number(command, sizes, "accounts", "default: one for every 10,000 statements", bounds.accounts);
  number(command, sizes, "seed", "other seeds make other sets", [0, 0xffff_ffff], 1);
  const principals = "Principals:";
  percent(command, principals, "roles", "principals that are roles", 60);
  number(command, principals, "groups", "of each account", bounds.groups, 5);
  percent(command, principals, "inline", "principals with an inline policy as well", 20);
  percent(command, principals, "boundaries", "principals with a permissions boundary", 20);
  const statements = "Statements of identity policies:";
  percent(command, statements, "denies", "statements that deny", 10);
  percent(command, statements, "wildcards", "resource patterns with wildcards", 70);
  percent(command, statements, "conditions", "statements with conditions", 30);
  percent(command, statements, "variables", "statements with policy variables", 5);
  percent(command, statements, "exclusions", "statements with NotAction or NotResource", 2);
  const organization = "Organization:";
  number(command, organization, "depth", "levels of units; 0 is no organization", bounds.depth, 2);
  number(command, organization, "scps", "of each node, beside FullAWSAccess", bounds.scps, 1);
  number(command, organization, "rcps", "of each node", bounds.rcps, 1);
  percent(command, "Resources:", "resource-policies", "statements that are in policies of resources", 10);
  command.addHelpText("after", SYNTH_EXAMPLE).action(async (options: SynthCommandOptions) => {
    const { synth } = await import("./run-synth.js");
    await synth(options);
  });
}

function number(
  command: Command,
  group: string,
  name: string,
  text: string,
  [least, most]: readonly [number, number],
  preset?: number,
): void {
  const option = new Option(`--${name} <n>`, text).helpGroup(group).argParser((value) => {
    const given = /^[0-9]{1,10}$/.test(value) ? Number(value) : -1;
    if (given < least || given > most) throw new InvalidArgumentError(`must be a number from ${least} to ${most}`);
    return given;
  });
  command.addOption(preset === undefined ? option : option.default(preset));
}

function percent(command: Command, group: string, name: string, text: string, preset: number): void {
  const option = new Option(`--${name} <percent>`, text).helpGroup(group).argParser((value) => {
    if (!/^(?:100|[0-9]{1,2})$/.test(value)) throw new InvalidArgumentError("must be a number from 0 to 100");
    return Number(value);
  });
  command.addOption(option.default(preset));
}

const SYNTH_EXAMPLE = `
Example:
  verdict synth --statements 20000 --accounts 10 --depth 3 --out big/
  verdict validate big/ && verdict serve --policies big/`;
