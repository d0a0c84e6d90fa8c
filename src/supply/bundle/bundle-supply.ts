/**
 * A policy set from an HTTP(S) origin: asks again and again, politely, and takes over only bundles that prove themselves and
 * load. The last good one on disk serves until the origin answers.
 */

import { setTimeout as wait } from "node:timers/promises";
import { DeadlineError } from "../../engine/deadline.js";
import { errorText } from "../../text/error-text.js";
import type { Finding } from "../../text/finding.js";
import type { Activation } from "../activation.js";
import { BackOff } from "../back-off.js";
import type { CachedBundle } from "./bundle-cache.js";
import { BundleError } from "./bundle-error.js";
import type { BundleOrigin } from "./bundle-origin.js";

/** How often an origin is asked; milliseconds unless the name says otherwise. */
export interface BundleTimes {
  /** From one request to the next where the origin does not hold requests until something changes. */
  readonly intervalMs: number;
  /** How long the origin may hold a request. */
  readonly waitSeconds: number;
  /** The shortest time between two requests, whatever the origin says. */
  readonly leastMs: number;
  /** The wait after the first failure; it doubles up to the interval. */
  readonly firstBackOffMs: number;
  readonly random?: () => number;
}

/** Keeps one policy set up to date. */
export class BundleSupply {
  private readonly backOff: BackOff;
  private readonly stopped = new AbortController();
  /** Ends what the loop waits for: a pause or a request that the origin holds. */
  private interrupt = new AbortController();
  private asked: { readonly done: Promise<void>; readonly resolve: () => void } | undefined;
  private contentInForce: string | undefined;
  private refused: { readonly contentDigest: string; readonly etag: string | undefined } | undefined;
  private etagInForce: string | undefined;
  private highestRevision: number | undefined;
  private isFirst = true;
  private pauseMs = 0;

  constructor(
    private readonly activation: Activation,
    private readonly origin: BundleOrigin,
    private readonly times: BundleTimes,
  ) {
    const limits = { firstMs: times.firstBackOffMs, mostMs: Math.max(times.intervalMs, times.firstBackOffMs) };
    this.backOff = new BackOff(limits, times.random);
  }

  get status() {
    return this.activation.status;
  }

  /** Takes over the last good bundle, or else asks the origin a first time; how that went is in the status. */
  async start(): Promise<void> {
    await this.startFromCache();
    if (this.status.active === undefined) await this.askOnce();
  }

  /** Goes on asking from here on. */
  watch(): void {
    void this.loop();
  }

  /** Asks at once, without the origin holding the request; resolves when that is done. */
  reload(): Promise<void> {
    if (this.asked === undefined) {
      let resolve = (): void => {};
      const done = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.asked = { done, resolve };
      this.interrupt.abort();
    }
    return this.asked.done;
  }

  /** Asks no more; a request or a preparation under way comes to nothing. */
  close(): void {
    this.stopped.abort();
    this.interrupt.abort();
    this.asked?.resolve();
  }

  private async loop(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      if (this.asked === undefined) await this.pause();
      if (this.stopped.signal.aborted) return;
      this.interrupt = new AbortController();
      const { asked } = this;
      await this.askOnce();
      if (asked === undefined) continue;
      this.asked = undefined;
      asked.resolve();
    }
  }

  private async askOnce(): Promise<void> {
    const startedAt = performance.now();
    const etag = this.refused === undefined ? this.etagInForce : this.refused.etag;
    // The first request after a start is not held, so that it is soon known how old the bundle on disk is; nor is one without a
    // tag, because the origin cannot tell what is at hand.
    const isHeld = this.asked === undefined && !this.isFirst && etag !== undefined;
    this.isFirst = false;
    try {
      const signal = AbortSignal.any([this.interrupt.signal, this.stopped.signal]);
      const answer = await this.origin.ask(etag, isHeld ? this.times.waitSeconds : 0, signal);
      if (this.stopped.signal.aborted) return;
      if (answer.kind === "bundle") await this.take(answer.raw);
      else if (this.refused === undefined) this.activation.confirm({ asked: this.asked !== undefined });
      else this.activation.confirmRefusal();
      this.backOff.reset();
      // Who says that it holds requests but answers at once is not asked more often than that. Whether it does shows only once
      // it was let to.
      const isSoon = answer.holds || (!isHeld && this.etagInForce !== undefined);
      const pauseMs = isSoon ? this.times.leastMs : Math.max(this.times.leastMs, this.times.intervalMs);
      this.pauseMs = Math.max(0, pauseMs - (performance.now() - startedAt));
    } catch (error: unknown) {
      this.pauseMs = 0;
      if (this.stopped.signal.aborted || this.interrupt.signal.aborted) return;
      this.report(error);
      this.pauseMs = this.backOff.next();
    }
  }

  private async startFromCache(): Promise<void> {
    try {
      const cached = await this.origin.cached();
      if (cached === undefined) return;
      this.highestRevision = cached.revision;
      await this.take(cached, true);
    } catch (error: unknown) {
      this.report(error);
    }
  }

  /** Puts a bundle in force, or refuses it for what its documents say. Rejects with BundleError for what it is. */
  private async take(raw: CachedBundle, isFromDisk = false): Promise<void> {
    const { activation, origin } = this;
    const startedAt = performance.now();
    const bundle = await origin.open(raw);
    if (bundle.contentDigest === this.refused?.contentDigest && this.asked === undefined) {
      this.refused = { contentDigest: bundle.contentDigest, etag: raw.etag };
      return activation.confirmRefusal();
    }
    if ("findings" in bundle) return this.refuse(bundle.contentDigest, raw.etag, bundle.findings);
    const { contentDigest, revision } = bundle;
    this.refuseRollback(revision, contentDigest);
    if (contentDigest !== this.contentInForce) {
      const result = await activation.prepare({ files: bundle.files });
      if (this.stopped.signal.aborted) return;
      if (result.outcome === "refused") return this.refuse(contentDigest, raw.etag, result.findings);
      if (result.outcome === "unchanged") return;
      activation.activate(result.prepared, { findings: result.findings, startedAt, revision });
    } else activation.confirm({ asked: this.asked !== undefined, revision });
    const isOnDisk = isFromDisk || (this.contentInForce === contentDigest && this.highestRevision === revision);
    this.contentInForce = contentDigest;
    this.highestRevision = revision;
    this.etagInForce = raw.etag;
    this.refused = undefined;
    if (!isOnDisk) await origin.keep(bundle.raw);
  }

  private refuse(contentDigest: string, etag: string | undefined, findings: readonly Finding[]): void {
    this.refused = { contentDigest, etag };
    this.activation.refuse(findings);
  }

  private refuseRollback(revision: number | undefined, contentDigest: string): void {
    const highest = this.highestRevision;
    if (highest === undefined) return;
    if (revision === undefined) throw new BundleError("rollback", `no revision after revision ${highest}`);
    if (revision < highest) throw new BundleError("rollback", `revision ${revision} is older than revision ${highest}`);
    if (revision === highest && this.contentInForce !== undefined && contentDigest !== this.contentInForce) {
      throw new BundleError("rollback", `revision ${revision} again, with other content`);
    }
  }

  private report(error: unknown): void {
    // A stop ends the preparation under way.
    if (this.stopped.signal.aborted) return;
    const reason = errorText(error);
    const code =
      error instanceof BundleError ? error.code : error instanceof DeadlineError ? "timeout" : ("internal" as const);
    this.activation.fail(code, `${this.activation.place}: ${reason}`);
  }

  private async pause(): Promise<void> {
    // An interrupted pause is a short one.
    await wait(this.pauseMs, undefined, { signal: this.interrupt.signal }).catch(() => {});
  }
}
