/** The work of `verdict config print`. Reads settings as `serve` does, and refuses what it would refuse. */
import { readConfigAndSources } from "../../config/read-config.js";
import { settingGroups } from "../../config/settings.js";
import { withoutSecrets } from "../../config/without-secrets.js";
import { printJson, printLine } from "../../terminal/terminal.js";

/** Runs the command. */
export async function printConfig(flags: Readonly<Record<string, unknown>>, asJson: boolean): Promise<void> {
  const { given } = await readConfigAndSources(flags);
  const groups = settingGroups.map(({ heading, settings }) => ({
    heading,
    rows: settings.map((one) => {
      const source = given(one);
      const place = source?.place ?? "default";
      // A place in a file ends in the name of the setting, which stands beside it.
      const from = place.endsWith(`: ${one.name}`) ? place.slice(0, -one.name.length - 2) : place;
      return { name: one.name, value: source?.texts.map(withoutSecrets).join(", ") ?? one.defaultText, from };
    }),
  }));
  if (asJson) {
    const rows = groups.flatMap(({ rows }) => rows.map(({ name, ...told }) => [name, told] as const));
    await printJson(Object.fromEntries(rows));
    return;
  }
  for (const [index, { heading, rows }] of groups.entries()) {
    if (index > 0) await printLine("");
    await printLine({ text: heading, colour: "bold" });
    for (const { name, value, from } of rows) {
      const isDefault = from === "default";
      await printLine(
        `  ${name.padEnd(NAME)} ${value.padEnd(VALUE)} `,
        isDefault ? { text: from, colour: "dim" } : from,
      );
    }
  }
}

/** Columns: the longest name, and what most values need. */
const NAME = 25;
const VALUE = 30;
