/** Statements that do nothing: a Deny which no request reaches keeps nobody from anything, and somebody relies on it. */
import { DEFAULT_BUDGET } from "../../audit/auditor.js";
import { everything } from "../../audit/region.js";
import { accountOfArn } from "../../policy/requester.js";
import type { PlacedStatement } from "../../reachable/lone-statement.js";
import { StatementReacher } from "../../reachable/reach-statements.js";
import type { PolicyPlace } from "../../reachable/statement-places.js";
import { quote } from "../../text/quote.js";
import { placeOfStatement } from "./carriers.js";
import type { Check } from "./check.js";
import type { PostureContext } from "./context.js";

/** The checks. */
export const statementChecks: readonly Check[] = [
  {
    id: "deny-dead",
    title: "every Deny can apply to some request",
    severity: "medium",
    standard: [],
    fix: "mend what keeps it from applying, or take the statement out",
    *find(context) {
      const { auditor } = context;
      const reacher = new StatementReacher({
        auditor: auditor.within({ ...everything, outside: true }),
        // A request that is denied comes with every Deny that applies (OUT-3).
        explain: auditor.terms.decide,
        allowsWhatIf: true,
        budget: DEFAULT_BUDGET,
      });
      const isDeny = (index: number): boolean => reacher.statements[index]?.effect === "Deny";
      for (const found of reacher.reach(isDeny)) {
        if (found.kind !== "dead" || found.statement.effect !== "Deny") continue;
        const places = reacher.placesOf(found.statement);
        const [first] = places;
        if (first === undefined || !binds(context, places)) continue;
        const { policy, sid, statement: index } = found.statement;
        const subject = carrierOf(first.place);
        const which = `the Deny ${sid === undefined ? "" : `${quote(sid)} `}of policy ${quote(policy)}`;
        if (!found.proved) {
          yield { subject, needs: `a proof whether ${which} can apply: ${found.why}` };
          continue;
        }
        yield {
          subject,
          account: accountOf(first.place),
          statement: first.statement,
          detail: `${policy} ${index}`,
          place: placeOfStatement(first.statement),
          reason: `${which} can never apply: ${found.why}`,
        };
      }
    },
  },
];

/** An SCP binds nobody where the set knows nobody of its accounts: an export of one account says nothing about others. */
function binds({ auditor }: PostureContext, places: readonly PlacedStatement[]): boolean {
  const { principals } = auditor.terms.set;
  return places.some(
    ({ place }) => place.type !== "scp" || principals.some(({ account }) => account === place.account.id),
  );
}

/** What a finding is about: who or what carries the statement. */
function carrierOf(place: PolicyPlace): string {
  if ("principal" in place) return place.principal.arn;
  if ("resource" in place) return place.resource.arn;
  return "endpoint" in place ? place.endpoint.id : place.account.id;
}

function accountOf(place: PolicyPlace): string | undefined {
  if ("account" in place) return place.account.id;
  if ("principal" in place) return place.principal.account ?? accountOfArn(place.principal.arn);
  return "resource" in place ? place.resource.account : place.endpoint.account;
}
