// Who asks: the spelling of a principal in a request becomes one of the kinds of IN-2. Pure text; policies are unknown here.
import { type Arn, parseArn } from "./arn.js";
import { foldAscii } from "./fold.js";
import { InputError } from "./input-error.js";
import type { CaseRequest, Profile } from "./simulation-case.js";

interface IamIdentity {
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
}

/** A requester that belongs to an account (IN-2). */
export type IamRequester =
  | ({ readonly kind: "Root" } & IamIdentity)
  | ({ readonly kind: "User"; readonly name: string } & IamIdentity)
  | ({ readonly kind: "Session"; readonly roleArn: string; readonly sessionName: string } & IamIdentity)
  | ({ readonly kind: "Role"; readonly roleArn: string } & IamIdentity)
  | ({ readonly kind: "FederatedUser"; readonly name: string; readonly issuerArn: string | undefined } & IamIdentity);

/** The entity whose request is decided (IN-2). */
export type Requester =
  | IamRequester
  | { readonly kind: "Service"; readonly name: string }
  | { readonly kind: "Provider"; readonly name: string }
  | { readonly kind: "Anonymous" };

/** Reads the requester of a request; an unknown spelling is an input error (IN-2, IN-6). */
export function parseRequester(request: CaseRequest, profile: Profile): Requester {
  const { principal } = request;
  if (principal === "anonymous") return { kind: "Anonymous" };
  if (request.principalIsProvider === true && principal !== "") return { kind: "Provider", name: principal };
  if (isServiceName(principal, profile)) return { kind: "Service", name: principal }; // IN-2: whatever it calls
  if (isProvider(request)) return { kind: "Provider", name: principal };
  const arn = parseArn(principal);
  const requester = arn === undefined ? undefined : parseIamRequester(arn, principal, request.principalIssuerArn);
  if (requester === undefined) throw new InputError("IN-2", `unknown principal \`${principal}\``);
  return requester;
}

/** Tells whether the requester belongs to an account (IN-2, XACC-5). */
export function isIamRequester(requester: Requester): requester is IamRequester {
  return requester.kind !== "Service" && requester.kind !== "Provider" && requester.kind !== "Anonymous";
}

/** Tells whether an ARN has the shape of an account's root user (PRN-4). */
export function isRootArn(text: string): boolean {
  const arn = parseArn(text);
  return arn !== undefined && isIamArn(arn, "iam") && arn.rest === "root";
}

/** Tells whether the issuer of a federated user is the root user (EVAL-8). */
export function isIssuedByRoot(requester: Requester): boolean {
  return requester.kind === "FederatedUser" && requester.issuerArn !== undefined && isRootArn(requester.issuerArn);
}

/** Tells whether the requester acts through a service-linked role (IN-3). */
export function isServiceLinked(requester: Requester): boolean {
  if (requester.kind !== "Role" && requester.kind !== "Session") return false;
  return parseArn(requester.roleArn)?.rest.startsWith("role/aws-service-role/") ?? false;
}

function parseIamRequester(arn: Arn, text: string, issuerArn: string | undefined): IamRequester | undefined {
  if (/[*?]/.test(text)) return undefined; // a requester is one concrete ARN
  const identity = { arn: text, partition: arn.partition, account: arn.account };
  if (isRootArn(text)) return { kind: "Root", ...identity };
  const [type = "", ...path] = arn.rest.split("/");
  const last = path.at(-1) ?? "";
  if (last === "") return undefined;
  if (isIamArn(arn, "iam")) {
    if (type === "user") return { kind: "User", name: last, ...identity };
    if (type === "role") return { kind: "Role", roleArn: text, ...identity };
  }
  if (isIamArn(arn, "sts")) {
    if (type === "assumed-role" && path.length === 2 && path[0] !== "") {
      const roleArn = issuerArn ?? `arn:${arn.partition}:iam::${arn.account}:role/${path[0]}`;
      requireIssuer(roleArn, ["role"]);
      return { kind: "Session", roleArn, sessionName: last, ...identity };
    }
    if (type === "federated-user" && path.length === 1) {
      if (issuerArn !== undefined) requireIssuer(issuerArn, ["user", "root"]);
      return { kind: "FederatedUser", name: last, issuerArn, ...identity };
    }
  }
  return undefined;
}

/** A directory fact of the wrong shape is an input error (IN-2, IN-6). */
function requireIssuer(issuerArn: string, types: readonly string[]): void {
  const arn = parseArn(issuerArn);
  const [type = "", ...path] = arn?.rest.split("/") ?? [];
  const isNamed = type === "root" ? path.length === 0 : path.length > 0 && path.at(-1) !== "";
  if (arn === undefined || !isIamArn(arn, "iam") || !types.includes(type) || !isNamed) {
    throw new InputError("IN-2", `issuer \`${issuerArn}\` is not an ARN of a ${types.join(" or ")}`);
  }
}

function isIamArn(arn: Arn, service: "iam" | "sts"): boolean {
  return arn.partition !== "" && arn.service === service && arn.region === "" && arn.account !== "";
}

/** A provider that is not declared is told by the two calls that only providers make (SVC-6). */
function isProvider({ principal, action }: CaseRequest): boolean {
  if (principal === "") return false;
  const name = foldAscii(action);
  if (name !== "sts:assumerolewithsaml" && name !== "sts:assumerolewithwebidentity") return false;
  if (!principal.startsWith("arn:")) return true;
  const arn = parseArn(principal);
  return arn !== undefined && isIamArn(arn, "iam") && /^(oidc|saml)-provider\/./s.test(arn.rest);
}

/** Service names end as AWS's do; elsewhere any dotted DNS name is one (GEN-4). */
function isServiceName(text: string, profile: Profile): boolean {
  if (/[:/\s]/.test(text)) return false;
  if (/.\.amazonaws\.com(\.cn)?$/.test(text)) return true;
  return profile === "generic" && /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(text);
}
