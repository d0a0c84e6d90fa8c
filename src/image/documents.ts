/**
 * Documents as records. A document that is attached in many places is written once; what each place needs is the references to
 * its sections.
 */
import { DETAIL_SIZE, DOCUMENT_SIZE } from "../../assembly/layout.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import type { NumberedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { sectionWriter } from "./sections.js";
import type { StatementEncoder } from "./statements.js";
import type { Survey } from "./survey.js";
import { WordList } from "./word-list.js";

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
  const sections = sectionWriter(writer, actions);
  // The statements of the document in hand, one after the other, and where each of them begins.
  const words = new WordList();
  const starts: number[] = [];

  const write = (policy: NamedPolicy): WrittenDocument => {
    const known = documents.get(policy);
    if (known !== undefined) return known;
    const { document } = policy;
    const { statements, position, version } = document;
    let start = survey.starts.get(document) ?? { actions: 0, resources: 0 };
    const nameAt = writer.text(policy.name);
    const fileAt = writer.text(position.file);
    const at = writer.reserve(DOCUMENT_SIZE + statements.length * DETAIL_SIZE);
    writer.setWord(at, nameAt);
    writer.setWord(at + 4, fileAt);
    writer.setWord(at + 8, statements.length);
    const detailsAt = at + DOCUMENT_SIZE;
    words.clear();
    starts.length = 0;
    for (const [index, statement] of statements.entries()) {
      const detailAt = detailsAt + index * DETAIL_SIZE;
      writer.setWord(detailAt + 4, index);
      writer.setWord(detailAt + 12, statement.position.line);
      writer.setWord(detailAt + 16, statement.position.column);
      const sidAt = writer.optionalText(statement.sid);
      writer.setWord(detailAt + 8, sidAt);
      starts.push(words.length);
      encoder.encode(words, statement, version, detailAt, start);
      sections.add(statement, survey.actions, start.actions);
      const { action, resource } = statement;
      start = {
        actions: start.actions + action.patterns.length,
        resources: start.resources + (resource?.patterns.length ?? 0),
      };
    }
    const references = sections.write((index) => {
      const statementAt = writer.appendList(words, starts[index] ?? 0, starts[index + 1] ?? words.length);
      writer.setWord(detailsAt + index * DETAIL_SIZE, statementAt);
      return statementAt;
    });
    const written = { at, sections: references };
    documents.set(policy, written);
    return written;
  };

  return { write };
}
