/**
 * What a region and the catalogue know of the keys that nothing derives: fixed, absent, or open with a type and a number of values; and
 * which of them every request of AWS carries.
 */
import type { KeyFacts } from "../classes/key-space.js";
import { isDerivedKey, type KeyStanding, listKeys } from "../classes/world.js";
import { foldText } from "../text/fold.js";
import type { Catalogue } from "../validate/catalogue/catalogue.js";
import { globalKey } from "../validate/catalogue/condition-keys.js";
import type { Region } from "./region.js";

const alwaysThere = [
  ["aws:SecureTransport", "true"],
  ["aws:RequestedRegion", "us-east-1"],
  ["aws:UserAgent", "aws-cli"],
] as const;

const alwaysThereFolded: ReadonlySet<string> = new Set(alwaysThere.map(([key]) => foldText(key)));

/** The keys of one question. */
export class KeyKnowledge {
  private readonly fixed = new Map<string, readonly string[] | null>();
  private readonly facts = new Map<string, KeyFacts>();
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Derived keys that the region sets. */
  readonly overrides = new Map<string, readonly string[]>();

  constructor(
    private readonly region: Region,
    private readonly catalogue: Catalogue | undefined,
    nowMs: number,
  ) {
    const context = new Map(region.context);
    for (const key of region.without) this.fixed.set(foldText(key), null);
    for (const [key, values] of region.context) {
      if (isDerivedKey(foldText(key))) this.overrides.set(foldText(key), values);
    }
    for (const [key, values] of region.context) this.fixed.set(foldText(key), values.length === 0 ? null : values);
    const clock = [...region.context].find(([key]) => foldText(key) === "aws:currenttime")?.[1][0];
    // Every witness of a closed region carries its clock.
    if (region.closed || clock !== undefined) {
      const text = clock ?? new Date(Math.floor(nowMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
      context.set("aws:CurrentTime", [text]);
      this.fixed.set("aws:currenttime", [text]);
      this.fixed.set("aws:epochtime", [String(Math.floor(Date.parse(text) / 1000))]);
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

  /** Whether the catalogue lists the action. */
  isKnown(action: string): boolean {
    const [prefix = "", name = ""] = action.split(":", 2);
    return this.catalogue?.service(prefix)?.actions.has(name.toLowerCase()) ?? false;
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
