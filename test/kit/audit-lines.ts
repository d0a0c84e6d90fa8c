/** Messages of AuditService as the lines that the command prints. */

/** What clients read, its empty members among it. */
interface Line {
  readonly change?: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly accessLevel?: string;
  readonly access: string;
  readonly when: readonly Way[];
  readonly whenIsPartial: boolean;
  readonly before: Side | null;
  readonly after: Side | null;
  readonly decidedBy: readonly { readonly sid: string; readonly attachedTo: string }[];
  readonly witness: Asked | null;
  readonly counterexample: Asked | null;
  readonly gains: Asked | null;
  readonly loses: Asked | null;
  readonly reason: string;
  readonly summary?: object | null;
}
interface Way {
  readonly all: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
    readonly resource: string;
    readonly holds: boolean;
  }[];
}
interface Side {
  readonly access: string;
  readonly when: readonly Way[];
}
interface Asked {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly resourceTags: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, { readonly values: readonly string[] }>>;
  readonly whatIf: boolean;
}

/** A message as the line that the command prints. */
export function lineOf(message: object): object {
  const line = message as Line;
  if (line.summary) return { summary: line.summary };
  const { change, principal, action, resource, reason } = line;
  const accessLevel = line.accessLevel === undefined || line.accessLevel === "" ? null : line.accessLevel;
  const decidedBy = line.decidedBy.map((one) =>
    // AWS's own policy stands in no file, which the command says.
    Object.fromEntries(Object.entries(one).filter(([name, value]) => name === "file" || value !== "")),
  );
  const why = reason === "" ? {} : { reason };
  if (change === undefined) {
    const { access, whenIsPartial } = line;
    const asked = { witness: questionOf(line.witness), counterexample: questionOf(line.counterexample) };
    const when = line.when.map(wayOf);
    return { principal, action, resource, access, when, whenIsPartial, accessLevel, decidedBy, ...asked, ...why };
  }
  const side = (one: Side | null) => one && { access: one.access, when: one.when.map(wayOf) };
  const [before, after, witness] = [side(line.before), side(line.after), questionOf(line.witness)];
  const both = change === "conditions" ? { gains: questionOf(line.gains), loses: questionOf(line.loses) } : {};
  return { change, principal, action, accessLevel, resource, before, after, decidedBy, witness, ...both, ...why };
}

function wayOf({ all }: Way): object {
  return all.map(({ key, operator, values, resource, holds }) =>
    key === "" ? { resource, holds } : { key, operator, values, holds },
  );
}

function questionOf(asked: Asked | null): object | null {
  if (asked === null) return null;
  const { principal, action, resource, resourceAccount, resourceTags, context, whatIf } = asked;
  const values = Object.entries(context).map(([key, { values: all }]) => [key, all.length === 1 ? all[0] : all]);
  return {
    principal,
    action,
    resource,
    ...(resourceAccount === "" ? {} : { resourceAccount }),
    ...(Object.keys(resourceTags).length === 0 ? {} : { resourceTags }),
    ...(values.length === 0 ? {} : { context: Object.fromEntries(values) }),
    ...(whatIf ? { whatIf } : {}),
  };
}
