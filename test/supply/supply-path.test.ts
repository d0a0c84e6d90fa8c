/** Policy sets at paths: what comes into force when files change, and what never does. */
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  alice,
  allowing,
  broken,
  scratchFolder,
  until,
  type World,
  type WorldOptions,
  world,
} from "../kit/supply-fixture.js";

const scratch = scratchFolder();
let folders = 0;

describe("a policy set at a path", () => {
  it("follows a file that is written anew", async () => {
    const file = put(folder(), "set.json", allowing("one"));
    await serving(file, async ({ buckets, story }) => {
      expect(buckets()).toEqual(["one"]);
      writeFileSync(file, allowing("two"));
      await until(() => buckets()?.includes("two") === true, story);
      expect(buckets()).toEqual(["two"]);
      expect(story()).toEqual(["activated", "activated"]);
    });
  });

  it("follows whose resources are, which `owners` say (XACC-5)", async () => {
    const owned = (account: string): string => {
      const set: object = JSON.parse(allowing("one"));
      const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "orders:Get", Resource: "*" } };
      const users = [{ arn: alice, inlinePolicies: [{ name: "own", document }] }];
      return JSON.stringify({ ...set, users, owners: [{ pattern: "arn:acme:orders:*:*:order/*", account }] });
    };
    const file = put(folder(), "set.json", owned("222222222222"));
    await serving(file, async ({ engine, story }) => {
      const question = { principal: alice, action: "orders:Get", resource: "arn:acme:orders:eu:tenant-7:order/1" };
      const answer = (): string => {
        const decided = engine.decide(question);
        return "error" in decided ? decided.error : decided.decision;
      };
      expect(answer()).toBe("implicitDeny");
      writeFileSync(file, owned("111111111111"));
      await until(() => story().length === 2, story);
      expect(answer()).toBe("allowed");
      expect(story()).toEqual(["activated", "activated"]);
    });
  });

  it("misses no change that comes while it begins to watch", async () => {
    // Nobody looks again within the test: what is missed stays missed.
    const times = { quietMs: 5, lookMs: 60_000, unrestMs: 60_000 };
    for (let turns = 0; turns < 24; turns++) {
      const file = put(folder(), "set.json", allowing("one"));
      await serving(file, { times }, async ({ buckets, story }) => {
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        writeFileSync(file, allowing("two"));
        await until(() => buckets()?.includes("two") === true, story, 3000);
      });
    }
  });

  it("follows a file that is replaced by renaming", async () => {
    const place = folder();
    const file = put(place, "set.json", allowing("one"));
    await serving(file, async ({ buckets, story }) => {
      renameSync(put(place, "set.json.new", allowing("two")), file);
      await until(() => buckets()?.includes("two") === true, story);
      expect(story()).toEqual(["activated", "activated"]);
    });
  });

  it("follows files that come and go below a directory, also in new folders", async () => {
    const place = folder();
    put(place, "a.json", allowing("one"));
    await serving(place, async ({ buckets, story }) => {
      const bob = allowing("two").replaceAll("alice", "bob");
      put(join(place, "more"), "b.json", bob.replace(',"resources"', ',"endpoints":[],"resources"'));
      await until(() => story().length === 2, story);
      rmSync(join(place, "a.json"));
      await until(() => buckets()?.length === 0, story);
      expect(story()).toEqual(["activated", "failed invalid", "activated"]);
    });
  });

  it("flips with the symbolic links of a Kubernetes volume", async () => {
    const place = folder();
    const version = (name: string, bucket: string): void => {
      put(join(place, name), "a.json", allowing(bucket));
      symlinkSync(name, join(place, "..data_tmp"));
      renameSync(join(place, "..data_tmp"), join(place, "..data"));
    };
    version("..2026_01", "one");
    symlinkSync("..data/a.json", join(place, "a.json"));
    await serving(place, async ({ buckets, story }) => {
      expect(buckets()).toEqual(["one"]);
      version("..2026_02", "two");
      await until(() => buckets()?.includes("two") === true, story);
      rmSync(join(place, "..2026_01"), { recursive: true });
      version("..2026_03", "three");
      await until(() => buckets()?.includes("three") === true, story);
      expect(story()).toEqual(["activated", "activated", "activated"]);
    });
  });

  it("hears of changes from the system, long before it looks", async () => {
    const place = folder();
    put(join(place, "..v1"), "a.json", allowing("one"));
    symlinkSync("..v1", join(place, "..data"));
    symlinkSync("..data/a.json", join(place, "a.json"));
    put(join(place, "more"), "note.txt", "nothing");
    const times = { quietMs: 20, lookMs: 600_000, unrestMs: 5_000 };
    await serving(place, { times }, async ({ buckets, story }) => {
      rmSync(join(place, "..v1"), { recursive: true });
      put(join(place, "..v2"), "a.json", allowing("two"));
      symlinkSync("..v2", join(place, "..data_tmp"));
      renameSync(join(place, "..data_tmp"), join(place, "..data"));
      await until(() => buckets()?.includes("two") === true, story);
      put(join(place, "more", "deep"), "b.json", allowing("two").replaceAll("alice", "bob"));
      await until(() => story().at(-1) === "failed invalid", story);
      rmSync(join(place, "more", "deep", "b.json"));
      await until(() => story().at(-1) === "unchanged", story);
    });
  });

  it("looks for changes that the system does not tell of", async () => {
    const elsewhere = put(folder(), "elsewhere.json", allowing("one"));
    const place = folder();
    symlinkSync(elsewhere, join(place, "a.json"));
    await serving(place, async ({ buckets, story }) => {
      writeFileSync(elsewhere, allowing("two"));
      await until(() => buckets()?.includes("two") === true, story);
    });
  });

  it("follows a path that is a symbolic link itself", async () => {
    const place = folder();
    put(join(place, "v1"), "a.json", allowing("one"));
    put(join(place, "v2"), "a.json", allowing("two"));
    const current = join(place, "current");
    symlinkSync("v1", current);
    await serving(current, async ({ buckets, story }) => {
      symlinkSync("v2", join(place, "next"));
      renameSync(join(place, "next"), current);
      await until(() => buckets()?.includes("two") === true, story);
    });
  });

  it("follows files that a single file names", async () => {
    const place = folder();
    const statement = (bucket: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` },
      });
    const named = put(join(place, "documents"), "own.json", statement("one"));
    const [before = "", after = ""] = allowing().split(/"document":.*?\]\}/);
    const file = put(place, "set.json", `${before}"documentFile":"documents/own.json"${after}`);
    await serving(file, async ({ buckets, story }) => {
      expect(story()).toEqual(["activated"]);
      writeFileSync(named, statement("two"));
      await until(() => story().length === 2, story);
      expect(story()).toEqual(["activated", "activated"]);
      expect(buckets()).toEqual(["two"]);
    });
  });

  it("never takes over a file that is being written in pieces", async () => {
    const file = put(folder(), "set.yaml", allowing("one"));
    // YAML is complete after every line, so only patience tells the parts from the whole.
    const lines = yaml("two", "three").split("\n");
    await serving(file, { times: { quietMs: 250, lookMs: 20, unrestMs: 10_000 } }, async ({ buckets, story }) => {
      truncateSync(file);
      for (const line of lines) {
        await wait(15);
        appendFileSync(file, `${line}\n`);
        expect(buckets()).toEqual(["one"]);
      }
      await until(() => buckets()?.includes("two") === true, story);
      expect(buckets()).toEqual(["two", "three"]);
      expect(story()).toEqual(["activated", "activated"]);
    });
  });

  it("says that files never hold still, and takes them over when they do", async () => {
    const place = folder();
    const file = put(place, "set.json", allowing("one"));
    await serving(file, { times: { quietMs: 50, lookMs: 10, unrestMs: 100 } }, async ({ buckets, story, supply }) => {
      for (let i = 0; !story().includes("failed unsettled"); i++) {
        writeFileSync(file, allowing("two") + " ".repeat(i));
        await wait(10);
      }
      expect(supply.statuses[0]?.failure?.message).toBe(`${file}: the files keep changing: waiting for them to settle`);
      await until(() => buckets()?.includes("two") === true, story);
      expect(supply.statuses[0]?.failure).toBeUndefined();
    });
  });

  it("keeps what was in force when a change does not load, and says so once unless it is asked", async () => {
    const file = put(folder(), "set.json", allowing("one"));
    await serving(file, async ({ buckets, story, supply, events, engine }) => {
      const { generation } = engine.published() ?? {};
      writeFileSync(file, broken);
      await until(() => story().length === 2, story);
      const { confirmedAtMs = 0 } = supply.statuses[0] ?? {};
      utimesSync(file, 1, 1);
      await until(() => (supply.statuses[0]?.confirmedAtMs ?? 0) > confirmedAtMs, story);
      expect(story()).toEqual(["activated", "failed invalid"]);
      await supply.reload();
      expect(story()).toEqual(["activated", "failed invalid", "failed invalid"]);
      expect(buckets()).toEqual(["one"]);
      expect(engine.published()?.generation).toBe(generation);
      const failure = supply.statuses[0]?.failure;
      expect(failure?.message).toBe(`${file}: 1 error: the policy set in force stays`);
      expect(failure?.findings).toMatchObject([
        { file: "set.json", line: 1, rule: expect.any(String), severity: "error" },
      ]);
      expect(events.at(-1)?.status.active?.published.generation).toBe(generation);
    });
  });

  it("says that all is well again when the change is taken back", async () => {
    const file = put(folder(), "set.json", allowing("one"));
    await serving(file, async ({ story, supply }) => {
      writeFileSync(file, broken);
      await until(() => story().length === 2, story);
      writeFileSync(file, allowing("one"));
      await until(() => story().length === 3, story);
      expect(story()).toEqual(["activated", "failed invalid", "unchanged"]);
      expect(supply.statuses[0]?.failure).toBeUndefined();
    });
  });

  it.each([
    ["a swap file", ".set.json.swp"],
    ["a backup", "set.json~"],
    ["an autosave", "#set.json#"],
    ["a lock", ".#set.json"],
    ["vim's probe", "4913"],
    ["a note", "README.md"],
  ])("takes no notice of %s", async (_, name) => {
    const place = folder();
    const file = put(place, "set.json", allowing("one"));
    await serving(place, async ({ buckets, story }) => {
      put(place, name, "{ not policies");
      writeFileSync(file, allowing("two"));
      await until(() => buckets()?.includes("two") === true, story);
      expect(story()).toEqual(["activated", "activated"]);
    });
  });

  it("does not load again what was touched but says the same", async () => {
    const file = put(folder(), "set.json", allowing("one"));
    await serving(file, async ({ engine, story, supply }) => {
      const { generation } = engine.published() ?? {};
      renameSync(put(folder(), "same.json", allowing("one")), file);
      const { confirmedAtMs = 0 } = supply.statuses[0] ?? {};
      await until(() => (supply.statuses[0]?.confirmedAtMs ?? 0) > confirmedAtMs, story);
      expect(engine.published()?.generation).toBe(generation);
      expect(story()).toEqual(["activated"]);
    });
  });

  it("keeps the set when the directory vanishes, and follows its return", async () => {
    const place = folder();
    put(place, "a.json", allowing("one"));
    await serving(place, async ({ buckets, story }) => {
      renameSync(place, `${place}.gone`);
      await until(() => story().length === 2, story);
      expect(buckets()).toEqual(["one"]);
      put(place, "a.json", allowing("two"));
      await until(() => buckets()?.includes("two") === true, story);
      expect(story()).toEqual(["activated", "failed invalid", "activated"]);
    });
  });

  it("is read again on demand when nobody watches", async () => {
    const file = put(folder(), "set.json", allowing("one"));
    await serving(file, { watch: false }, async ({ buckets, story, supply }) => {
      writeFileSync(file, allowing("two"));
      await wait(150);
      expect(buckets()).toEqual(["one"]);
      await supply.reload();
      expect(buckets()).toEqual(["two"]);
      await supply.reload();
      expect(story()).toEqual(["activated", "activated", "unchanged"]);
    });
  });
});

describe("several policy sets", () => {
  it("change independently of each other", async () => {
    const place = folder();
    const blue = put(place, "blue.json", allowing("one"));
    const green = put(place, "green.json", allowing("two"));
    const places = [
      { name: "blue", place: blue },
      { name: "green", place: green },
    ];
    const have = await world({ places });
    try {
      await have.supply.start();
      have.supply.watch();
      writeFileSync(blue, broken);
      writeFileSync(green, allowing("three"));
      await until(() => have.story().length === 4, have.story);
      expect(have.buckets(undefined, "blue")).toEqual(["one"]);
      expect(have.buckets(undefined, "green")).toEqual(["three"]);
      expect(have.buckets()).toBeUndefined();
      expect(have.supply.statuses.map(({ name, failure }) => [name, failure?.reason])).toEqual([
        ["blue", "invalid"],
        ["green", undefined],
      ]);
    } finally {
      await have.close();
    }
  });
});

function folder(): string {
  const path = join(scratch, `set ${folders++}`);
  mkdirSync(path);
  return path;
}

function put(place: string, name: string, text: string): string {
  mkdirSync(place, { recursive: true });
  const path = join(place, name);
  writeFileSync(path, text);
  return path;
}

function yaml(...buckets: readonly string[]): string {
  const statements = buckets.map(
    (bucket) => `          - { Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::${bucket}/*" }`,
  );
  return [
    'accounts: [{ id: "111111111111" }]',
    ...["resources:", ...buckets.map((bucket) => `  - { arn: "arn:aws:s3:::${bucket}", account: "111111111111" }`)],
    "users:",
    `  - arn: ${alice}`,
    "    inlinePolicies:",
    "      - name: own",
    "        document:",
    "         Version: '2012-10-17'",
    "         Statement:",
    ...statements,
  ].join("\n");
}

type Story = (have: World) => Promise<void>;

async function serving(place: string, options: WorldOptions | Story, tell?: Story): Promise<void> {
  const story = typeof options === "function" ? options : tell;
  const have = await world({ places: [{ name: "default", place }], ...(typeof options === "function" ? {} : options) });
  try {
    await have.supply.start();
    have.supply.watch();
    await story?.(have);
  } finally {
    await have.close();
  }
}
