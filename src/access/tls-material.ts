/**
 * Certificate, key and client CAs of the listeners, read again when their files change. Every listener takes its secure context
 * from here; connections that are open keep the one that they began with.
 */

import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { FollowedFiles, type FollowOptions } from "../supply/followed-files.js";
import { errorText } from "../text/error-text.js";

/** Where the material lies, as PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients; without it clients are not asked for one. */
  readonly clientCa?: string | undefined;
  /** Whether clients may come without a certificate, because they may show a token instead. */
  readonly clientCertificateOptional?: boolean;
}

/** What a TLS server is made with, beside its secure context. */
export interface TlsServerOptions {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly handshakeTimeout: number;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Material that is good to serve with. */
export class TlsMaterial {
  private readonly listeners = new Set<(context: SecureContextOptions) => void>();
  private current: SecureContextOptions = {};
  private followed: FollowedFiles | undefined;

  private constructor(private readonly files: TlsFiles) {}

  /** Reads the files. Rejects with a line for the operator if they cannot be used; later bad files are reported and passed over. */
  static async open(files: TlsFiles, options: FollowOptions = {}): Promise<TlsMaterial> {
    const material = new TlsMaterial(files);
    const paths = [files.cert, files.key, ...(files.clientCa === undefined ? [] : [files.clientCa])];
    material.followed = await FollowedFiles.follow(
      paths,
      (contents) => {
        try {
          material.adopt(contents);
          const expired = material.expiry();
          if (expired !== undefined) options.onProblem?.(expired);
        } catch (error: unknown) {
          if (material.followed === undefined) throw error;
          options.onProblem?.(errorText(error));
        }
      },
      options,
    );
    return material;
  }

  /** Whether clients are asked for certificates. */
  get asksClients(): boolean {
    return this.files.clientCa !== undefined;
  }

  /** What does not change with the files. */
  get serverOptions(): TlsServerOptions {
    return {
      requestCert: this.asksClients,
      rejectUnauthorized: this.asksClients && this.files.clientCertificateOptional !== true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    };
  }

  /** For `createServer`; later ones come through `onChange` and are for `setSecureContext`. */
  get secureContext(): SecureContextOptions {
    return this.current;
  }

  /** When the certificate in use stops being valid, in milliseconds since 1970. */
  get notAfterMs(): number | undefined {
    const end = this.certificateEnd;
    return end === "" ? undefined : Date.parse(end);
  }

  private get certificateEnd(): string {
    const { cert } = this.current;
    return Buffer.isBuffer(cert) ? new X509Certificate(cert).validTo : "";
  }

  /** Calls back with each new secure context; gives the function that ends that. */
  onChange(listener: (context: SecureContextOptions) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Reads the files no more. */
  close(): void {
    this.followed?.close();
    this.listeners.clear();
  }

  /** That the certificate has expired, which clients will say as well, but less clearly. */
  private expiry(): string | undefined {
    const end = this.certificateEnd;
    return Date.parse(end) < Date.now() ? `${this.files.cert}: has expired: ${end}` : undefined;
  }

  private adopt([cert, key, ca]: readonly Buffer[]): void {
    const context: SecureContextOptions = {
      cert,
      key,
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca }),
    };
    if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
      // OpenSSL takes a file without certificates for an empty list, which would trust nobody or everybody.
      throw new Error(`${this.files.clientCa}: holds no PEM certificate`);
    }
    try {
      createSecureContext(context);
    } catch (error: unknown) {
      const reason = errorText(error);
      throw new Error(`${this.files.cert}: cannot be used with ${this.files.key}: ${reason}`, { cause: error });
    }
    this.current = context;
    for (const listener of this.listeners) listener(context);
  }
}
