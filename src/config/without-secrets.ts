/** Settings as they may be shown: an URL can carry a password or a signed query, and nothing else of a setting is a secret itself. */

/** The text without user names, passwords and queries of URLs in it. */
export function withoutSecrets(text: string): string {
  return text.replace(
    /([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#\s]*@)?([^?#\s]*)(\?[^#\s]*)?(#\S*)?/gi,
    (whole, scheme: string, rest: string, query: string | undefined, fragment: string | undefined) => {
      const user = whole.slice(scheme.length).startsWith(rest) ? "" : "***@";
      return `${scheme}${user}${rest}${query === undefined ? "" : "?***"}${fragment === undefined ? "" : "#***"}`;
    },
  );
}
