/** The settings of `verdict serve` as options of a command, in groups. */
import { type Command, Option } from "commander";
import { settingGroups } from "../../config/settings.js";
import { configFile } from "../../config/settle-setting.js";
import { collect } from "../../terminal/key-value.js";

/** Adds `--config` and an option for every setting. */
export function addSettings(command: Command): void {
  command
    .optionsGroup(settingGroups[0].heading)
    .option(`${configFile.flag} <file>`, "YAML file of settings; flags and VERDICT_… variables win over it");
  for (const { heading, settings } of settingGroups) {
    for (const { flag, placeholder, isList, description, defaultText } of settings) {
      const value = placeholder === undefined ? "" : ` <${placeholder}>`;
      const option = new Option(`${flag}${value}`, `${description} (default: ${defaultText})`).helpGroup(heading);
      command.addOption(isList ? option.argParser(collect) : option);
    }
  }
  command.optionsGroup("Other options:");
}
