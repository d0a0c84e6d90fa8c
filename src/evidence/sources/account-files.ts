/** What IAM says about a whole account: its authorization details, counts, password policy, devices and certificates. */
import { isJsonObject } from "../../text/json-object.js";
import { readRequestDetails } from "../cloudtrail/request-details.js";
import { timeOf } from "../cloudtrail/time.js";
import { accountsOfArns, isTruncated, objectsOf, type Recogniser, textOf } from "./recognised.js";

/** `get-account-authorization-details`, one page. */
export const authorizationDetails: Recogniser = (value, _origin, { pages }) => {
  const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"].map((name) => objectsOf(value[name]));
  const policies = objectsOf(value.Policies);
  const isPolicies = policies?.some((policy) => Array.isArray(policy.PolicyVersionList)) ?? false;
  if (lists.every((list) => list === undefined) && !isPolicies) return undefined;
  const entries = [...lists, policies].flatMap((list) => list ?? []);
  const accounts = accountsOfArns(entries.map(({ Arn }) => Arn));
  return {
    kind: "account authorization details",
    accounts,
    entries: entries.length,
    isTruncated: isTruncated(value),
    take: (from) => pages.push({ ...from, page: value }),
  };
};

/** `iam-toolbox get-request-authorization-details`, one page. */
export const requestDetails: Recogniser = (value, _origin, { explained }) => {
  const details = readRequestDetails(value);
  if (details === undefined) return undefined;
  return {
    kind: "request authorization details",
    accounts: details.principal === undefined ? [] : accountsOfArns([details.principal]),
    entries: details.evaluations.length,
    take: (from) => explained.push({ ...from, details }),
  };
};

/** `get-account-summary`. */
export const accountSummary: Recogniser = (value, _origin, { accountSummaries }) => {
  const map = value.SummaryMap;
  if (!isJsonObject(map)) return undefined;
  const counts = new Map<string, number>();
  for (const [name, count] of Object.entries(map)) if (typeof count === "number") counts.set(name, count);
  return {
    kind: "account summary",
    accounts: [],
    entries: counts.size,
    take: (from) => accountSummaries.push({ ...from, counts }),
  };
};

/** `get-account-password-policy`, or the error that says that there is none. */
export const passwordPolicy: Recogniser = (value, _origin, { passwordPolicies }) => {
  const policy = value.PasswordPolicy;
  if (isJsonObject(policy)) {
    return {
      kind: "password policy",
      accounts: [],
      entries: 1,
      take: (from) => passwordPolicies.push({ ...from, policy }),
    };
  }
  const error = isJsonObject(value.Error) ? value.Error : value;
  const code = textOf(error.Code) ?? textOf(error.code) ?? textOf(value.__type);
  const message = textOf(error.Message) ?? textOf(error.message) ?? "";
  if (code === undefined || !/NoSuchEntity/.test(code) || !/password policy/i.test(message)) return undefined;
  return {
    kind: "password policy",
    accounts: accountInText(message),
    entries: 0,
    take: (from) => passwordPolicies.push({ ...from, policy: undefined }),
  };
};

/** The account in what AWS's command line prints where there is no password policy; undefined for other texts. */
export function absentPasswordPolicy(text: string): readonly string[] | undefined {
  const isIt = /NoSuchEntity/.test(text) && /GetAccountPasswordPolicy|password policy/i.test(text);
  return isIt ? accountInText(text) : undefined;
}

function accountInText(text: string): readonly string[] {
  const account = /(?<![0-9])[0-9]{12}(?![0-9])/.exec(text)?.[0];
  return account === undefined ? [] : [account];
}

/** `list-virtual-mfa-devices`. */
export const virtualMfa: Recogniser = (value, _origin, { virtualMfaDevices }) => {
  const devices = objectsOf(value.VirtualMFADevices);
  if (devices === undefined) return undefined;
  const users = devices.flatMap(({ User }) => (isJsonObject(User) ? (textOf(User.Arn) ?? []) : []));
  return {
    kind: "virtual MFA devices",
    accounts: accountsOfArns([...users, ...devices.map(({ SerialNumber }) => SerialNumber)]),
    entries: devices.length,
    isTruncated: isTruncated(value),
    take: (from) => virtualMfaDevices.push({ ...from, users }),
  };
};

/** `list-server-certificates`. */
export const certificates: Recogniser = (value, _origin, { serverCertificates }) => {
  const list = objectsOf(value.ServerCertificateMetadataList);
  if (list === undefined) return undefined;
  return {
    kind: "server certificates",
    accounts: accountsOfArns(list.map(({ Arn }) => Arn)),
    entries: list.length,
    isTruncated: isTruncated(value),
    take: (from) => {
      // An empty list says something, too.
      if (list.length === 0) serverCertificates.push({ ...from, arn: "", expiration: "" });
      for (const { Arn, Expiration } of list) {
        const [arn, expiration] = [textOf(Arn), textOf(Expiration)];
        if (arn !== undefined && expiration !== undefined) serverCertificates.push({ ...from, arn, expiration });
      }
    },
  };
};

/** `get-service-last-accessed-details`. */
export const serviceLastAccessed: Recogniser = (value, _origin, { lastAccessed }) => {
  const services = objectsOf(value.ServicesLastAccessed);
  if (services === undefined) return undefined;
  const about = [value.Arn, value.EntityArn, value.PrincipalArn].map(textOf).find((arn) => arn !== undefined);
  return {
    kind: "service last accessed",
    accounts: accountsOfArns([about, ...services.map(({ LastAuthenticatedEntity }) => LastAuthenticatedEntity)]),
    told: timeOf(value.JobCompletionDate) ?? timeOf(value.JobCreationDate),
    entries: services.length,
    isTruncated: isTruncated(value),
    take: (from) =>
      lastAccessed.push({
        ...from,
        about,
        services: services.flatMap(({ ServiceName, ServiceNamespace, LastAuthenticated }) => {
          const namespace = textOf(ServiceNamespace);
          const name = textOf(ServiceName) ?? namespace ?? "";
          const lastAuthenticated = textOf(LastAuthenticated);
          return namespace === undefined ? [] : [{ namespace, name, lastAuthenticated }];
        }),
      }),
  };
};
