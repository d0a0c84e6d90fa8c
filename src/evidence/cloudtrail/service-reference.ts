/**
 * AWS's service reference, one file of JSON a service, as `servicereference.us-east-1.amazonaws.com` gives them: which actions an operation
 * is authorised by. It lists every action that an operation may need and does not say when, so that only one which stands alone tells it.
 */
import { fileFailure } from "../../files/file-failure.js";
import { RegularFileError, readRegularFile } from "../../files/regular-file.js";
import { decodeUtf8, findSources, maxFileBytes } from "../../files/sources.js";
import { isJsonObject } from "../../text/json-object.js";
import { objectsAt, textAt } from "./event.js";

/** The action of an operation, both as `service:Name`. */
export type OperationActions = ReadonlyMap<string, string>;

/** What a folder, or a file, of it says; what cannot be read is a trouble, place first. */
export async function readServiceReference(
  path: string,
): Promise<{ readonly operations: OperationActions; readonly troubles: readonly string[] }> {
  const operations = new Map<string, string>();
  const troubles: string[] = [];
  const refuse = (file: string, message: string): void => {
    troubles.push(`${file}: ${message}`);
  };
  const { files } = await findSources(path, refuse, (name) => /\.json$/i.test(name));
  for (const file of files) {
    const value = await valueIn(file, refuse);
    if (value === undefined) continue;
    const service = textAt(value, "Name");
    if (service === undefined || !isJsonObject(value) || !Array.isArray(value.Actions)) {
      refuse(file, "is no file of AWS's service reference");
      continue;
    }
    for (const operation of objectsAt(value, "Operations")) {
      const name = textAt(operation, "Name");
      const [only, second] = objectsAt(operation, "AuthorizedActions");
      const action = textAt(only, "Name");
      if (name === undefined || action === undefined || second !== undefined) continue;
      operations.set(`${service}:${name}`, `${textAt(only, "Service") ?? service}:${action}`);
    }
  }
  if (troubles.length === 0 && files.length === 0) refuse(path, "holds no file of AWS's service reference");
  return { operations, troubles };
}

async function valueIn(file: string, refuse: (file: string, message: string) => void): Promise<unknown> {
  try {
    const bytes = await readRegularFile(file, maxFileBytes);
    const text = decodeUtf8(bytes, (message, line) => refuse(`${file}:${line}`, message));
    return text === undefined ? undefined : JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error: unknown) {
    if (error instanceof SyntaxError) refuse(file, "is no JSON");
    else refuse(file, error instanceof RegularFileError ? error.message : `cannot be read: ${fileFailure(error)}`);
    return undefined;
  }
}
