// Numbers of the fields of authorization.proto that the matcher reads.

// Field numbers of AuthorizeRequest.
export const FIELD_CONTEXT: u32 = 4;
export const FIELD_RESOURCE_TAGS: u32 = 6;
export const FIELD_SESSION_POLICIES: u32 = 7;
export const FIELD_SESSION_TAGS: u32 = 8;
export const FIELD_DETAIL: u32 = 10;
export const FIELD_WHAT_IF: u32 = 12;
/** Fields with higher numbers are passed over. */
export const LAST_FIELD: u32 = FIELD_WHAT_IF;
