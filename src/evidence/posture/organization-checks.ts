/** What binds whole accounts, and inputs that are not whole. */
import { isFullAccess, nounOf } from "../../question/layers.js";
import { compareTexts } from "../../text/compare-texts.js";
import { type Check, cis, type Found, type Unchecked } from "./check.js";
import type { PostureContext } from "./context.js";

function* withoutControls(
  { auditor, accounts }: PostureContext,
  member: "serviceControlPolicies" | "resourceControlPolicies",
  type: "scp" | "rcp",
): Iterable<Found | Unchecked> {
  const { set } = auditor.terms;
  const known = new Map(set.accounts.map((account) => [account.id, account]));
  for (const id of new Set([...known.keys(), ...accounts])) {
    const account = known.get(id);
    if (account?.organizationId === undefined) {
      yield { subject: id, needs: "the organization: its tree and policies" };
      continue;
    }
    if (account.isManagementAccount) continue;
    const binding = (account[member] ?? []).flat().some(({ name }) => !isFullAccess(type, name));
    if (!binding)
      yield {
        subject: id,
        account: id,
        reason: `no ${nounOf(type).replace(/^an? /, "")} but full access binds the account`,
      };
  }
}

/** The checks. */
export const organizationChecks: readonly Check[] = [
  {
    id: "account-without-scp",
    title: "service control policies limit every account",
    severity: "medium",
    standard: cis("2.1.2"),
    fix: "attach the organization's baseline to the root or the account's unit",
    find: (context) => withoutControls(context, "serviceControlPolicies", "scp"),
  },
  {
    id: "account-without-rcp",
    title: "resource control policies limit every account",
    severity: "low",
    standard: cis("2.1.2"),
    fix: "attach a fence of resources to the root: RCPs keep strangers out whatever a resource's policy says",
    find: (context) => withoutControls(context, "resourceControlPolicies", "rcp"),
  },
  {
    id: "account-suspended",
    title: "suspended accounts are closed or used again",
    severity: "low",
    standard: [],
    fix: "close the account, or let it be used again",
    *find({ evidence }) {
      for (const { what, items, file } of evidence.organization) {
        if (what !== "accounts") continue;
        for (const { Id, Status, State } of items) {
          if (typeof Id !== "string" || !(Status === "SUSPENDED" || State === "SUSPENDED")) continue;
          yield {
            subject: Id,
            account: Id,
            reason: "the account is suspended and still listed",
            place: { file, line: 1, column: 1 },
          };
        }
      }
    },
  },
  {
    id: "export-incomplete",
    title: "inputs are whole",
    severity: "medium",
    standard: [],
    fix: "export it again, with every page: what is missing can be neither found nor cleared",
    *find({ evidence }) {
      const problems = [...evidence.problems].sort((left, right) => compareTexts(left.file, right.file));
      for (const { kind, file, text, account } of problems) {
        if (kind !== "incomplete") continue;
        yield { subject: file, account, detail: text, reason: text, place: { file, line: 1, column: 1 } };
      }
    },
  },
];
