// The files for Kubernetes, held against the command: flags are known, ports are those of listeners, probes ask what answers them.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../src/config/read-config.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { Readiness } from "../../src/server/readiness.js";
import { metricsRoute, probeRoutes } from "../../src/server/routes/operator-routes.js";
import { root } from "../kit/run-verdict.js";
import { flagsOf } from "../kit/serve-flags.js";

const kubernetes = join(root, "examples", "kubernetes");
const base = join(kubernetes, "base");
const folder = mkdtempSync(join(tmpdir(), "verdict kubernetes "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
type Manifest = any;

function manifests(path: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(path, "utf8")).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

/** What a kind has to have, and where. */
const kinds: Readonly<Record<string, { readonly apiVersion: string; readonly spec: readonly string[] }>> = {
  Deployment: { apiVersion: "apps/v1", spec: ["selector", "template"] },
  Service: { apiVersion: "v1", spec: ["ports", "selector"] },
  PodDisruptionBudget: { apiVersion: "policy/v1", spec: ["maxUnavailable", "selector"] },
  HorizontalPodAutoscaler: {
    apiVersion: "autoscaling/v2",
    spec: ["maxReplicas", "metrics", "minReplicas", "scaleTargetRef"],
  },
  NetworkPolicy: { apiVersion: "networking.k8s.io/v1", spec: ["egress", "ingress", "podSelector", "policyTypes"] },
};

const probed = [...probeRoutes(new Readiness()), metricsRoute(undefined)].map(({ path }) => path);

/** A container that serves, its settings read, its ports and probes held against them. */
async function served(pod: Manifest, container: Manifest) {
  const [command, ...args] = container.args;
  expect(command).toBe("serve");
  const config = await readConfig(flagsOf(args), {});
  const ports = new Map<string, number>(
    container.ports.map(({ name, containerPort }: Manifest) => [name, containerPort] as const),
  );
  const listeners = { grpc: config.listen, http: config.http, probes: config.probes };
  const listening = Object.entries(listeners).flatMap(([name, at]) => (at?.kind === "tcp" ? [[name, at.port]] : []));
  expect([...ports]).toEqual(listening);
  for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    const probe = container[name];
    if (probe === undefined) continue;
    expect(probe.httpGet.port, name).toBe("probes");
    expect(probed, name).toContain(probe.httpGet.path);
  }
  // A pod that is not ready lives on: only what is dead is started again.
  expect(container.livenessProbe.httpGet.path).toBe("/healthz");
  const { annotations } = pod.metadata;
  expect(Number(annotations["prometheus.io/port"])).toBe(ports.get("probes"));
  expect(probed).toContain(annotations["prometheus.io/path"]);
  expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  expect(container.resources.limits.memory).toBeDefined();
  const volumes = new Set(pod.spec.volumes.map(({ name }: Manifest) => name));
  for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
  const mounts: readonly string[] = container.volumeMounts.map(({ mountPath }: Manifest) => mountPath);
  const read = [config.tlsCert, config.tlsKey, config.tlsClientCa, ...config.policies.map(({ place }) => place)];
  for (const path of read.filter((one) => one !== undefined)) {
    expect(
      mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)),
      path,
    ).toBe(true);
  }
  const waitMs = (container.lifecycle?.preStop.sleep.seconds ?? 0) * 1000;
  expect(waitMs + config.drainTimeout).toBeLessThan(pod.spec.terminationGracePeriodSeconds * 1000);
  return config;
}

describe("examples/kubernetes/base", () => {
  const [kustomization] = manifests(join(base, "kustomization.yaml"));
  const all = kustomization.resources.flatMap((file: string) => manifests(join(base, file)));
  const of = (kind: string): Manifest => all.find((one: Manifest) => one.kind === kind);

  it("lists every file", () => {
    const generated = kustomization.configMapGenerator.flatMap(({ files }: Manifest) => files);
    const named = ["kustomization.yaml", ...kustomization.resources, ...generated];
    expect(named.sort()).toEqual(readdirSync(base).sort());
  });

  it("has kinds in their current versions, with what these need and nothing twice", () => {
    for (const { kind, apiVersion, spec } of all) {
      expect([kind, apiVersion]).toEqual([kind, kinds[kind]?.apiVersion]);
      for (const member of kinds[kind]?.spec ?? []) expect(Object.keys(spec), kind).toContain(member);
    }
    const names = all.map(({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
    expect(Object.keys(kinds).filter((kind) => of(kind) === undefined)).toEqual([]);
  });

  it("has a Deployment with settings that can be read, and selectors that find its pods", async () => {
    const { spec } = of("Deployment");
    const { template } = spec;
    const config = await served(template, template.spec.containers[0]);
    expect(config.tlsClientCa).toBe("/tls/ca.crt");
    expect(config.insecure).toBe(false);
    const { labels } = template.metadata;
    const selectors = [
      spec.selector.matchLabels,
      ...all.filter(({ kind }: Manifest) => kind === "Service").map((one: Manifest) => one.spec.selector),
      of("PodDisruptionBudget").spec.selector.matchLabels,
      of("NetworkPolicy").spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) expect(labels).toMatchObject(selector);
    expect(of("HorizontalPodAutoscaler").spec.scaleTargetRef.name).toBe(of("Deployment").metadata.name);
    // Where the autoscaler says how many, the manifest must not.
    expect(spec.replicas).toBeUndefined();
    const { image } = template.spec.containers[0];
    expect(kustomization.images[0].name).toBe(image);
    const names = new Set(template.spec.containers[0].ports.map(({ name }: Manifest) => name));
    const targets = [
      ...all.flatMap(({ kind, spec: { ports } }: Manifest) =>
        kind === "Service" ? ports.map(({ targetPort }: Manifest) => targetPort) : [],
      ),
      ...of("NetworkPolicy").spec.ingress.flatMap(({ ports }: Manifest) => ports.map(({ port }: Manifest) => port)),
    ];
    for (const target of targets) expect(names).toContain(target);
    const volume = template.spec.volumes.find(({ name }: Manifest) => name === "policies");
    expect(kustomization.configMapGenerator[0].name).toBe(volume.configMap.name);
  });

  it("has a policy set that loads without findings", async () => {
    const path = join(folder, "base.yaml");
    cpSync(join(base, "policies.yaml"), path);
    const loaded = await loadPolicySet(path);
    expect(loaded.findings).toEqual([]);
    expect(loaded.ok).toBe(true);
  });
});

describe("examples/kubernetes/sidecar.yaml", () => {
  const [configMap, deployment] = manifests(join(kubernetes, "sidecar.yaml"));

  it("has a ConfigMap whose policy set loads without findings", async () => {
    const set = mkdtempSync(join(folder, "set"));
    for (const [name, text] of Object.entries<string>(configMap.data)) writeFileSync(join(set, name), text);
    const loaded = await loadPolicySet(set);
    expect(loaded.findings).toEqual([]);
    expect(loaded.ok).toBe(true);
  });

  it("has a sidecar that listens where its service asks, and that starts before it", async () => {
    const { template } = deployment.spec;
    const [sidecar] = template.spec.initContainers;
    const [orders] = template.spec.containers;
    const config = await served(template, sidecar);
    expect(config.listen).toEqual({ kind: "unix", path: "/run/verdict/verdict.sock" });
    expect(`unix:${"path" in config.listen ? config.listen.path : ""}`).toBe(orders.env[0].value);
    expect(sidecar.restartPolicy).toBe("Always");
  });
});
