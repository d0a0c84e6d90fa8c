/** Settings of who may call what: TLS, tokens, peers. */

/** The group. */
export const accessSettings = {} as const;
