/**
 * A policy set as bytes beside its image, from which the part that concerns one principal and some resources can be taken out
 * again: for simulations over a served set; audits take the whole, on a thread of their own. The front end never does.
 */
import type { ConditionTest, PolicyDocument, Statement } from "../policy/document/document.js";
import { ownerOf } from "../policy/owner-patterns.js";
import {
  type AccountFacts,
  type DirectoryEndpoint,
  type DirectoryGroup,
  type DirectoryPrincipal,
  type DirectoryResource,
  noCounts,
  type PolicySet,
} from "../policy/policy-set.js";
import { accountOfArn } from "../policy/requester.js";
import type { SourcePosition } from "../text/finding.js";
import type { Deflate } from "../text/platform.js";
import type { SourcePositions } from "../text/source-text.js";
import { Archive, ArchiveWriter } from "./archive.js";

type SetFacts = Pick<PolicySet, "profile" | "digest" | "mandatoryResourcePolicies" | "owners">;

/** Writes a policy set. */
export function encodePolicySet(set: PolicySet, deflate: Deflate): Uint8Array {
  const writer = new ArchiveWriter(deflate);
  const documents = new Map<object, number>();
  /** A document is written once, however often it is attached; what attaches it has its number. */
  const replace = (member: string, value: unknown): unknown => {
    if (member !== "document" || !isDocument(value)) return value;
    const known = documents.get(value);
    if (known !== undefined) return known;
    const number = documents.size;
    documents.set(value, number);
    writer.put(`document ${number}`, JSON.stringify(packed(value)));
    return number;
  };
  const put = (key: string, value: unknown): void => writer.put(key, JSON.stringify(value, replace));
  const { profile, digest, mandatoryResourcePolicies, owners } = set;
  put("set", { profile, digest, mandatoryResourcePolicies, owners } satisfies SetFacts);
  for (const one of set.accounts) put(`account ${one.id}`, one);
  const named = new Set<string>();
  for (const one of set.principals) {
    put(`principal ${one.arn}`, one);
    const bare = withoutPath(one.arn);
    if (bare === one.arn || named.has(bare)) continue;
    named.add(bare);
    writer.put(`entity ${bare}`, JSON.stringify(one.arn));
  }
  for (const one of set.groups ?? []) put(`group ${withoutPath(one.arn)}`, one);
  for (const one of set.resources) put(`resource ${one.arn}`, one);
  for (const one of set.endpoints) put(`endpoint ${one.id}`, one);
  writer.put("counts", JSON.stringify(set.counts));
  return writer.end();
}

/** Takes parts out of an archived policy set. */
export class PolicySetArchive {
  private readonly archive: Archive;
  private readonly facts: SetFacts;
  private readonly documents = new Map<number, PolicyDocument | undefined>();

  constructor(bytes: Uint8Array, deflate: Deflate) {
    this.archive = new Archive(bytes, deflate);
    this.facts = this.archive.get("set") ?? emptySet;
  }

  /** Which rules the set is read by. */
  get profile(): PolicySet["profile"] {
    return this.facts.profile;
  }

  /** A principal that the set declares. */
  principal(arn: string): DirectoryPrincipal | undefined {
    return this.get(`principal ${arn}`);
  }

  /** A user or role that the set declares, by its name: the path of the ARN does not count. */
  entity(arn: string): DirectoryPrincipal | undefined {
    const bare = withoutPath(arn);
    const full = this.archive.get<string>(`entity ${bare}`);
    return this.principal(arn) ?? this.principal(bare) ?? (full === undefined ? undefined : this.principal(full));
  }

  /** A group that the set declares, by its name. */
  group(arn: string): DirectoryGroup | undefined {
    return this.get(`group ${withoutPath(arn)}`);
  }

  /** What the set says about a resource: the entry that is longest of those that cover it, or the user or role that it is. */
  resource(arn: string): Omit<DirectoryResource, "arn"> | undefined {
    const exact = this.get<DirectoryResource>(`resource ${arn}`);
    if (exact !== undefined) return exact;
    const entity = this.principal(arn);
    if (entity !== undefined) {
      const { account, tags, trustPolicy } = entity;
      return {
        tags,
        restrictPublicBuckets: false,
        ...(account === undefined ? {} : { account }),
        ...(trustPolicy === undefined ? {} : { policy: trustPolicy }),
      };
    }
    return this.coveringEntries(arn).at(-1);
  }

  /** The account that a pattern of the set says a resource belongs to. */
  ownerByPattern(arn: string): string | undefined {
    return ownerOf(this.facts.owners, arn)?.account;
  }

  /**
   * A policy set that decides requests of these principals about these resources as the whole set does. Principals need not be
   * in the set.
   */
  part(
    principals: readonly DirectoryPrincipal[],
    resources: readonly string[],
    owner?: string,
  ): Omit<PolicySet, "counts"> {
    const entries = new Map(
      resources.flatMap((arn) => this.coveringEntries(arn)).map((entry) => [entry.arn, entry] as const),
    );
    const known = new Map(principals.map((principal) => [principal.arn, principal]));
    for (const arn of resources) {
      const entity = this.principal(arn);
      if (entity !== undefined && !known.has(arn)) known.set(arn, entity);
    }
    const owners = [
      ...resources.flatMap((arn) => [accountOfArn(arn), this.ownerByPattern(arn)]),
      ...[...entries.values()].map(({ account }) => account),
      owner,
    ];
    const ids = new Set([...[...known.values()].map(({ account }) => account), ...owners]);
    return {
      ...this.facts,
      accounts: [...ids].flatMap((id) => (id === undefined ? [] : (this.get<AccountFacts>(`account ${id}`) ?? []))),
      principals: [...known.values()],
      resources: [...entries.values()],
      endpoints: [],
    };
  }

  /** The whole set, in its order: reads everything. */
  whole(): PolicySet {
    const all = <T>(kind: string): readonly T[] => this.archive.all<T>(`${kind} `, this.revive);
    return {
      ...this.facts,
      accounts: all<AccountFacts>("account"),
      principals: all<DirectoryPrincipal>("principal"),
      groups: all<DirectoryGroup>("group"),
      resources: all<DirectoryResource>("resource"),
      endpoints: all<DirectoryEndpoint>("endpoint"),
      counts: this.archive.get("counts") ?? noCounts,
    };
  }

  /** Entries for the resource itself or for what it lies below, shortest first. */
  private coveringEntries(arn: string): readonly DirectoryResource[] {
    const key = `resource ${arn}`;
    const ends = [...key.matchAll(/[/:]/g)].map(({ index }) => index);
    return this.archive.getPrefixes(key, [...ends, key.length], this.revive);
  }

  private get<T>(key: string): T | undefined {
    return this.archive.get(key, this.revive);
  }

  private readonly revive = (member: string, value: unknown): unknown =>
    member === "document" && typeof value === "number" ? this.document(value) : value;

  private document(number: number): PolicyDocument | undefined {
    if (!this.documents.has(number)) {
      const document = this.archive.get<PackedDocument>(`document ${number}`);
      this.documents.set(number, document && unpacked(document));
    }
    return this.documents.get(number);
  }
}

/** The ARN of a user, role or group as it is without a path. */
function withoutPath(arn: string): string {
  return arn.replace(/^(arn:[^:]*:iam::[^:]*:(?:user|role|group)\/).*\//s, "$1");
}

const emptySet: SetFacts = { profile: "aws", digest: "", mandatoryResourcePolicies: [], owners: [] };

/** A document without what only reports about its text need, as lists: a third of the bytes, and written in half the time. */
type PackedDocument = readonly [
  facts: Pick<PolicyDocument, "version" | "id"> & { readonly position: SourcePosition },
  statements: readonly PackedStatement[],
];
type PackedStatement = readonly [
  sid: string | null,
  effect: Statement["effect"],
  line: number,
  column: number,
  /** Where it ends: lines further down, and the column. */
  endLines: number,
  endColumn: number,
  principal: Statement["principal"] | null,
  actionNegated: boolean,
  actions: readonly string[],
  resourceNegated: boolean,
  resources: readonly string[] | null,
  ...conditions: readonly PackedCondition[],
];
type PackedCondition = readonly [
  operator: ConditionTest["operator"],
  operatorName: string,
  key: string,
  ...values: readonly string[],
];

function packed({ version, id, source, offset, statements }: PolicyDocument): PackedDocument {
  const position = source.positionAt(offset);
  return [{ version, ...(id === undefined ? {} : { id }), position }, statements.map(packedStatement)];
}

function packedStatement(statement: Statement): PackedStatement {
  const { sid, effect, source, offset, endOffset = offset, principal, action, resource, conditions } = statement;
  const position = source.positionAt(offset);
  const end = source.positionAt(endOffset);
  return [
    sid ?? null,
    effect,
    position.line,
    position.column,
    end.line - position.line,
    end.column,
    principal ?? null,
    action.negated,
    action.patterns,
    resource?.negated ?? false,
    resource?.patterns ?? null,
    ...conditions.map(
      ({ operator, operatorName, key, values }): PackedCondition => [operator, operatorName, key, ...values],
    ),
  ];
}

/** A text that is not at hand any more: everything in it is at one place, but that its end may be another. */
function onePlace(position: SourcePosition, end = position): SourcePositions {
  return { file: position.file, positionAt: (offset) => (offset === END ? end : position) };
}

/** The offset that stands for the end of a statement whose text is not at hand. */
const END = 1;

function unpacked([{ position, ...facts }, statements]: PackedDocument): PolicyDocument {
  return {
    ...facts,
    source: onePlace(position),
    offset: 0,
    statements: statements.map(
      ([
        sid,
        effect,
        line,
        column,
        endLines,
        endColumn,
        principal,
        actionNegated,
        actions,
        resourceNegated,
        resources,
        ...conditions
      ]) => {
        const { file } = position;
        return {
          ...(sid === null ? {} : { sid }),
          effect,
          ...(principal ? { principal } : {}),
          action: { negated: actionNegated, patterns: actions },
          ...(resources === null ? {} : { resource: { negated: resourceNegated, patterns: resources } }),
          conditions: conditions.map(([operator, operatorName, key, ...values]) => ({
            operator,
            operatorName,
            key,
            values,
            offset: 0,
          })),
          source: onePlace({ file, line, column }, { file, line: line + endLines, column: endColumn }),
          offset: 0,
          endOffset: END,
        };
      },
    ),
  };
}

function isDocument(value: unknown): value is PolicyDocument {
  return typeof value === "object" && value !== null && "statements" in value;
}
