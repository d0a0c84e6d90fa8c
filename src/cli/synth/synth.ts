/** `verdict synth`: policy sets of any size for experiments. Exit code 0, 2 if there is no such set or it cannot be written. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { bounds, presets } from "../../synth/synth-options.js";
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
  number(command, sizes, "seed", "other seeds make other sets", [0, 0xffff_ffff], presets.seed);
  const principals = "Principals:";
  percent(command, principals, "roles", "principals that are roles", presets.roles);
  number(command, principals, "groups", "of each account", bounds.groups, presets.groups);
  percent(command, principals, "inline", "principals with an inline policy as well", presets.inline);
  percent(command, principals, "boundaries", "principals with a permissions boundary", presets.boundaries);
  const statements = "Statements of identity policies:";
  percent(command, statements, "denies", "statements that deny", presets.denies);
  percent(command, statements, "wildcards", "resource patterns with wildcards", presets.wildcards);
  percent(command, statements, "conditions", "statements with conditions", presets.conditions);
  percent(command, statements, "variables", "statements with policy variables", presets.variables);
  percent(command, statements, "exclusions", "statements with NotAction or NotResource", presets.exclusions);
  const organization = "Organization:";
  number(command, organization, "depth", "levels of units; 0 is no organization", bounds.depth, presets.depth);
  number(command, organization, "scps", "of each node, beside FullAWSAccess", bounds.scps, presets.scps);
  number(command, organization, "rcps", "of each node", bounds.rcps, presets.rcps);
  percent(
    command,
    "Resources:",
    "resource-policies",
    "statements that are in policies of resources",
    presets.resourcePolicies,
  );
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
