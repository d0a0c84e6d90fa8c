/** Whose a service-last-accessed report is: the answer of AWS does not say it, so an ARN in the file or the name of the file must. */
import { parseArn } from "../../policy/document/arn.js";
import type { LastAccessedReport } from "./evidence.js";
import { stemOf } from "./origin.js";

/** The ARN of a user, group or role, or why none is sure. */
export type EntityOfReport = { readonly arn: string } | { readonly arn?: undefined; readonly needs: string };

/**
 * Compares whole names, never parts of them: the ARN in the file; else the name of the file, which is the entity's, with `accessed-`, the
 * account and the kind in front or not, as in `accessed-111122223333-role-deploy.json`. What fits several is nobody's.
 */
export function entityOfReport(
  { file, account, about }: Pick<LastAccessedReport, "about" | "account" | "file">,
  arns: readonly string[],
): EntityOfReport {
  if (about !== undefined) {
    return arns.includes(about) ? { arn: about } : { needs: `${about} in the policy set` };
  }
  const readings = readingsOf(stemOf(file));
  const fitting = arns.filter((arn) => {
    const parsed = parseArn(arn);
    if (parsed === undefined || (account !== undefined && parsed.account !== account)) return false;
    const [kind = "", ...rest] = parsed.rest.split("/");
    const name = rest.at(-1) ?? "";
    return readings.some(
      (reading) =>
        reading.name === name &&
        (reading.kind ?? kind) === kind &&
        (reading.account ?? parsed.account) === parsed.account,
    );
  });
  const [arn, second] = fitting;
  if (arn === undefined) return { needs: "a file that is named after a user, group or role, as accessed-alice.json" };
  if (second !== undefined) {
    const some = fitting.slice(0, 3).join(", ");
    const more = fitting.length > 3 ? ` and ${fitting.length - 3} more` : "";
    return {
      needs: `a file name that fits one alone, as accessed-111122223333-role-deploy.json: it fits ${some}${more}`,
    };
  }
  return { arn };
}

interface Reading {
  readonly name: string;
  readonly account?: string | undefined;
  readonly kind?: string | undefined;
}

/** Every way to take a stem apart: an entity may itself be called `accessed-alice`. */
function readingsOf(stem: string): readonly Reading[] {
  const bare = /^(?:service-)?(?:last-)?accessed-(.+)$/s.exec(stem)?.[1];
  return [stem, ...(bare === undefined ? [] : [bare])].flatMap((text): readonly Reading[] => {
    const [, account, named] = /^([0-9]{12})-(.+)$/s.exec(text) ?? [];
    return [{ name: text }, ...(named === undefined ? [] : [{ name: named, account }])].flatMap((reading) => {
      const [, kind, name] = /^(user|group|role)-(.+)$/s.exec(reading.name) ?? [];
      return name === undefined ? [reading] : [reading, { ...reading, name, kind }];
    });
  });
}
