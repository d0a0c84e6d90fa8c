/**
 * Every row of the table has its edge where its requests are allowed, and has none where a Deny, a boundary, an SCP, a trust policy or
 * `iam:PassedToService` takes one of them away.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { ActionIndex } from "../../src/audit/action-index.js";
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { allRows, askedAfterChanges, EdgeFinder } from "../../src/escalation/find-edges.js";
import { clusterRow, dataRows } from "../../src/escalation/iam-rows.js";
import type { Row } from "../../src/escalation/row.js";
import { View, Views } from "../../src/escalation/views.js";
import { buildPolicySet } from "../../src/index.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { actionIn, type Catalogue } from "../../src/validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const management = "999988887777";
const plain = "111122223333";
const fenced = "222233334444";
const shellScript = "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript";

let catalogue: Catalogue | undefined;
let actionIndex: ActionIndex;

beforeAll(async () => {
  catalogue = await loadWholeCatalogue();
  actionIndex = new ActionIndex(setOf({ users: [{ arn: `arn:aws:iam::${plain}:user/nobody` }] }), catalogue);
});

function setOf(content: object): PolicySet {
  const built = buildPolicySet([sourceText("set.yaml", JSON.stringify(content))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

function document(...Statement: readonly object[]) {
  return { Version: "2012-10-17", Statement };
}

function allow(action: string | readonly string[], more: object = {}) {
  return { Effect: "Allow", Action: action, Resource: "*", ...more };
}

function deny(action: string | readonly string[], more: object = {}) {
  return { Effect: "Deny", Action: action, Resource: "*", ...more };
}

const all = { name: "all", document: document(allow("*")) };

function actionsOf({ steps, passes }: Row): readonly string[] {
  return [...new Set([...steps.map(({ action }) => action), ...(passes === true ? ["iam:PassRole"] : [])])];
}

/** The ways in which an actor differs from one that has the edge. */
type Variant = "whole" | "bounded" | "elsewhere" | `without ${string}`;

function actorOf(row: Row, account: string, variant: Variant) {
  const { targets, change, service } = row;
  const kind = targets === "self role" ? "role" : "user";
  const actions = actionsOf(row);
  const passing = allow("iam:PassRole", {
    Condition: { StringEquals: { "iam:PassedToService": variant === "elsewhere" ? "x.amazonaws.com" : service } },
  });
  const own = actions.filter((action) => action !== "iam:PassRole");
  const grants = document(allow(own), ...(row.passes === true ? [passing] : []));
  const denied = variant.startsWith("without ") ? [{ name: "no", document: document(deny(variant.slice(8))) }] : [];
  const arn = `arn:aws:iam::${account}:${kind}/${variant.replace(/[^a-z]/gi, "-")}`;
  const isLimited = change === "unbounded" || change === "free";
  const policies = [{ name: "grants", document: grants }, ...denied, ...(isLimited ? [all] : [])];
  return {
    kind,
    arn,
    entry: {
      arn,
      ...(kind === "role" ? { trustPolicy: document({ ...trust(account), Resource: undefined }) } : {}),
      ...(targets === "own group" ? { groups: [`arn:aws:iam::${account}:group/team`] } : {}),
      ...(targets === "own policy"
        ? { managedPolicies: [`arn:aws:iam::${account}:policy/own`], inlinePolicies: policies }
        : { inlinePolicies: policies }),
      ...(variant === "bounded"
        ? { permissionsBoundary: `arn:aws:iam::${account}:policy/narrow` }
        : change === "unbounded"
          ? { permissionsBoundary: `arn:aws:iam::${account}:policy/wider` }
          : {}),
    },
  };
}

function trust(account: string) {
  return { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: `arn:aws:iam::${account}:root` } };
}

/** Who is taken over: an administrator, or somebody weak that is raised on the way. `isOpen`: its trust lets the way in. */
function targetOf(row: Row, account: string, isOpen: boolean) {
  const { targets, change, service } = row;
  const policies = change === "raised" ? [] : [all];
  const name = isOpen ? "boss" : "closed";
  if (targets === "user") return { users: [{ arn: `arn:aws:iam::${account}:user/${name}`, inlinePolicies: policies }] };
  if (targets === "other group")
    return { groups: [{ arn: `arn:aws:iam::${account}:group/admins`, inlinePolicies: policies }] };
  if (targets === "own group") return { groups: [{ arn: `arn:aws:iam::${account}:group/team` }] };
  if (!["role", "any role", "provider", "sso role"].includes(targets)) return {};
  const folder = targets === "sso role" ? "aws-reserved/sso.amazonaws.com/" : "";
  const kind = row.id.includes("saml") ? "saml" : "oidc";
  const federated = {
    Effect: "Allow",
    Action: kind === "saml" ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: `arn:aws:iam::${account}:${kind}-provider/${isOpen ? "idp" : "other"}` },
  };
  const statement =
    targets === "provider"
      ? federated
      : service === undefined
        ? trust(isOpen ? account : "555566667777")
        : { ...trust(account), Principal: { Service: isOpen ? service : "unused.amazonaws.com" } };
  const closed = { ...federated, Action: "sts:TagSession" };
  return {
    roles: [
      {
        arn: `arn:aws:iam::${account}:role/${folder}${name}`,
        inlinePolicies: policies,
        trustPolicy: document(targets === "provider" && !isOpen ? closed : statement),
        ...(row.steps.some(({ on }) => on === "policy")
          ? { managedPolicies: [`arn:aws:iam::${account}:policy/theirs`] }
          : {}),
      },
    ],
  };
}

function worldOf(row: Row) {
  const actions = actionsOf(row);
  const isManagement = row.targets === "account root";
  const home = isManagement ? management : plain;
  const variants: readonly Variant[] = [
    "whole",
    "bounded",
    ...(row.passes === true ? (["elsewhere"] as const) : []),
    ...actions.map((action) => `without ${action}` as const),
  ];
  const actors = variants.map((variant) => ({ variant, ...actorOf(row, home, variant) }));
  const caught = actorOf(row, fenced, "whole");
  const limits = deny("iam:*", {
    Resource: "*",
    Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:root" } },
  });
  const parts = [
    targetOf(row, home, true),
    targetOf(row, home, false),
    targetOf(row, fenced, true),
    { users: [...actors, caught].flatMap((one) => (one.kind === "user" ? [one.entry] : [])) },
    { roles: [...actors, caught].flatMap((one) => (one.kind === "role" ? [one.entry] : [])) },
  ];
  const collect = (member: "users" | "roles" | "groups") => [
    ...new Map(
      parts
        .flatMap((part) => (member in part ? Object.entries(part) : []))
        .flatMap(([name, list]) =>
          name === member && Array.isArray(list) ? list.map((one: { arn: string }) => [one.arn, one] as const) : [],
        ),
    ).values(),
  ];
  const content = {
    users: collect("users"),
    roles: collect("roles"),
    groups: collect("groups"),
    policies: [home, fenced].flatMap((account) => [
      { arn: `arn:aws:iam::${account}:policy/narrow`, document: document(allow("xray:*")) },
      { arn: `arn:aws:iam::${account}:policy/wider`, document: document(allow(["xray:*", ...actions])) },
      { arn: `arn:aws:iam::${account}:policy/own`, document: document(allow("s3:ListAllMyBuckets")) },
      { arn: `arn:aws:iam::${account}:policy/theirs`, document: document(allow("s3:ListAllMyBuckets")) },
    ]),
    organization: {
      id: "o-exampleorg1",
      managementAccount: management,
      root: {
        id: "r-ex12",
        accounts: [management],
        units: [
          {
            id: "ou-ex12-plain000",
            accounts: [plain],
            ...(row.change === "free"
              ? { serviceControlPolicies: [{ name: "full", document: document(allow("*"), limits) }] }
              : {}),
          },
          {
            id: "ou-ex12-fenced00",
            accounts: [fenced],
            serviceControlPolicies: [{ name: "fence", document: document(allow("*"), deny(actions)) }],
          },
        ],
      },
    },
    accounts: [{ id: management }, { id: plain }, { id: fenced }],
  };
  return { content, actors, caught: caught.arn };
}

async function finderOver(content: object): Promise<{ finder: EdgeFinder; views: Views; engine: Engine }> {
  const set = setOf(content);
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(set);
  const nowMs = 1_767_225_600_000;
  const auditor = new Auditor({
    set,
    decide: (question) => engine.decide(question, { nowMs }),
    catalogue,
    region: everything,
    nowMs,
    budget: DEFAULT_BUDGET,
    actionIndex,
  });
  const views = new Views(new View(auditor), askedAfterChanges);
  return { finder: new EdgeFinder(views), views, engine };
}

describe("the table of escalations", () => {
  it("has each id once, names actions that the catalogue has, and says what is done", () => {
    const rows = [...allRows, ...dataRows, clusterRow];
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const { id, does, steps } of rows) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(does).not.toBe("");
      for (const { action, type } of steps) {
        const found = actionIn(catalogue, action);
        expect(found, action).toBeDefined();
        if (type !== undefined) expect(found?.resourceTypes.map(({ name }) => name)).toContain(type);
      }
    }
  });

  it.each(allRows.map((row) => [row.id, row] as const))(
    "%s: is there, and goes away with each of its requests",
    async (_id, row) => {
      const { content, actors, caught } = worldOf(row);
      const { finder, views, engine } = await finderOver(content);
      try {
        for (const { arn, variant } of actors) {
          const edges = await finder.ofRow(row, arn);
          const ends = edges.map(({ from, to, path }) => ({ from, to, path }));
          if (variant !== "whole") {
            expect(ends, variant).toEqual([]);
            continue;
          }
          const isRaised = row.change !== undefined && row.change !== "trusting";
          const account = row.targets === "account root" ? plain : arn.split(":")[4];
          const kind = row.targets === "user" ? "user" : "role";
          const folder = row.targets === "sso role" ? "aws-reserved/sso.amazonaws.com/" : "";
          const boss =
            row.targets === "account root"
              ? `arn:aws:iam::${plain}:root`
              : `arn:aws:iam::${account}:${kind}/${folder}boss`;
          expect(ends).toContainEqual({ from: arn, to: isRaised ? "administrator" : boss, path: row.id });
          // A trust policy that does not let the way in.
          if (row.service !== undefined || row.targets === "any role" || row.targets === "provider")
            expect(ends.filter(({ to }) => to.endsWith("/closed"))).toEqual([]);
          for (const { steps } of edges) for (const { witness } of steps) expect(witness).toBeDefined();
        }
        if (row.targets !== "account root") expect(await finder.ofRow(row, caught)).toEqual([]);
      } finally {
        await views.close();
        await engine.close();
      }
    },
  );

  it.each([
    ["ssm-start-session", "ssm:StartSession", ["arn:aws:ec2:*:*:instance/*"], true],
    ["ssm-start-session", "ssm:StartSession", ["arn:aws:ecs:*:*:task/*", "arn:aws:ssm:*:*:document/*"], false],
    ["ssm-send-command", "ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*"], false],
    ["ssm-send-command", "ssm:SendCommand", ["arn:aws:ssm:*:*:document/*", "arn:aws:s3:::*"], false],
    ["ssm-send-command", "ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/own"], true],
    ["ssm-send-command", "ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", shellScript], true],
  ])("%s with %s on %j: %s", async (id, action, Resource, isThere) => {
    const row = allRows.find((one) => one.id === id);
    if (row === undefined) throw new Error(`no row ${id}`);
    const { content, actors } = worldOf(row);
    const [actor] = actors;
    if (actor === undefined) throw new Error("nobody");
    const inlinePolicies = [{ name: "grants", document: document(allow(action, { Resource })) }];
    const narrow = JSON.parse(JSON.stringify(content), (_, value: unknown) =>
      typeof value === "object" && value !== null && "arn" in value && value.arn === actor.arn
        ? { ...value, inlinePolicies }
        : value,
    ) as object;
    const { finder, views, engine } = await finderOver(narrow);
    try {
      expect((await finder.ofRow(row, actor.arn)).map(({ to }) => to)).toEqual(
        isThere ? [`arn:aws:iam::${plain}:role/boss`] : [],
      );
    } finally {
      await views.close();
      await engine.close();
    }
  });

  it.each([...dataRows, clusterRow].map((row) => [row.id, row] as const))(
    "%s opens data, and does not without its requests",
    async (_id, row) => {
      const { content, actors, caught } = worldOf(row);
      const { finder, views, engine } = await finderOver(content);
      try {
        for (const { arn, variant } of actors) {
          const steps = finder.stepsOf(row, arn, { principal: arn }, views.base);
          expect(steps !== undefined, variant).toBe(variant === "whole");
        }
        expect(finder.stepsOf(row, caught, { principal: caught }, views.base)).toBeUndefined();
      } finally {
        await views.close();
        await engine.close();
      }
    },
  );
});
