/**
 * Documents as records. A document that is attached in many places is written once; what each place needs is the references to
 * its sections.
 */
import { DetailFields, DocumentFields } from "../../assembly/format/records.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import type { NumberedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { recordType } from "./record.js";
import { sectionWriter } from "./sections.js";
import type { StatementEncoder } from "./statements.js";
import { type Survey, Surveyed } from "./survey.js";
import { WordList } from "./word-list.js";

const DOCUMENT = recordType(DocumentFields);

/** A written document. */
export interface WrittenDocument {
  readonly at: number;
  /** Pairs: a service and the reference to the document's section for it. */
  readonly sections: readonly number[];
}

/** Writes documents; each NamedPolicy object once. */
export interface DocumentWriter {
  write(policy: NamedPolicy): WrittenDocument;
}

/**
 * A writer with an empty memory of documents. Of each document, details and patterns come first; then its sections with their
 * statements, which is what decisions read.
 */
export function documentWriter(
  writer: ByteWriter,
  survey: Survey,
  actions: NumberedActions,
  encoder: StatementEncoder,
): DocumentWriter {
  const documents = new Map<NamedPolicy, WrittenDocument>();
  const sections = sectionWriter(writer, survey, actions);
  // The statements of the document in hand, one after the other, and where each of them begins.
  const words = new WordList();
  const starts: number[] = [];
  // By number: where a Sid is, 0 while it is nowhere.
  const sidAt = new Uint32Array(survey.sids.length);

  const sidOf = (number: number): number => {
    if (number === 0) return 0;
    const known = sidAt[number] ?? 0;
    if (known !== 0) return known;
    const at = writer.optionalText(survey.sids[number]);
    sidAt[number] = at;
    return at;
  };

  const write = (policy: NamedPolicy): WrittenDocument => {
    const known = documents.get(policy);
    if (known !== undefined) return known;
    const { document } = policy;
    const count = document.statements.length;
    const first = survey.firstStatements.get(document);
    if (first === undefined) throw new Error(`the document of ${policy.name} was not surveyed`);
    const nameAt = writer.text(policy.name);
    const fileAt = writer.text(document.source.file);
    const at = writer.record(DOCUMENT, { nameAt, fileAt, statementCount: count }, count * DetailFields.size);
    const detailsAt = at + DOCUMENT.size;
    words.clear();
    starts.length = 0;
    for (let index = 0; index < count; index++) {
      const statement = first + index;
      const detailAt = detailsAt + index * DetailFields.size;
      const sidAt = sidOf(survey.word(statement, Surveyed.Sid));
      writer.setWord(detailAt + DetailFields.index, index);
      writer.setWord(detailAt + DetailFields.sidAt, sidAt);
      writer.setWord(detailAt + DetailFields.line, survey.word(statement, Surveyed.Line));
      writer.setWord(detailAt + DetailFields.column, survey.word(statement, Surveyed.Column));
      starts.push(words.length);
      encoder.encode(words, statement, detailAt);
      sections.add(statement);
    }
    const references = sections.write((index) => {
      const statementAt = writer.appendList(words, starts[index] ?? 0, starts[index + 1] ?? words.length);
      writer.setWord(detailsAt + index * DetailFields.size + DetailFields.statementAt, statementAt);
      return statementAt;
    });
    const written = { at, sections: references };
    documents.set(policy, written);
    return written;
  };

  return { write };
}
