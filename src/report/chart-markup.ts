/**
 * SVG of the library as a piece of a page: no style attributes, which the page's Content-Security-Policy refuses, no identifiers, which
 * two pictures would share, and names escaped as everywhere. Elements that stand for something are named, and lead to it.
 */
import { html, Markup } from "./markup.js";

/** What an element stands for. */
export interface Mark {
  readonly title: string;
  /** The id of what it leads to. */
  readonly leadsTo?: string;
}

/** What is around the elements. */
export interface Frame {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly markOf?: ((series: number, place: number) => Mark | undefined) | undefined;
}

/** What is kept of an element; whatever else there is, is for scripts that the page does not have. */
const kept = new Set([
  ...["d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2", "points", "transform"],
  ...[
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
  ],
  ...["text-anchor", "dominant-baseline", "font-size", "font-weight"],
]);
const shapes = new Set(["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "g"]);

/** The picture. It is an image to who cannot see it, but where it leads somewhere: there it is a group of links. */
export function svgMarkup(svg: string, { label, width, height, markOf }: Frame): Markup {
  const pieces: string[] = [];
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$|<(style|defs)[\s\S]*?<\/\1>/g, "");
  let isLinked = false;
  let ends: string[] = [];
  for (const [, text = "", close = "", tag = "", rest = "", empty = ""] of inner.matchAll(
    /([^<]*)(?:<(\/?)([a-z]+)((?:\s[^<>]*?)?)(\/?)>|$)/gi,
  )) {
    if (text.trim() !== "") pieces.push(html`${plain(text)}`.text);
    if (tag === "") continue;
    if (!shapes.has(tag)) throw new Error(`a picture has an element \`${tag}\``);
    if (close !== "") {
      pieces.push(ends.pop() ?? "");
      continue;
    }
    const attributes = attributesOf(rest);
    const [series, place] = [attributes.get("ecmeta_series_index"), attributes.get("ecmeta_data_index")];
    const mark = series === undefined || place === undefined ? undefined : markOf?.(Number(series), Number(place));
    const shown = [...attributes].filter(([name]) => kept.has(name)).map(([name, value]) => html` ${name}="${value}"`);
    const title = mark === undefined ? "" : html`<title>${mark.title}</title>`.text;
    const link = mark?.leadsTo === undefined ? "" : html`<a href="#${mark.leadsTo}" aria-label="${mark.title}">`.text;
    isLinked ||= link !== "";
    const end = `</${tag}>${link === "" ? "" : "</a>"}`;
    pieces.push(`${link}<${tag}${html`${shown}`.text}>${title}`);
    if (empty === "") ends = [...ends, end];
    else pieces.push(end);
  }
  if (ends.length > 0) throw new Error(`a picture leaves ${ends.join(" ")} open`);
  return html`<svg role="${isLinked ? "group" : "img"}" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${new Markup(pieces.join(""))}</svg>`;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (name !== "style") found.set(name, plain(value));
    else for (const [, one = "", of = ""] of value.matchAll(/([\w-]+):([^;]*)/g)) found.set(one, plain(of));
  }
  return found;
}

const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

function plain(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}
