/** `verdict completion`: commands and options for the Tab key of a shell. */
import { Argument, type Command } from "commander";

/** Adds the command. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .summary("print what a shell completes")
    .description("Prints a script with which a shell completes commands and options. Paths complete as ever.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", "\nExample:\n  source <(verdict completion bash)")
    .action(async (shell: string) => {
      const { completionScript } = await import("./run-completion.js");
      const { printText } = await import("../terminal/terminal.js");
      await printText(completionScript(shell, program));
    });
}
