/** The options of synthesised sets, with their bounds and what they are where nothing is said. Loaded with every command: makes nothing. */
import { controlTypes } from "../question/layers.js";

/** What a synthesised set is to be like. Shares are in percent. */
export interface SynthOptions {
  /** Of all documents together. */
  readonly statements: number;
  readonly seed: number;
  /** Users and roles. */
  readonly principals: number;
  readonly accounts: number;
  /** Principals that are roles. */
  readonly roles: number;
  /** Of each account. */
  readonly groups: number;
  /** Principals with an inline policy beside managed ones. */
  readonly inline: number;
  /** Principals with a permissions boundary. */
  readonly boundaries: number;
  readonly denies: number;
  readonly wildcards: number;
  readonly conditions: number;
  readonly variables: number;
  readonly exclusions: number;
  /** Levels of units below the root; 0 is no organization. */
  readonly depth: number;
  /** SCPs of each node beside FullAWSAccess, and RCPs. */
  readonly scps: number;
  readonly rcps: number;
  /** Statements that stand in policies of resources. */
  readonly resourcePolicies: number;
}

/** The options that are given in numbers, with their bounds; how many principals and accounts there are follows from the number of statements where it is not said. */
export const bounds = {
  statements: [100, 1_000_000],
  principals: [1, 200_000],
  accounts: [1, 5_000],
  groups: [0, 300],
  depth: [0, 5],
  scps: [0, controlTypes.scp.mostOfNode - 1],
  rcps: [0, controlTypes.rcp.mostOfNode - 1],
} as const;

/** What the others are where nothing is said. */
export const presets = {
  seed: 1,
  roles: 60,
  groups: 5,
  inline: 20,
  boundaries: 20,
  denies: 10,
  wildcards: 70,
  conditions: 30,
  variables: 5,
  exclusions: 2,
  depth: 2,
  scps: 1,
  rcps: 1,
  resourcePolicies: 10,
} as const satisfies Partial<SynthOptions>;
