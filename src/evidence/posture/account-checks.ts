/** What is set for a whole account: the password policy, server certificates, and what is asked that no input tells. */
import type { JsonObject } from "../../text/json-object.js";
import { isoTime, timeOf } from "../cloudtrail/time.js";
import type { PasswordPolicy } from "../sources/evidence.js";
import { type Check, cis, type Found, type Unchecked } from "./check.js";
import type { PostureContext } from "./context.js";

/** What a password has to have. */
const shortestPassword = 14;
/** So many passwords are not used again. */
const rememberedPasswords = 24;

function* passwords(
  context: PostureContext,
  look: (policy: JsonObject | undefined) => string | undefined,
): Iterable<Found | Unchecked> {
  yield* context.latest(
    context.evidence.passwordPolicies,
    "password policy, or the error that says that there is none",
    function* ({ policy, file }: PasswordPolicy, account) {
      const reason = look(policy);
      if (reason !== undefined) yield { subject: account, account, reason, place: { file, line: 1, column: 1 } };
    },
  );
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Something that nothing offline tells. */
function unknowable(id: string, title: string, standard: readonly string[], needs: string): Check {
  return {
    id,
    title,
    severity: "low",
    standard,
    fix: "look at it in the console",
    *find({ accounts }) {
      for (const subject of accounts.length > 0 ? accounts : ["account"]) yield { subject, needs };
    },
  };
}

/** The checks. */
export const accountChecks: readonly Check[] = [
  {
    id: "password-policy-missing",
    title: "the account has a password policy",
    severity: "medium",
    standard: [],
    fix: "set a password policy for the account",
    find: (context) =>
      passwords(context, (policy) =>
        policy === undefined
          ? "the account has no password policy: AWS's default asks for eight characters"
          : undefined,
      ),
  },
  {
    id: "password-policy-length",
    title: `passwords have ${shortestPassword} characters at least`,
    severity: "medium",
    standard: cis("2.8", "2.7", "1.7"),
    fix: `set the least length to ${shortestPassword} or more`,
    find: (context) =>
      passwords(context, (policy) => {
        const least = policy === undefined ? 8 : numberOf(policy.MinimumPasswordLength);
        return least >= shortestPassword ? undefined : `passwords may have ${least} characters`;
      }),
  },
  {
    id: "password-policy-reuse",
    title: `the last ${rememberedPasswords} passwords are not used again`,
    severity: "low",
    standard: cis("2.9", "2.8", "1.8"),
    fix: `let the account remember ${rememberedPasswords} passwords`,
    find: (context) =>
      passwords(context, (policy) => {
        const remembered = numberOf(policy?.PasswordReusePrevention);
        if (remembered >= rememberedPasswords) return undefined;
        return remembered === 0
          ? "old passwords may be used again"
          : `only the last ${remembered} passwords are not used again`;
      }),
  },
  {
    id: "server-certificate-expired",
    title: "no server certificate of IAM has expired",
    severity: "low",
    standard: cis("2.17", "2.18", "1.18"),
    fix: "delete the certificate",
    *find(context) {
      const needs = "list of server certificates";
      const byAccount = context.byAccount(context.evidence.serverCertificates);
      for (const account of new Set([...context.accounts, ...byAccount.keys()])) {
        const own = byAccount.get(account);
        if (own === undefined) yield { subject: account, needs };
        for (const { arn, expiration, at, file } of own ?? []) {
          const end = timeOf(expiration);
          if (end === undefined || end > at) continue;
          yield {
            subject: arn,
            account,
            reason: `the certificate expired at ${isoTime(end)}`,
            place: { file, line: 1, column: 1 },
          };
        }
      }
      if (context.accounts.length === 0 && byAccount.size === 0) yield { subject: "account", needs };
    },
  },
  {
    id: "users-not-central",
    title: "people are managed in one place, not in each account",
    severity: "low",
    standard: cis("2.19", "2.20", "1.20"),
    fix: "let people sign in through IAM Identity Center or a federation, and delete their users",
    find: (context) =>
      context.latest(context.evidence.credentialReports, "credential report", function* ({ rows, file }, account) {
        const count = rows.filter(
          ({ isRoot, cells }) => !isRoot && cells.get("password_enabled")?.toLowerCase() === "true",
        ).length;
        if (count === 0) return;
        const reason = `people sign in as users of this account (${count} with a password)`;
        yield { subject: account, account, reason, place: { file, line: 1, column: 1 } };
      }),
  },
  {
    id: "instance-without-role",
    title: "instances have roles",
    severity: "low",
    standard: cis("2.16", "2.17", "1.17"),
    fix: "attach an instance profile with the least that the instance needs, and remove keys from it",
    *find({ evidence, accounts }) {
      const instances = evidence.resources.filter(({ type }) => type === "AWS::EC2::Instance");
      const known = new Set(evidence.resources.flatMap(({ type, account }) => (type === undefined ? [] : [account])));
      for (const { arn, roles = [], account, file } of instances) {
        if (roles.length > 0) continue;
        yield { subject: arn, account, reason: "the instance has no role", place: { file, line: 1, column: 1 } };
      }
      for (const subject of accounts) if (!known.has(subject)) yield { subject, needs: "AWS Config: instances" };
    },
  },
  unknowable(
    "contact-details",
    "contact details are current",
    cis("2.2", "2.1", "1.1"),
    "the account's contact details, which no input has",
  ),
  unknowable(
    "security-contact",
    "a security contact is registered",
    cis("2.3", "2.2", "1.2"),
    "the account's security contact, which no input has",
  ),
  unknowable(
    "external-access-analyzer",
    "an analyzer of external access is on",
    cis("2.18", "2.19", "1.19"),
    "the analyzers of each Region, which no input has",
  ),
];
