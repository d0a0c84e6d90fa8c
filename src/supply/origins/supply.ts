/**
 * All policy sets of a process: each has an origin that keeps it up to date on its own, and callers may load further ones. What
 * happens is told to one listener; how things stand can be asked at any time.
 */
import type { FileReader } from "../../files/file-reader.js";
import type { FileReplacer } from "../../files/file-replacer.js";
import { Activation, type Preparing, type Publishing, type SupplyContext } from "../activation.js";
import type { BundleTerms } from "../bundle/bundle-origin.js";
import type { BundleTimes } from "../bundle/bundle-supply.js";
import { LoadedSets } from "../loaded-sets.js";
import { LookAside } from "../path/look-aside.js";
import { PathSupply, type PathSupplyTimes } from "../path/path-supply.js";
import type { PolicySetStatus, SupplyListener } from "../supply-event.js";
import { isBundlePlace } from "./bundle-place.js";

/** How bundles are fetched; see the settings `--bundle-…`. */
export interface BundleOptions extends Omit<BundleTerms, "verifier" | "cache" | "tokenReader">, BundleTimes {
  /** A file with the public key. */
  readonly keyFile?: string | undefined;
  /** A folder for the last good bundles. */
  readonly cacheFolder?: string | undefined;
}

/** What a supply is made of. */
export interface SupplyOptions {
  readonly engine: Publishing;
  readonly preparer: Preparing;
  readonly places: readonly { readonly name: string; readonly place: string }[];
  /** Whether paths are watched; they can be reloaded in any case. */
  readonly watch: boolean;
  /** Who looks at files, and reads small ones. Default: one for these sets alone. */
  readonly looks?: LookAside;
  readonly times: PathSupplyTimes;
  readonly bundles: BundleOptions;
  /** Sets that callers may load. */
  readonly mostLoadedSets: number;
  readonly onEvent?: SupplyListener;
  readonly nowMs?: () => number;
}

/** What keeps one policy set up to date. */
interface SetSupply {
  readonly status: PolicySetStatus;
  start(): Promise<void>;
  watch(): void;
  reload(): Promise<void>;
  close(): void;
}

/** Keeps the policy sets of a process up to date. */
export class Supply {
  /** Those that callers loaded. */
  readonly loaded: LoadedSets;

  private constructor(
    private readonly sets: readonly SetSupply[],
    private readonly looks: LookAside,
    private readonly watchPaths: boolean,
    context: SupplyContext,
    options: SupplyOptions,
  ) {
    const names = new Set(options.places.map(({ name }) => name));
    const { maxUnpackedBytes } = options.bundles;
    this.loaded = new LoadedSets(context, { mostSets: options.mostLoadedSets, maxUnpackedBytes }, (name) =>
      names.has(name),
    );
  }

  /** Reads keys, loads nothing. Rejects if a key cannot be used. */
  static async create(options: SupplyOptions): Promise<Supply> {
    const { engine, preparer, places, onEvent = () => {}, nowMs = Date.now, bundles, times } = options;
    const { looks = new LookAside() } = options;
    const context: SupplyContext = { engine, preparer, onEvent, nowMs };
    const openBundle = places.some(({ place }) => isBundlePlace(place))
      ? await bundleOpener(bundles, context, looks.aside)
      : undefined;
    const sets = places.map(({ name, place }) =>
      openBundle !== undefined && isBundlePlace(place)
        ? openBundle(name, place)
        : new PathSupply(new Activation(name, "path", place, context), times, (path, onStir) => looks.at(path, onStir)),
    );
    return new Supply(sets, looks, options.watch, context, options);
  }

  /** How each policy set stands: those of the configuration in their order, then those that callers loaded. */
  get statuses(): readonly PolicySetStatus[] {
    return [...this.sets.map(({ status }) => status), ...this.loaded.statuses];
  }

  /** Tries to load every set once; how that went is in the statuses. */
  async start(): Promise<readonly PolicySetStatus[]> {
    await Promise.all(this.sets.map((set) => set.start()));
    return this.statuses;
  }

  /** From here on calls are served: files are looked at in a process that can be ended. */
  moveAside(): void {
    this.looks.moveAside();
  }

  /** Keeps them up to date from here on. */
  watch(): void {
    for (const set of this.sets) if (set.status.origin === "bundle" || this.watchPaths) set.watch();
  }

  /** Looks at every origin at once; resolves when that is done. */
  async reload(): Promise<void> {
    await Promise.all(this.sets.map((set) => set.reload()));
  }

  /** Looks no more. What is in force stays in force. */
  close(): void {
    for (const set of this.sets) set.close();
    this.looks.close();
  }
}

/** What only bundles need takes a while to load, so it is loaded for them only. */
async function bundleOpener(
  options: BundleOptions,
  context: SupplyContext,
  disk: FileReader & FileReplacer,
): Promise<(name: string, place: string) => SetSupply> {
  const { BundleSupply } = await import("../bundle/bundle-supply.js");
  const { BundleOrigin } = await import("../bundle/bundle-origin.js");
  const { BundleCache } = await import("../bundle/bundle-cache.js");
  const { readBundleKey } = await import("../bundle/bundle-signature.js");
  const { keyFile, cacheFolder, ...terms } = options;
  const verifier = keyFile === undefined ? undefined : await readBundleKey(keyFile, disk);
  const cache = cacheFolder === undefined ? undefined : new BundleCache(cacheFolder, terms.maxBytes, disk);
  return (name, place) => {
    const url = new URL(place);
    // The query of a URL may be its secret.
    const activation = new Activation(name, "bundle", url.origin + url.pathname, context);
    return new BundleSupply(
      activation,
      new BundleOrigin(name, url, { ...terms, verifier, cache, tokenReader: disk }),
      options,
    );
  };
}
