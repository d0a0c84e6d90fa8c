/** Templates of mappings backwards: which values of their placeholders give a text. */
import type { Placeholder } from "../../server/ext-authz/placeholder.js";
import type { ValueTemplate } from "../../server/ext-authz/value-template.js";

/** Values of placeholders, each once. */
export class Bindings {
  private readonly bound = new Map<string, { readonly placeholder: Placeholder; readonly value: string }>();

  /** Binds all of a text, or nothing where the text is none of the template or contradicts what is bound. */
  bind({ pieces }: ValueTemplate, text: string): boolean {
    const last = pieces.length - 1;
    const pattern = pieces
      .map((piece, index) =>
        "literal" in piece
          ? piece.literal.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
          : index === last
            ? "(.+)"
            : "([^/:]+)",
      )
      .join("");
    const values = new RegExp(`^${pattern}$`, "su").exec(text)?.slice(1);
    if (values === undefined) return false;
    const found = new Map<string, { readonly placeholder: Placeholder; readonly value: string }>();
    for (const piece of pieces) {
      if ("literal" in piece) continue;
      const value = values.shift() ?? "";
      const key = JSON.stringify(piece.placeholder);
      const known = (found.get(key) ?? this.bound.get(key))?.value;
      if (known !== undefined && known !== value) return false;
      found.set(key, { placeholder: piece.placeholder, value });
    }
    for (const [key, entry] of found) this.bound.set(key, entry);
    return true;
  }

  /** The values of one kind of placeholders. */
  *of<K extends Placeholder["kind"]>(
    kind: K,
  ): Generator<readonly [placeholder: Extract<Placeholder, { readonly kind: K }>, value: string]> {
    for (const { placeholder, value } of this.bound.values()) {
      if (isOf(placeholder, kind)) yield [placeholder, value];
    }
  }

  /** The value of a placeholder with a name. */
  named(kind: "capture" | "header" | "query" | "extension" | "fact", name: string): string | undefined {
    return this.bound.get(JSON.stringify({ kind, name }))?.value;
  }
}

function isOf<K extends Placeholder["kind"]>(
  placeholder: Placeholder,
  kind: K,
): placeholder is Extract<Placeholder, { readonly kind: K }> {
  return placeholder.kind === kind;
}
