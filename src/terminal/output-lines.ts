/** Lines for standard output, many of them at a time: a write for each takes longer than most lines take to be found. */
import { printText } from "./terminal.js";

/** So much is held, and so long. */
const mostHeld = 65_536;
const longestMs = 50;

/** Holds lines back for a moment. What they hold has been escaped. */
export class OutputLines {
  private held: string[] = [];
  private size = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Takes a line; where a promise is given, more may follow when it resolves. */
  add(line: string): Promise<void> | undefined {
    this.held.push(line);
    this.size += line.length;
    if (this.size >= mostHeld) return this.flush();
    this.timer ??= setTimeout(() => void this.flush(), longestMs);
    return undefined;
  }

  /** Prints what is held. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held.length === 0) return;
    const text = this.held.join("\n");
    this.held = [];
    this.size = 0;
    await printText(text);
  }
}
