import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoadResult } from "../../src/policy/formats/build-policy-set.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import type { Finding } from "../../src/text/finding.js";

const arnOf = (rest: string) => `arn:aws:iam::222222222222:${rest}`;
const allow = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
});

describe("loadPolicySet()", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "verdict-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(name: string, content: string | Uint8Array | object): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, ".."), { recursive: true });
    const raw = typeof content === "string" || content instanceof Uint8Array;
    await writeFile(path, raw ? content : JSON.stringify(content));
    return path;
  }

  it("merges the files of a directory and names bare documents after their files", async () => {
    await write("set/users.yaml", `users:\n  - arn: ${arnOf("user/alice")}\n    managedPolicies: [Read, File]\n`);
    await write("set/policies/deep/Read.json", allow("s3:Get*"));
    await write("set/more.yml", `policies:\n  - arn: ${arnOf("policy/File")}\n    documentFile: documents/file.json\n`);
    await write("set/documents/file.json", allow("s3:Put*"));
    await write("set/.hidden.json", "{");
    await write("set/users.yaml~", "{");
    await write("set/.#users.yaml", "{");
    await write("set/README.md", "{");
    await symlink(join(folder, "set"), join(folder, "set/again"));
    const set = policySetOf(await loadPolicySet(join(folder, "set")));
    expect(set.principals[0]?.identityPolicies.map(({ name }) => name)).toEqual(["Read", arnOf("policy/File")]);
    const read = set.principals[0]?.identityPolicies[0];
    expect(read?.document.source.file).toBe(join(folder, "set/policies/deep/Read.json"));
  });

  it("takes a bare document that is named itself, and a directory called policies", async () => {
    const file = await write("policies/Read.json", allow("s3:Get*"));
    expect(policySetOf(await loadPolicySet(file)).counts.policies).toBe(1);
    expect(policySetOf(await loadPolicySet(join(folder, "policies"))).counts.policies).toBe(1);
    expect(policySetOf(await loadPolicySet(`${folder}/policies/`)).counts.policies).toBe(1);
  });

  it("reads the document files that a single file names", async () => {
    const file = await write("set.yaml", `policies:\n  - arn: ${arnOf("policy/P")}\n    documentFile: ./p.json\n`);
    await write("p.json", allow("a:B"));
    expect(policySetOf(await loadPolicySet(file)).counts).toMatchObject({ policies: 1, documents: 1, statements: 1 });
  });

  it.each([
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0]), "1:1 SET-ENCODING the file is UTF-16: save it as UTF-8"],
    [
      "invalid UTF-8",
      new Uint8Array([0x0a, 0x22, 0xff, 0x22]),
      "2:1 SET-ENCODING the line is not valid UTF-8: save the file as UTF-8",
    ],
  ])("refuses %s", async (_name, bytes, want) => {
    const file = await write("a.json", bytes);
    expect((await loadPolicySet(folder)).findings.map(line)).toEqual([`${file}:${want}`]);
  });

  it("refuses what is not there, what is empty and what is not of this machine", async () => {
    const missing = join(folder, "nowhere");
    expect((await loadPolicySet(missing)).findings.map(line)).toEqual([
      `${missing}:1:1 SET-FILE cannot be read: no such file or directory`,
    ]);
    expect((await loadPolicySet(folder)).findings.map(line)).toEqual([
      `${folder}:1:1 SET-FILE the directory holds no .json, .yaml or .yml file`,
    ]);
    for (const path of ["https://example.com/set.json", "//server/share", "\\\\server\\share"]) {
      const { ok, findings } = await loadPolicySet(path);
      expect(ok).toBe(false);
      expect(findings[0]?.message).toBe(`\`${path}\` is not a path of this machine`);
    }
  });
});

function policySetOf(result: LoadResult): PolicySet {
  if (!result.ok) throw new Error(result.findings.map(line).join("\n"));
  return result.policySet;
}

function line({ file, line: at, column, rule, message }: Finding): string {
  return `${file}:${at}:${column} ${rule} ${message}`;
}
