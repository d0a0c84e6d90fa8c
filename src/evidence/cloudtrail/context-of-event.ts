/** The condition keys whose values a record tells (CTX-1 where they are derived: those are left to the engine). */

import { foldText } from "../../text/fold.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { bucketOf, prefixOf } from "./actions-of-event.js";
import { memberAt, objectsAt, textAt } from "./event.js";
import { isAddress } from "./network.js";

/** The context of a record. A key that is not in it may have had any value. Calls that tell the same of it mostly share one. */
export function contextOfEvent(event: JsonObject): ReadonlyMap<string, readonly string[]> {
  return everyKey.of(event);
}

/**
 * Contexts of records: all that they tell, or of a policy set the keys that some policy of it reads, since no other can change its
 * answers. Far fewer differ then, and most are made once.
 */
export class ContextReader {
  private readonly sharedByIdentity = new WeakMap<object, Shared[]>();
  private readonly readsS3: boolean;
  private readonly readsEncryption: boolean;
  private readonly readsTags: boolean;

  /** `keys`: folded names (COND-7); every key without them. */
  constructor(private readonly keys?: ReadonlySet<string>) {
    const readsOneOf = (starts: readonly string[]): boolean =>
      keys === undefined || [...keys].some((key) => starts.some((start) => key.startsWith(start)));
    this.readsS3 = readsOneOf(["s3:"]);
    this.readsEncryption = readsOneOf(["kms:encryptioncontext:"]);
    this.readsTags = readsOneOf(["aws:requesttag/", "aws:tagkeys"]);
  }

  /** The context of a record. */
  of(event: JsonObject): ReadonlyMap<string, readonly string[]> {
    if (this.keys?.size === 0) return noKeys;
    const shared = this.sharedOf(event);
    const own = this.ownOf(event);
    if (own === undefined) return shared;
    const context = new Map(shared);
    for (const [key, values] of own) context.set(key, values);
    return context;
  }

  /** What the record's own parameters tell. */
  private ownOf(event: JsonObject): ReadonlyMap<string, readonly string[]> | undefined {
    const { readsS3, readsEncryption, readsTags } = this;
    if (!readsS3 && !readsEncryption && !readsTags) return undefined;
    const own = new Map<string, readonly string[]>();
    const put = this.putInto(own);
    const prefix = prefixOf(event);
    if (readsS3 && (prefix === "s3" || bucketOf(event) !== undefined)) putS3(event, put);
    if (readsEncryption && prefix === "kms") putEncryptionContext(event, put);
    if (readsTags) putTags(event, put);
    return own.size === 0 ? undefined : own;
  }

  private sharedOf(event: JsonObject): ReadonlyMap<string, readonly string[]> {
    const identity = memberAt(event, "userIdentity");
    if (!isJsonObject(identity)) return this.makeShared(event);
    let list = this.sharedByIdentity.get(identity);
    if (list === undefined) {
      list = [];
      this.sharedByIdentity.set(identity, list);
    }
    for (const one of list) if (isTold(one, event)) return one.context;
    const { sourceIPAddress, vpcEndpointId, userAgent, awsRegion, eventSource, tlsDetails } = event;
    const context = this.makeShared(event);
    if (list.length >= mostShared) list.shift();
    list.push({ sourceIPAddress, vpcEndpointId, userAgent, awsRegion, eventSource, tlsDetails, context });
    return context;
  }

  private makeShared(event: JsonObject): ReadonlyMap<string, readonly string[]> {
    const context = new Map<string, readonly string[]>();
    const put = this.putInto(context);
    putNetwork(event, put);
    const identity = memberAt(event, "userIdentity");
    const attributes = memberAt(identity, "sessionContext", "attributes");
    put("aws:UserAgent", textAt(event, "userAgent"));
    put("aws:RequestedRegion", textAt(event, "awsRegion"));
    // Long-term keys lack it; their records have no attributes.
    put("aws:MultiFactorAuthPresent", textAt(attributes, "mfaAuthenticated"));
    put("aws:TokenIssueTime", textAt(attributes, "creationDate"));
    put("aws:SourceIdentity", textAt(identity, "sessionContext", "sourceIdentity"));
    put("aws:FederatedProvider", textAt(identity, "sessionContext", "webIdFederationData", "federatedProvider"));
    const invokedBy = textAt(identity, "invokedBy");
    if (textAt(identity, "type") !== "AWSService") {
      put("aws:ViaAWSService", String(invokedBy !== undefined));
      put("aws:CalledVia", invokedBy?.includes(".") === true ? invokedBy : undefined);
      put("kms:ViaService", prefixOf(event) === "kms" ? viaService(event, invokedBy) : undefined);
    }
    return context;
  }

  private putInto(context: Map<string, readonly string[]>): Put {
    const { keys } = this;
    return (key, value) => {
      if (value === undefined || keys?.has(foldText(key)) === false) return;
      context.set(key, typeof value === "string" ? [value] : value);
    };
  }
}

const noKeys: ReadonlyMap<string, readonly string[]> = new Map();
const everyKey = new ContextReader();

/** What the keys of a caller, its program and its way here follow from. */
interface Shared {
  readonly sourceIPAddress: unknown;
  readonly vpcEndpointId: unknown;
  readonly userAgent: unknown;
  readonly awsRegion: unknown;
  readonly eventSource: unknown;
  readonly tlsDetails: unknown;
  readonly context: ReadonlyMap<string, readonly string[]>;
}

/** So many are kept for one identity. */
const mostShared = 8;

function isTold(one: Shared, event: JsonObject): boolean {
  return (
    one.sourceIPAddress === event.sourceIPAddress &&
    one.userAgent === event.userAgent &&
    one.eventSource === event.eventSource &&
    one.awsRegion === event.awsRegion &&
    one.tlsDetails === event.tlsDetails &&
    one.vpcEndpointId === event.vpcEndpointId
  );
}

type Put = (key: string, value: string | readonly string[] | undefined) => void;

function putNetwork(event: JsonObject, put: Put): void {
  const address = textAt(event, "sourceIPAddress");
  // A name is that of a service that called.
  const endpoint = textAt(event, "vpcEndpointId");
  if (endpoint !== undefined) put("aws:SourceVpce", endpoint);
  if (address !== undefined && isAddress(address))
    put(endpoint === undefined ? "aws:SourceIp" : "aws:VpcSourceIp", address);
  const tls = memberAt(event, "tlsDetails");
  if (!isJsonObject(tls)) return;
  put("aws:SecureTransport", "true");
  const version = /^TLSv(1(?:\.\d)?)$/.exec(textAt(tls, "tlsVersion") ?? "")?.[1];
  if (prefixOf(event) === "s3") put("s3:TlsVersion", version);
}

function viaService(event: JsonObject, invokedBy: string | undefined): string | undefined {
  const region = textAt(event, "awsRegion");
  const name = invokedBy?.replace(/\.amazonaws\.com$/, "");
  return name === undefined || name === invokedBy || region === undefined
    ? undefined
    : `${name}.${region}.amazonaws.com`;
}

function putS3(event: JsonObject, put: Put): void {
  const parameters = memberAt(event, "requestParameters");
  for (const name of ["prefix", "delimiter", "max-keys"]) {
    const value = memberAt(parameters, name);
    if (typeof value === "string" || typeof value === "number") put(`s3:${name}`, String(value));
  }
  const authentication = textAt(event, "additionalEventData", "AuthenticationMethod");
  put(
    "s3:authType",
    authentication === undefined ? undefined : (authenticationTypes.get(authentication) ?? authentication),
  );
  const signature = textAt(event, "additionalEventData", "SignatureVersion");
  put("s3:signatureversion", signature === undefined ? undefined : (signatures.get(signature) ?? signature));
}

const authenticationTypes: ReadonlyMap<string, string> = new Map([
  ["AuthHeader", "REST-HEADER"],
  ["QueryString", "REST-QUERY-STRING"],
]);

const signatures: ReadonlyMap<string, string> = new Map([
  ["SigV2", "AWS"],
  ["SigV4", "AWS4-HMAC-SHA256"],
]);

function putEncryptionContext(event: JsonObject, put: Put): void {
  const pairs = memberAt(event, "requestParameters", "encryptionContext");
  if (!isJsonObject(pairs)) return;
  for (const name of Object.keys(pairs)) put(`kms:EncryptionContext:${name}`, textAt(pairs, name));
}

const tagWays = [["tags"], ["Tags"], ["tagSet"], ["tagSpecificationSet", "items"], ["Tagging", "TagSet"]] as const;

/** Services spell lists of tags in several ways, or give an object of them. */
function putTags(event: JsonObject, put: Put): void {
  const parameters = memberAt(event, "requestParameters");
  const tags = new Map<string, string>();
  if (!isJsonObject(parameters)) return;
  for (const way of tagWays) {
    const found = memberAt(parameters, ...way);
    if (isJsonObject(found)) for (const name of Object.keys(found)) putTag(tags, name, found[name]);
    for (const entry of objectsAt(parameters, ...way)) {
      putTag(tags, textAt(entry, "key") ?? textAt(entry, "Key") ?? textAt(entry, "tagKey"), valueOfTag(entry));
      for (const inner of objectsAt(entry, "tags")) putTag(tags, textAt(inner, "key"), valueOfTag(inner));
    }
  }
  if (tags.size === 0) return;
  for (const [name, value] of tags) put(`aws:RequestTag/${name}`, value);
  put("aws:TagKeys", [...tags.keys()]);
}

function putTag(tags: Map<string, string>, name: string | undefined, value: unknown): void {
  if (name !== undefined && typeof value === "string") tags.set(name, value);
}

function valueOfTag(entry: JsonObject): unknown {
  return entry.value ?? entry.Value ?? entry.tagValue;
}
