/** How help is laid out: no line is wider than the terminal, or than 80 columns where there is none. */
import { Help } from "commander";

/** Columns of what stands on the left if the widest does not leave enough on the right. Wider ones stand on a line of their own. */
const NARROW = 24;

/** What commander takes for the help of a command and of those below it. Breaks where commander would give up, and hides empty defaults. */
export const helpLayout: Partial<Help> = {
  optionDescription(this: Help, option) {
    const isEmpty = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
    if (isEmpty) return option.description;
    // What somebody would type stands without the quotation marks of JSON.
    return Help.prototype.optionDescription.call(this, option).replace(/\(default: "([^"]*)"\)$/, "(default: $1)");
  },
  /** Every command has options. */
  subcommandTerm(this: Help, command) {
    return Help.prototype.subcommandTerm.call(this, command).replace(" [options]", "");
  },
  padWidth(this: Help, command, helper) {
    const widest = Help.prototype.padWidth.call(this, command, helper);
    const rest = (this.helpWidth ?? 80) - widest - GAPS;
    return rest < this.minWidthToWrap ? Math.min(widest, NARROW) : widest;
  },
  formatItem(this: Help, term, width, description, helper) {
    const plain = Help.prototype.formatItem;
    if (description === "" || helper.displayWidth(term) <= width) {
      return plain.call(this, term, width, description, helper);
    }
    return `${plain.call(this, term, width, "", helper)}\n${plain.call(this, "", width, description, helper)}`;
  },
};

/** Before the left column, and between the two. */
const GAPS = 4;
