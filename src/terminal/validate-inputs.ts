/**
 * What `verdict validate` reads: policy sets, mappings and single documents, from files and streams, or a few files inside of the set
 * around them. Gives everything that there is to say; what of it is shown is not decided here.
 */
import { resolve, sep } from "node:path";
import { isPiped, readPipedSource } from "../files/piped-source.js";
import { isDirectory, readSources } from "../files/sources.js";
import { parsePolicyDocument } from "../policy/document/parse-document.js";
import { parsePages, parseSource } from "../policy/formats/build-policy-set.js";
import { buildPolicyFiles, loadPolicySet, readPolicyTrees } from "../policy/formats/load-policy-set.js";
import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { unwrapDocument } from "../policy/formats/wrapped-document.js";
import type { PolicyType } from "../question/layers.js";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { SourceText } from "../text/source-text.js";
import { loadCatalogue } from "../validate/catalogue/load-catalogue.js";
import { cataloguePrefixes } from "../validate/catalogue-advice.js";
import { adviseDocument } from "../validate/validate-document.js";
import { advisePolicySet, attachedDocuments } from "../validate/validate-policy-set.js";
import { printError } from "./terminal.js";

/** Hears what is under way. */
type Tell = (text: string) => void;

/** How paths are read. */
export interface ReadingOptions {
  /** Each file is one document of this type. */
  readonly type?: PolicyType;
  /** The set around the files: references lead into it, and only the files have findings, but for errors. */
  readonly policies?: string;
}

/** Validates what each path names. */
export async function validateAll(
  paths: readonly string[],
  { type, policies }: ReadingOptions,
  tell: Tell,
): Promise<readonly PathValidation[]> {
  if (policies !== undefined) return validateInside(policies, paths, tell);
  const results: PathValidation[] = [];
  for (const path of paths) {
    const input = await readInput(path);
    if (type !== undefined) results.push(await validateDocuments(input, type));
    else results.push((await validateMapping(input)) ?? (await validateSet(input, tell)));
  }
  return results;
}

/**
 * A set, of which only some files are asked about. Errors of other files stay: they keep the set from being loaded, and then nobody has
 * looked at the files that are asked about either.
 */
async function validateInside(
  policies: string,
  paths: readonly string[],
  tell: Tell,
): Promise<readonly PathValidation[]> {
  const { refusals, advice, files, lacksCatalogue } = await validateSet({ path: policies, findings: [] }, tell);
  const asked = new Set(paths.map((path) => resolve(path)));
  const isAsked = ({ file }: Finding): boolean => isBelow(resolve(file), asked);
  const results: PathValidation[] = [
    { refusals: [...refusals], advice: advice.filter(isAsked), files, lacksCatalogue },
  ];
  const inSet = files.map(({ source }) => resolve(source.file));
  for (const path of paths) {
    const place = resolve(path);
    if (inSet.some((file) => isBelow(file, new Set([place])))) continue;
    const mapping = await validateMapping({ path, findings: [] });
    if (mapping !== undefined) results.push(mapping);
    else if (isBelow(place, new Set([resolve(policies)]))) {
      printError(`${path}: passed over: it is no file of the policy set`);
    } else {
      const message = `the policy set ${quote(policies)} does not hold this file`;
      const finding: Finding = { file: path, line: 1, column: 1, rule: "SET-FILE", severity: "error", message };
      results.push({ refusals: [finding], advice: [], files: [], lacksCatalogue: false });
    }
  }
  return results;
}

/** Whether a path is one of these or lies below one. */
function isBelow(path: string, places: ReadonlySet<string>): boolean {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf(sep))) {
    if (places.has(at)) return true;
    if (!at.includes(sep)) return false;
  }
}

/** What a path names: files, or the one text of a stream, which is read once. */
interface Input {
  readonly path: string;
  /** The texts of a stream, none if it could not be read; absent for files. */
  readonly piped?: readonly SourceText[];
  readonly findings: readonly Finding[];
}

async function readInput(path: string): Promise<Input> {
  if (!(await isPiped(path))) return { path, findings: [] };
  const findings: Finding[] = [];
  const source = await readPipedSource(path, findings);
  return { path, piped: source === undefined ? [] : [source], findings };
}

/** What there is to say about one path. */
export interface PathValidation {
  /** Errors that keep a set or a document from being loaded, which no choice hides. */
  readonly refusals: readonly Finding[];
  readonly advice: readonly Finding[];
  /** What the findings are about. */
  readonly files: readonly DocumentFile[];
  readonly lacksCatalogue: boolean;
}

/** The mapping of `serve --ext-authz` or `--authzen`, if the path is one. */
async function validateMapping({ path, piped }: Input): Promise<PathValidation | undefined> {
  const [source] = piped ?? ((await isDirectory(path)) ? [] : await readSources(path, []));
  // Either holds one of these; large policy sets need not be parsed a second time.
  if (source === undefined || !/extAuthz|\{id\}/.test(source.text)) return undefined;
  const [{ buildMapping, isMapping }, { buildAuthzenMapping, isAuthzenMapping }] = await Promise.all([
    import("../server/ext-authz/read-mapping.js"),
    import("../server/authzen/authzen-mapping.js"),
  ]);
  const node = parseSource(source, []);
  if (node === undefined) return undefined;
  const build = isMapping(node) ? buildMapping : isAuthzenMapping(node) ? buildAuthzenMapping : undefined;
  return build && { ...parted(build(source).findings), files: [], lacksCatalogue: false };
}

/** A set with errors is refused before there is anything to advise on. */
async function validateSet({ path, piped, findings }: Input, tell: Tell): Promise<PathValidation> {
  tell(`reading ${path} …`);
  const loaded =
    piped === undefined ? await loadPolicySet(path) : buildPolicyFiles({ sources: piped, findings, singleFile: true });
  const files = piped?.map(parsedFile) ?? (await readPolicyTrees(path));
  if (!loaded.ok) return { ...parted(loaded.findings), files, lacksCatalogue: false };
  const { policySet } = loaded;
  const documents = attachedDocuments(policySet, files);
  // The catalogue is AWS's.
  const isAws = policySet.profile === "aws";
  const prefixes = cataloguePrefixes(documents.map(({ document }) => document));
  const catalogue = isAws ? await loadCatalogue(prefixes) : undefined;
  const advice = advisePolicySet(policySet, files, catalogue, documents, (done) => {
    tell(`${path}: ${done} of ${documents.length} documents checked …`);
  });
  return {
    refusals: [],
    advice: [...loaded.findings, ...advice],
    files,
    lacksCatalogue: isAws && catalogue === undefined,
  };
}

function parsedFile(source: SourceText): DocumentFile {
  return { source, node: parsePages(source) };
}

/** Each file is one document of the given type. */
async function validateDocuments(input: Input, type: PolicyType): Promise<PathValidation> {
  const findings: Finding[] = [...input.findings];
  const advice: Finding[] = [];
  const files: DocumentFile[] = [];
  let lacksCatalogue = false;
  for (const source of input.piped ?? (await readSources(input.path, findings))) {
    const read = parseSource(source, findings);
    files.push({ source, node: read });
    const place = read && unwrapDocument({ source, node: read, findings, path: undefined });
    const document = place && parsePolicyDocument(place.node, place.source, type, findings);
    if (place === undefined || document === undefined) continue;
    const catalogue = await loadCatalogue(cataloguePrefixes([document]));
    lacksCatalogue ||= catalogue === undefined;
    const known = catalogue === undefined ? {} : { catalogue };
    advice.push(
      ...adviseDocument(document, type, {
        profile: "aws",
        origin: { source: place.source, node: place.node },
        ...known,
      }),
    );
  }
  const { refusals, advice: hints } = parted(findings);
  return { refusals, advice: [...hints, ...advice], files, lacksCatalogue };
}

/** What loading says: its errors refuse, the rest is advice. */
function parted(findings: readonly Finding[]): Pick<PathValidation, "refusals" | "advice"> {
  return {
    refusals: findings.filter(({ severity }) => severity === "error"),
    advice: findings.filter(({ severity }) => severity !== "error"),
  };
}
