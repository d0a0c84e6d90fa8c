/**
 * What a region and the catalogue know of the keys that nothing derives: fixed, absent, or open with a type and a number of values; and
 * which of them every request of AWS carries.
 */
import { clockKeys, clockValues } from "../classes/clock-space.js";
import type { KeyFacts } from "../classes/key-space.js";
import { isDerivedKey, type KeyStanding, listKeys } from "../classes/world.js";
import { parseDate } from "../policy/document/date.js";
import { foldText } from "../text/fold.js";
import type { Tag } from "../text/tag.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";
import { globalKey } from "../validate/catalogue/condition-keys.js";
import type { Region } from "./region.js";

const alwaysThere = [
  ["aws:SecureTransport", "true"],
  ["aws:RequestedRegion", "us-east-1"],
  ["aws:UserAgent", "aws-cli"],
] as const;

const alwaysThereFolded: ReadonlySet<string> = new Set(alwaysThere.map(([key]) => foldText(key)));

const tagPrefix = "aws:resourcetag/";

/** The keys of one question. */
export class KeyKnowledge {
  private readonly fixed = new Map<string, readonly string[] | null>();
  private readonly facts = new Map<string, KeyFacts>();
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Derived keys that the region sets. */
  readonly overrides = new Map<string, readonly string[]>();

  /** Tags of resources that it sets, or that they do not have. */
  readonly resourceTags = new Map<string, Tag | undefined>();

  constructor(
    private readonly region: Region,
    private readonly catalogue: Catalogue | undefined,
    nowMs: number,
  ) {
    const context = new Map<string, readonly string[]>();
    for (const key of region.without) {
      const name = foldText(key);
      if (name.startsWith(tagPrefix)) this.resourceTags.set(name, undefined);
      else this.fixed.set(name, null);
    }
    for (const [key, values] of region.context) {
      const name = foldText(key);
      if (name.startsWith(tagPrefix)) {
        this.resourceTags.set(name, { key: key.slice(tagPrefix.length), value: values[0] ?? "" });
        continue;
      }
      context.set(key, values);
      if (isDerivedKey(name)) this.overrides.set(name, values);
      else this.fixed.set(name, values);
    }
    const clock = [...region.context].find(([key]) => clockKeys.has(foldText(key)))?.[1][0];
    // Every witness of a closed region carries its clock.
    if (region.closed || clock !== undefined) {
      const seconds = clock === undefined ? BigInt(Math.floor(nowMs / 1000)) : (parseDate(clock)?.seconds ?? 0n);
      const values = clockValues(seconds * 1000n);
      for (const key of context.keys()) if (clockKeys.has(foldText(key))) context.delete(key);
      context.set("aws:CurrentTime", [values["aws:currenttime"] ?? ""]);
      for (const [key, value] of Object.entries(values)) this.fixed.set(key, [value]);
    }
    this.context = context;
  }

  /** What is known of a key, in a request for an action. */
  standingOf(key: string, action: string): KeyStanding {
    const fixed = this.fixed.get(key);
    if (fixed !== undefined) return { values: fixed };
    if (this.region.closed) return { values: null };
    return { open: { ...this.factsOf(key), alwaysPresent: alwaysThereFolded.has(key) && this.isKnown(action) } };
  }

  /** Keys that every request for the action carries, with a value. */
  alwaysPresent(action: string): readonly (readonly [key: string, value: string])[] {
    if (this.region.closed || !this.isKnown(action)) return [];
    return alwaysThere.filter(([key]) => this.fixed.get(foldText(key)) !== null);
  }

  /** Whether the catalogue lists the action, whose requests then carry what AWS always sends. */
  private isKnown(action: string): boolean {
    return actionIn(this.catalogue, action) !== undefined;
  }

  private factsOf(key: string): KeyFacts {
    const known = this.facts.get(key);
    if (known !== undefined) return known;
    const found = globalKey(key) ?? this.keyOfService(key);
    const isList = listKeys.has(key);
    const facts: KeyFacts = {
      type: found?.type,
      alwaysPresent: false,
      isList,
      single: (found !== undefined && !found.multivalued) || key.startsWith("aws:resourcetag/"),
    };
    this.facts.set(key, facts);
    return facts;
  }

  private keyOfService(key: string) {
    const [prefix = ""] = key.split(":", 1);
    return this.catalogue?.service(prefix)?.keys.find(({ template }) => template.test(key));
  }
}
