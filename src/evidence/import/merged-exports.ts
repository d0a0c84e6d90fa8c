/** The pages of account exports, and what AWS Config says of the same entities, as one export for each account. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import type { AuthorizationPage, Evidence } from "../sources/evidence.js";
import { objectsOf, textOf } from "../sources/recognised.js";

const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] as const;

/** One account's export. */
export type MergedExport = Record<(typeof lists)[number], readonly JsonObject[]>;

/** Exports by account, with policies that they name and do not have. */
export interface MergedExports {
  readonly accounts: readonly { readonly account: string; readonly page: MergedExport }[];
  /** Managed policies of which nothing is known: they grant nothing, so that what they might bind is denied. */
  readonly placeholders: readonly { readonly arn: string; readonly document: JsonObject }[];
  readonly missing: readonly string[];
}

/** A policy that allows nothing that exists. */
export const unknownPolicy: JsonObject = {
  Version: "2012-10-17",
  Statement: [{ Sid: "NothingIsKnownOfThisPolicy", Effect: "Allow", Action: "verdict-import:Nothing", Resource: "*" }],
};

/** Merges the pages; of an entity that several have, the latest wins. */
export function mergedExports({ pages }: Pick<Evidence, "pages">): MergedExports {
  const accounts = new Map<string, Record<(typeof lists)[number], Map<string, JsonObject>>>();
  const missing: string[] = [];
  for (const page of [...pages].sort((left, right) => left.at - right.at)) {
    for (const name of lists) {
      for (const entity of objectsOf(page.page[name]) ?? []) {
        const arn = textOf(entity.Arn);
        if (arn === undefined) {
          missing.push(`${page.file}: an entry of \`${name}\` without an ARN: left out`);
          continue;
        }
        const account = accountOf(arn, page);
        const own = accounts.get(account) ?? emptyLists();
        accounts.set(account, own);
        own[name].set(arn, entity);
      }
    }
  }
  const known = new Set([...accounts.values()].flatMap(({ Policies }) => [...Policies.keys()]));
  const named = new Set<string>();
  const result = [...accounts].map(([account, own]) => {
    const page = {
      UserDetailList: [...own.UserDetailList.values()],
      GroupDetailList: [...own.GroupDetailList.values()],
      RoleDetailList: [...own.RoleDetailList.values()],
      Policies: [...own.Policies.values()],
    };
    for (const arn of namedPolicies(page)) named.add(arn);
    return { account, page };
  });
  const absent = [...named].filter((arn) => !known.has(arn)).sort();
  for (const arn of absent) {
    missing.push(`${quote(arn)} is attached and its text is in no file: it stands as a policy that allows nothing`);
  }
  return {
    accounts: result.sort((left, right) => (left.account < right.account ? -1 : 1)),
    placeholders: absent.map((arn) => ({ arn, document: unknownPolicy })),
    missing,
  };
}

function emptyLists(): Record<(typeof lists)[number], Map<string, JsonObject>> {
  return { UserDetailList: new Map(), GroupDetailList: new Map(), RoleDetailList: new Map(), Policies: new Map() };
}

/** AWS's own policies belong to the account whose export has them. */
function accountOf(arn: string, { account, page }: AuthorizationPage): string {
  const own = arn.split(":")[4] ?? "";
  if (/^[0-9]{12}$/.test(own)) return own;
  if (account !== undefined) return account;
  for (const name of lists) {
    for (const { Arn } of objectsOf(page[name]) ?? []) {
      const other = typeof Arn === "string" ? (Arn.split(":")[4] ?? "") : "";
      if (/^[0-9]{12}$/.test(other)) return other;
    }
  }
  return "";
}

/** The ARNs of managed policies that entities carry. */
function namedPolicies(page: MergedExport): readonly string[] {
  return [...page.UserDetailList, ...page.GroupDetailList, ...page.RoleDetailList].flatMap((entity) => {
    const attached = (objectsOf(entity.AttachedManagedPolicies) ?? []).flatMap(
      ({ PolicyArn }) => textOf(PolicyArn) ?? [],
    );
    const boundary = entity.PermissionsBoundary;
    const bound = isJsonObject(boundary) ? textOf(boundary.PermissionsBoundaryArn) : undefined;
    return bound === undefined ? attached : [...attached, bound];
  });
}
