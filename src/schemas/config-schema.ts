/** The file of `serve --config`, out of the table of settings. */
import type { Setting } from "../config/setting.js";
import { settings } from "../config/settings.js";
import { described, oneOrMany, type Schema, scalar } from "./schema.js";

/** The schema. */
export function configSchema(): Schema {
  const properties = Object.fromEntries(Object.values(settings).map((one) => [one.name, settingSchema(one)]));
  return { type: "object", properties, additionalProperties: false };
}

function settingSchema({ shape, isList, description, defaultText }: Setting<unknown>): Schema {
  const value = valueSchema(shape);
  return described(`${description} (default: ${defaultText})`, isList ? oneOrMany(value) : value);
}

/** Numbers and switches may be written as texts. */
function valueSchema(shape: Setting<unknown>["shape"]): Schema {
  switch (shape.kind) {
    case "boolean":
      return { enum: [true, false, "true", "false"] };
    case "word":
      return { enum: shape.words };
    case "duration":
      return { type: "string", pattern: "^[0-9]{1,9}(ms|s|m|h)$" };
    case "count":
      return {
        anyOf: [
          { type: "integer", minimum: shape.least, maximum: shape.most },
          { type: "string", pattern: "^[0-9]{1,12}$" },
        ],
      };
    case "text":
      return scalar;
  }
}
