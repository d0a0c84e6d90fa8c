// What a browser shows of a page, asked of a headless Chromium where there is one: a copy of the page whose policy lets a script of ours run
// beside its own, and which writes down what it finds.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where distributions put it. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser that tests may use; undefined: they skip themselves. */
export const chromium: string | undefined = [process.env.VERDICT_CHROMIUM ?? "", ...places].find(
  (path) => path !== "" && existsSync(path),
);

const script = fileURLToPath(new URL("../report/look.js", import.meta.url));

/** How the page is looked at. */
export interface Look {
  readonly width: number;
  readonly isDark?: boolean;
}

/** What was found. */
export interface Findings {
  /** In words: what somebody could not read, reach or tell apart. */
  readonly faults: readonly string[];
  /** Milliseconds to the first paint; undefined where the browser does not tell. */
  readonly paintMs?: number;
}

/** Looks at a page; its own script has run, under its own policy but for one more hash. */
export async function lookAt(page: string, folder: string, { width, isDark = false }: Look): Promise<Findings> {
  const ours = readFileSync(script, "utf8");
  const hash = createHash("sha256").update(ours).digest("base64");
  const allowed = page.includes("script-src ")
    ? page.replace("script-src 'sha256-", `script-src 'sha256-${hash}' 'sha256-`)
    : page.replace("default-src 'none'", `default-src 'none'; script-src 'sha256-${hash}'`);
  const copy = allowed.replace("</body>", () => `<script>${ours}</script></body>`);
  const file = join(folder, `look-${width}-${isDark}.html`);
  writeFileSync(file, copy);
  const dom = await run(folder, [
    `--window-size=${width},900`,
    `--blink-settings=preferredColorScheme=${isDark ? 0 : 1}`,
    "--dump-dom",
    `file://${file}`,
  ]);
  const told = /<pre id="told">([^<]*)<\/pre>/.exec(dom)?.[1];
  if (told === undefined) throw new Error(`the page was not looked at: ${dom.slice(0, 300)}`);
  const found: Findings = JSON.parse(decodeURIComponent(told));
  return found;
}

function run(folder: string, args: readonly string[]): Promise<string> {
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${join(folder, "profile")}`,
  ];
  return new Promise((resolve, reject) => {
    execFile(chromium ?? "", [...flags, ...args], { maxBuffer: 64 << 20, timeout: 60_000 }, (error, out) =>
      error === null ? resolve(out) : reject(error),
    );
  });
}
