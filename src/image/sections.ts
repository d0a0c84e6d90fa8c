/**
 * The statements of one document cut by service: a statement is a candidate for every service that its action list names, and
 * what the candidates of one service come to is a section, followed by those of its statements that no earlier section has.
 */

import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  SECTION_DENIES,
  STATEMENT_DENY,
  STATEMENT_NOT_ACTION,
} from "../../assembly/format/layout.js";
import { CandidateFields, SectionFields } from "../../assembly/format/records.js";
import { ANY_SERVICE, type NumberedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { type Survey, Surveyed } from "./survey.js";
import { WordList } from "./word-list.js";

const ALL_BITS = 0xffffffff;
/** The words of a candidate while its document is written. */
enum Noted {
  Statement, // index in the document
  Flags,
  Mask,
  Section,
}
const NOTED_WORDS = 4;

/** Cuts one document after the other. */
export interface SectionWriter {
  /** Notes the candidates of the document's next statement, given by its number in the survey. */
  add(number: number): void;
  /**
   * Writes the sections of the statements that were added, and each statement once, by `writeStatement` (index in the document),
   * which gives its offset. Gives pairs of service and reference.
   */
  write(writeStatement: (index: number) => number): readonly number[];
}

/** A writer with nothing added. */
export function sectionWriter(writer: ByteWriter, survey: Survey, actions: NumberedActions): SectionWriter {
  const services = actions.serviceCount + 1;
  // Of each service: the statement it was met in last and that statement's mask; the document likewise and its section.
  const statementOf = new Uint32Array(services);
  const maskOf = new Uint32Array(services);
  const documentOf = new Uint32Array(services);
  const sectionOf = new Uint32Array(services);
  const named: number[] = [];
  const candidates = new WordList();
  let statement = 0;
  let document = 1;
  let index = 0;
  let sections: { readonly service: number; count: number; denies: boolean }[] = [];

  const addCandidate = (service: number, flags: number, mask: number): void => {
    if (documentOf[service] !== document) {
      documentOf[service] = document;
      sectionOf[service] = sections.push({ service, count: 0, denies: false }) - 1;
    }
    const number = sectionOf[service] ?? 0;
    const section = sections[number];
    if (section === undefined) return;
    section.count++;
    if ((flags & CANDIDATE_DENY) !== 0) section.denies = true;
    // In the order of Noted.
    candidates.push(index);
    candidates.push(flags);
    candidates.push(mask);
    candidates.push(number);
  };

  const add = (number: number): void => {
    const flags = survey.word(number, Surveyed.Flags);
    const deny = (flags & STATEMENT_DENY) === 0 ? 0 : CANDIDATE_DENY;
    statement++;
    if ((flags & STATEMENT_NOT_ACTION) !== 0) {
      // NotAction reaches every service (ACT-9).
      addCandidate(ANY_SERVICE, deny | CANDIDATE_CHECK_ACTION, ALL_BITS);
    } else {
      named.length = 0;
      const end = survey.word(number, Surveyed.ActionsEnd);
      for (let i = survey.word(number - 1, Surveyed.ActionsEnd); i < end; i++) {
        const action = survey.actions.at(i);
        const service = actions.services[action] ?? 0;
        if (statementOf[service] !== statement) {
          statementOf[service] = statement;
          maskOf[service] = 0;
          named.push(service);
        }
        maskOf[service] = (maskOf[service] ?? 0) | (actions.masks[action] ?? 0);
      }
      for (const service of named) {
        const mask = maskOf[service] ?? 0;
        // More patterns than bits share the mask, or it looks like that of a list that excludes.
        const inexact = actions.isCrowded(service) || mask === ALL_BITS;
        addCandidate(service, deny | (inexact ? CANDIDATE_CHECK_ACTION : 0), mask);
      }
    }
    index++;
  };

  const write = (writeStatement: (index: number) => number): readonly number[] => {
    const written: number[] = new Array<number>(index).fill(0);
    const references: number[] = [];
    // Candidates by section: where those of each section begin in one list.
    const order = new Uint32Array(candidates.length / NOTED_WORDS);
    const next: number[] = [];
    let total = 0;
    for (const { count } of sections) {
      next.push(total);
      total += count;
    }
    for (let at = 0; at < candidates.length; at += NOTED_WORDS) {
      const section = candidates.at(at + Noted.Section);
      const place = next[section] ?? 0;
      order[place] = at;
      next[section] = place + 1;
    }
    let place = 0;
    for (const { service, count, denies } of sections) {
      const at = writer.reserve(SectionFields.size + count * CandidateFields.size);
      writer.setWord(at + SectionFields.count, count);
      for (let i = 0; i < count; i++, place++) {
        const candidate = order[place] ?? 0;
        const own = candidates.at(candidate + Noted.Statement);
        if (written[own] === 0) written[own] = writeStatement(own);
        const candidateAt = at + SectionFields.size + i * CandidateFields.size;
        const statementAt = written[own] ?? 0;
        writer.setWord(candidateAt + CandidateFields.statement, statementAt | candidates.at(candidate + Noted.Flags));
        writer.setWord(candidateAt + CandidateFields.mask, candidates.at(candidate + Noted.Mask));
      }
      references.push(service, denies ? at | SECTION_DENIES : at);
    }
    // A statement that names no action is no candidate; explanations still show it.
    for (let own = 0; own < index; own++) if (written[own] === 0) writeStatement(own);
    document++;
    index = 0;
    sections = [];
    candidates.clear();
    return references;
  };

  return { add, write };
}
