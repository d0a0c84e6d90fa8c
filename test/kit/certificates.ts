/** Certificates for tests, made in memory: an authority and what it signs. */
import "reflect-metadata";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const HOUR_MS = 3_600_000;

/** A certificate with its key, as PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** Signs certificates. */
export class Authority {
  private serial = 1;

  private constructor(
    private readonly certificate: X509Certificate,
    private readonly keys: CryptoKeyPair,
  ) {}

  static async create(name = "CN=Test Authority"): Promise<Authority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name,
      keys,
      signingAlgorithm: algorithm,
      ...lifetime(),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(certificate, keys);
  }

  get pem(): string {
    return this.certificate.toString("pem");
  }

  /** For a server at loopback. */
  server(name = "CN=server", endsInMs = HOUR_MS): Promise<Issued> {
    return this.issue(
      name,
      [
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ],
      ExtendedKeyUsage.serverAuth,
      endsInMs,
    );
  }

  /** For a client with these names. */
  client(names: readonly JsonGeneralName[]): Promise<Issued> {
    return this.issue("CN=client", names, ExtendedKeyUsage.clientAuth, HOUR_MS);
  }

  private async issue(
    subject: string,
    names: readonly JsonGeneralName[],
    usage: ExtendedKeyUsage,
    endsInMs: number,
  ): Promise<Issued> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    this.serial += 1;
    const certificate = await X509CertificateGenerator.create({
      serialNumber: this.serial.toString(16).padStart(2, "0"),
      subject,
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: algorithm,
      ...lifetime(endsInMs),
      extensions: [
        new ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension([...names])] : []),
      ],
    });
    const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { cert: certificate.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY") };
  }
}

/** Writes a certificate and its key into a folder. */
export function writeIssued(folder: string, name: string, { cert, key }: Issued): { cert: string; key: string } {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}

function lifetime(endsInMs = HOUR_MS): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + endsInMs) };
}
