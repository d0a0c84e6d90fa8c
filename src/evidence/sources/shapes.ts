/**
 * What members of AWS's answers have to be. A reader takes what it knows and passes over the rest, so that a member of another kind would be
 * like one that is not there: it is said, with its place in the document.
 */
import { quote } from "../../text/quote.js";
import type { SourceKind } from "./evidence.js";
import { objectIn } from "./recognised.js";

/** The kind of a member: of its own members with `!` none may be missing. */
type Shape =
  | "text"
  | "number"
  | "truth"
  | "object"
  | "document"
  | { readonly list: Shape }
  | { readonly each: Shape }
  | { readonly members: { readonly [name: string]: Shape } };

const list = (item: Shape): Shape => ({ list: item });
const members = (own: { readonly [name: string]: Shape }): Shape => ({ members: own });
const entity = members({ "Arn!": "text" });
const item = members({ resourceType: "text", awsAccountId: "text" });
const named = members({ "Id!": "text" });

const shapes: Partial<Readonly<Record<SourceKind, Shape>>> = {
  "account authorization details": members({
    UserDetailList: list(members({ "Arn!": "text", UserPolicyList: list("object"), GroupList: list("text") })),
    GroupDetailList: list(members({ "Arn!": "text", GroupPolicyList: list("object") })),
    RoleDetailList: list(members({ "Arn!": "text", RolePolicyList: list("object"), RoleLastUsed: "object" })),
    Policies: list(members({ "Arn!": "text", PolicyVersionList: list("object") })),
  }),
  "account summary": members({ SummaryMap: { each: "number" } }),
  "password policy": members({
    PasswordPolicy: members({ MinimumPasswordLength: "number", PasswordReusePrevention: "number" }),
  }),
  "virtual MFA devices": members({
    VirtualMFADevices: list(members({ SerialNumber: "text", User: entity })),
  }),
  "server certificates": members({
    ServerCertificateMetadataList: list(members({ "Arn!": "text", "Expiration!": "text" })),
  }),
  "service last accessed": members({
    ServicesLastAccessed: list(members({ "ServiceNamespace!": "text", LastAuthenticated: "text" })),
  }),
  organization: members({
    Roots: list(named),
    OrganizationalUnits: list(named),
    Accounts: list(named),
    Policies: list(named),
    Children: list(named),
    Parents: list(named),
    Targets: list(members({ "TargetId!": "text" })),
  }),
  "organization policy": members({
    Policy: members({ PolicySummary: members({ "Type!": "text" }), "Content!": "document" }),
  }),
  "AWS Config": members({
    configurationItems: list(item),
    baseConfigurationItems: list(item),
    BaseConfigurationItems: list(item),
  }),
  "public access block": members({ PublicAccessBlockConfiguration: { each: "truth" } }),
  "resource tags": members({ ResourceTagMappingList: list(members({ "ResourceARN!": "text", Tags: list("object") })) }),
};

/** More of one document are counted only. */
const mostTold = 10;

/** What in a document is of another kind than it has to be, in sentences. */
export function shapeProblems(kind: SourceKind, value: unknown): readonly string[] {
  const shape = shapes[kind];
  if (shape === undefined) return [];
  const found: string[] = [];
  look(value, shape, "", found);
  const more = found.length - mostTold;
  return more > 0
    ? [...found.slice(0, mostTold), `${more} members more are of another kind than they have to be`]
    : found;
}

function look(value: unknown, shape: Shape, path: string, found: string[]): void {
  const wrong = (wanted: string): void => {
    found.push(`${path === "" ? "the document" : quote(path)} is ${kindOf(value)}, not ${wanted}: it is left out`);
  };
  if (typeof shape === "string") {
    if (!isOf(value, shape)) wrong(words[shape]);
    return;
  }
  if ("list" in shape) {
    if (!Array.isArray(value)) wrong("a list");
    else for (const [index, one] of value.entries()) look(one, shape.list, `${path}[${index}]`, found);
    return;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    wrong("an object");
    return;
  }
  const own = new Map<string, unknown>(Object.entries(value));
  if ("each" in shape) {
    for (const [name, one] of own) look(one, shape.each, below(path, name), found);
    return;
  }
  for (const [written, member] of Object.entries(shape.members)) {
    const name = written.replace(/!$/, "");
    const held = own.get(name);
    if (held !== undefined && held !== null) look(held, member, below(path, name), found);
    else if (written.endsWith("!"))
      found.push(`${quote(below(path, name))} is missing: what it belongs to is left out`);
  }
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isOf(value: unknown, kind: Extract<Shape, string>): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "truth":
      return typeof value === "boolean";
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "document":
      return objectIn(value) !== undefined;
  }
}

const words: Readonly<Record<Extract<Shape, string>, string>> = {
  text: "a text",
  number: "a number",
  truth: "`true` or `false`",
  object: "an object",
  document: "a policy document",
};

function kindOf(value: unknown): string {
  if (value === null) return "`null`";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return Number.isFinite(value) ? "a number" : "a number that is too large";
  return typeof value === "boolean" ? "`true` or `false`" : "an object";
}
