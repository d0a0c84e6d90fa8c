/** What a report tells, as JSON: the page is made of it, and the next report is compared with it. */

/** A request that shows something, and the statement that decides it. */
export interface Shown {
  readonly question: Readonly<Record<string, unknown>>;
  readonly place?: string | undefined;
}

/** A section without its data. */
export interface LeftOut {
  readonly leftOut: string;
}

/** A finding of the posture. */
export interface ReportFinding {
  readonly id: string;
  readonly severity: string;
  readonly subject: string;
  readonly reason: string;
  readonly fix: string;
  readonly standard: readonly string[];
  readonly fingerprint: string;
  /** False: something keeps it from happening today. */
  readonly effective: boolean;
  readonly place?: string | undefined;
  readonly witness?: Readonly<Record<string, unknown>> | undefined;
}

/** One edge of a chain. */
export interface ReportEdge {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  /** Who or what is changed on the way. */
  readonly by?: string | undefined;
  readonly does: string;
  readonly steps: readonly Shown[];
  /** In words; each is enough. */
  readonly conditions: readonly string[];
  readonly supposes?: string | undefined;
}

/** The way of a principal to become an administrator. */
export interface ReportChain {
  readonly principal: string;
  readonly certain: boolean;
  readonly edges: readonly ReportEdge[];
}

/** Who may do what kind of things in which services. */
export interface HeatMap {
  /** The columns. */
  readonly services: readonly string[];
  /** Services that have no column. */
  readonly moreServices: number;
  readonly rows: readonly {
    readonly principal: string;
    readonly administrator: boolean;
    /** As many as columns: the gravest access level, or null. */
    readonly cells: readonly ({ readonly level: string; readonly shown: Shown } | null)[];
  }[];
}

/** What somebody from outside may do. */
export interface OutsideLine {
  readonly who: string;
  /** Anybody at all, another account, any account of the organization, or whomever an identity provider names. */
  readonly openTo: "anybody" | "account" | "organization" | "provider";
  readonly resource: string;
  readonly actions: readonly string[];
  readonly access: string;
  readonly conditions: readonly string[];
  readonly shown: Shown;
  /** What has to be so as well and nobody here knows; `verdict check --question` leaves it out. */
  readonly supposes?: string | undefined;
}

/** Permissions that are there and were not used. */
export interface UnusedLine {
  readonly principal: string;
  /** Services with the number of actions that were never used in the records. */
  readonly services: readonly {
    readonly service: string;
    readonly actions: number;
    readonly lastUsed: string | null;
  }[];
}

/** All of it. */
export interface ReportData {
  readonly format: "verdict-report/1";
  readonly generatedAt: string;
  readonly version: string;
  readonly policySet: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly inputs: readonly {
    readonly file: string;
    readonly kind: string;
    readonly accounts: readonly string[];
    readonly date: string;
    /** Where the date is from. */
    readonly datedBy?: "content" | "name" | "file";
  }[];
  /** Of mixtures, what is incomplete, what was left out. */
  readonly notes: readonly string[];
  readonly posture:
    | LeftOut
    | {
        readonly findings: readonly ReportFinding[];
        readonly notChecked: readonly {
          readonly notChecked: string;
          readonly subject: string;
          readonly needs: string;
        }[];
      };
  readonly escalation: {
    readonly principals: number;
    readonly administrators: readonly {
      readonly principal: string;
      readonly conditions: readonly string[];
      readonly shown: readonly Shown[];
    }[];
    readonly chains: readonly ReportChain[];
    readonly edges: number;
    readonly unknown: number;
  };
  readonly heat: HeatMap;
  readonly outside: readonly OutsideLine[];
  readonly unused:
    | LeftOut
    | {
        readonly from: string;
        readonly to: string;
        readonly lines: readonly UnusedLine[];
        /** Reports of which nobody knows whose they are, in words. */
        readonly unclear: readonly string[];
      };
}
