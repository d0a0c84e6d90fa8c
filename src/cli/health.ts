/** `verdict health`: asks a running server whether it serves; for HEALTHCHECK of containers and exec probes. */
import type { Command } from "commander";
import { listenerSettings } from "../config/listener-settings.js";
import type { HealthFlags } from "./run-health.js";

/** Adds the command. */
export function addHealth(program: Command): void {
  const { listen, tlsCert, tlsKey } = listenerSettings;
  program
    .command("health")
    .summary("ask a running server whether it serves")
    .description("Ends with 0 if the server is SERVING, with 1 if it is not, with 2 if there is no answer.")
    .option("--listen <address>", `where it listens, also ${listen.variable} (default: ${listen.defaultText})`)
    .option("--server <address>", "the same, as `check` names it")
    .option("--service <name>", "one of its services (default: the server as a whole)")
    .option("--timeout <duration>", "how long to wait for the answer: `3s`, or milliseconds (default: 3s)")
    .option("--tls-cert <file>", `asks over TLS and shows this certificate, also ${tlsCert.variable}`)
    .option("--tls-key <file>", `its key, also ${tlsKey.variable}`)
    .option("--tls-ca <file>", "asks over TLS and believes only a certificate that one of these authorities signed")
    .option(
      "--tls-server-name <name>",
      "the name that certificate has to have, where it is not the host of the address",
    )
    .addHelpText("after", "\nExample:\n  verdict health --listen unix:/run/verdict/verdict.sock")
    .action(async (flags: HealthFlags) => {
      const { health } = await import("./run-health.js");
      await health(flags);
    });
}
