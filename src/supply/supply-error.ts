/** Why a caller of PolicySetService is refused before any policy is read. */

/** What stands against the call. */
export type SupplyErrorCode = "badName" | "badFiles" | "tooLarge" | "reservedName" | "unknownSet" | "overloaded";

/** A refused call. The message is safe to show the caller, place first. */
export class SupplyError extends Error {
  constructor(
    readonly code: SupplyErrorCode,
    message: string,
  ) {
    super(message);
    this.name = "SupplyError";
  }
}
