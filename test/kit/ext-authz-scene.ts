/** A listener with ext_authz over a small policy set, and what Envoy would send it. */
import { expect } from "vitest";
import { type AccessGate, openGate } from "../../src/access/access-gate.js";
import type { DecidedCall, DecisionObserver } from "../../src/ask/decided-call.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { extAuthzService } from "../../src/server/ext-authz/authorization.js";
import type { Mapping } from "../../src/server/ext-authz/mapping.js";
import { buildMapping } from "../../src/server/ext-authz/read-mapping.js";
import type { AuthorizationServer } from "../../src/server/services/server.js";
import { sourceText } from "../../src/text/source-text.js";
import { type CheckObject, ExtAuthzClient } from "./ext-authz-client.js";
import { servePoint } from "./serving.js";

/** Alice may do everything with orders and files; only role sessions of tenants have tags; nobody may administer. */
const policies = `
users:
  - arn: arn:aws:iam::111111111111:user/alice
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            - { Sid: Own, Effect: Allow, Action: ["orders:*", "files:*"], Resource: "*" }
            - Sid: NotFromOutside
              Effect: Deny
              Action: "*"
              Resource: "*"
              Condition: { NotIpAddress: { aws:SourceIp: 10.0.0.0/8 } }
roles:
  - arn: arn:aws:iam::111111111111:role/Customer
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: orders:GetOrder
            Resource: "arn:acme:orders:eu:t7:order/*"
            Condition: { StringEquals: { "orders:Channel": web, aws:PrincipalTag/tenant: t7 }, Bool: { aws:SecureTransport: "true" } }
    trustPolicy: { Version: "2012-10-17", Statement: [] }
  - arn: arn:aws:iam::111111111111:role/Shipping
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement: { Effect: Allow, Action: orders:Ship, Resource: "*" }
    trustPolicy: { Version: "2012-10-17", Statement: [] }
resources:
  - arn: arn:acme:orders:eu:t7:order
    account: "111111111111"
  - arn: arn:acme:files:eu:public:file
    account: "111111111111"
    policy:
      Version: "2012-10-17"
      Statement: { Effect: Allow, Principal: "*", Action: files:Read, Resource: "arn:acme:files:eu:public:file/*" }
`;

const mappingText = `
extAuthz:
  deniedBody: reason
  principals:
    - jwt: { payload: jwt_payload, issuer: "https://id.example", audience: orders }
      principal: arn:aws:sts::111111111111:assumed-role/Customer/{jwt.sub}
      sessionTags: { tenant: "{jwt./acme/tenant}" }
    - spiffe: spiffe://acme.example/ns/{_namespace}/sa/{service}
      principal: arn:aws:sts::111111111111:assumed-role/{service}/envoy
    - header: x-user
      principal: arn:aws:iam::111111111111:user/{header.x-user}
  context:
    orders:Channel: "{extension.channel}"
    aws:SecureTransport: "{source.tls}"
    aws:UserAgent: "{header.user-agent}"
  requestHeaders: { x-verdict-principal: "{principal}", x-tenant: "{jwt./acme/tenant}" }
  removeHeaders: [x-original-url]
  routes:
    - { method: GET, path: "/tenants/{tenant}/orders/{orderId}", action: orders:GetOrder, resource: "arn:acme:orders:eu:{tenant}:order/{orderId}" }
    - { method: POST, path: "/tenants/{tenant}/orders/{orderId}/shipments", action: orders:Ship, resource: "arn:acme:orders:eu:{tenant}:order/{orderId}" }
    - { name: preview, path: "/orders", query: { preview: "1" }, action: orders:Preview, resource: "*" }
    - { host: admin.example, path: "/{page}", action: admin:Open, resource: "arn:acme:admin:eu:t7:page/{page}" }
    - { method: [GET, HEAD], path: "/files/{name...}", action: files:Read, resource: "arn:acme:files:eu:public:file/{name}", anonymous: true }
    - { path: "/admin/{page...}", action: admin:Open, resource: "arn:acme:admin:eu:t7:page/{page}" }
`;

/** A running listener whose parts tests may exchange. */
export class ExtAuthzScene {
  readonly decided: DecidedCall[] = [];
  readonly internalErrors: unknown[] = [];
  observer: DecisionObserver["decided"] = () => undefined;
  gate: AccessGate = openGate;

  private constructor(
    readonly engine: Engine,
    public mapping: Mapping,
  ) {}

  private server: AuthorizationServer | undefined;
  private opened: ExtAuthzClient | undefined;

  static async start(): Promise<ExtAuthzScene> {
    const engine = await Engine.start({ workers: 0 });
    const built = buildPolicySet([sourceText("set.yaml", policies)]);
    expect(built.findings).toEqual([]);
    if (built.ok) engine.publish(built.policySet);
    const scene = new ExtAuthzScene(engine, mappingOf(mappingText));
    const point = new DecisionPoint(engine, {
      decided(call) {
        scene.decided.push(call);
        return scene.observer(call);
      },
    });
    const service = extAuthzService({
      point,
      gate: { admit: (name, credentials) => scene.gate.admit(name, credentials) },
      mapping: () => scene.mapping,
      onInternalError: (error) => scene.internalErrors.push(error),
    });
    scene.server = await servePoint(point, { services: [service] });
    scene.opened = new ExtAuthzClient(scene.server.address);
    return scene;
  }

  get client(): ExtAuthzClient {
    if (this.opened === undefined) throw new Error("not started");
    return this.opened;
  }

  /** Runs with some members of the mapping changed. */
  async withMapping(change: Partial<Mapping>, run: () => Promise<void>): Promise<void> {
    const before = this.mapping;
    this.mapping = { ...before, ...change };
    try {
      await run();
    } finally {
      this.mapping = before;
    }
  }

  async stop(): Promise<void> {
    this.opened?.close();
    await this.server?.stop();
    await this.engine.close();
  }
}

/** A mapping of a text that has no findings. */
export function mappingOf(text: string): Mapping {
  const built = buildMapping(sourceText("mapping.yaml", text));
  expect(built.findings).toEqual([]);
  if (!built.ok) throw new Error("unreachable");
  return built.mapping;
}

/** What Envoy sends for a request of alice; the members given replace those of the request or of the attributes. */
export function request(path: string, change: Readonly<Record<string, unknown>> = {}): CheckObject {
  const { source = address("10.0.0.7"), tlsSession, contextExtensions, metadataContext, ...http } = change;
  const attributes = {
    source,
    tlsSession,
    contextExtensions,
    metadataContext,
    request: {
      time: { seconds: 1_790_000_000 },
      http: {
        id: "1",
        method: "GET",
        path,
        host: "api.example",
        scheme: "https",
        protocol: "HTTP/2",
        headers: { ":path": path, ":authority": "api.example", "x-user": "alice", "user-agent": "test" },
        ...http,
      },
    },
  };
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return { attributes: Object.fromEntries(known) };
}

/** A sender. */
export function address(text: string): { readonly address: object } {
  return { address: { socketAddress: { address: text, portValue: 1234 } } };
}
