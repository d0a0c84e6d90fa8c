/**
 * Reads the protobuf wire format field by field, strictly: whatever two readers could understand differently is an error. Knows
 * no message; a reader of generated code would repair overlong UTF-8 and keep the last of two values without a word.
 */
import { isUtf8 } from "node:buffer";

/** A message that cannot be read in one way only. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WireError";
  }
}

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** A message, one field after another. */
export class WireReader {
  /** Number of the field that `next` came to. */
  field = 0;
  private at: number;
  private wireType = varint;
  private valueAt = 0;
  private valueEnd = 0;
  private value = 0;
  private seen = 0;

  constructor(
    private readonly buffer: Buffer,
    from = 0,
    private readonly end = buffer.length,
  ) {
    this.at = from;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at === this.end) return false;
    const tag = this.readVarint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0 || this.field > 0x1fff_ffff) throw new WireError("field number out of range");
    this.valueAt = this.at;
    if (this.wireType === varint) this.value = this.readVarint();
    else if (this.wireType === fixed64) this.skip(8);
    else if (this.wireType === fixed32) this.skip(4);
    else if (this.wireType === lengthDelimited) {
      const length = this.readVarint();
      this.valueAt = this.at;
      this.skip(length);
    } else throw new WireError("unknown wire type");
    this.valueEnd = this.at;
    return true;
  }

  /** Refuses a second occurrence of the field, of which protobuf would keep the last; for fields below 32. */
  once(): this {
    const bit = 1 << this.field;
    if ((this.seen & bit) !== 0) throw new WireError("a field occurs twice");
    this.seen |= bit;
    return this;
  }

  /** The field as a message. */
  message(): WireReader {
    this.expect(lengthDelimited);
    return new WireReader(this.buffer, this.valueAt, this.valueEnd);
  }

  /** The field as text; undefined unless it is valid UTF-8. */
  anyText(): string | undefined {
    this.expect(lengthDelimited);
    return utf8Text(this.buffer, this.valueAt, this.valueEnd);
  }

  /** The field as bytes. */
  bytes(): Buffer {
    this.expect(lengthDelimited);
    return this.buffer.subarray(this.valueAt, this.valueEnd);
  }

  /** The field as text; throws unless it is valid UTF-8. */
  text(): string {
    const text = this.anyText();
    if (text === undefined) throw new WireError("a text is not valid UTF-8");
    return text;
  }

  /** The field as a floating-point number. */
  double(): number {
    this.expect(fixed64);
    return this.buffer.readDoubleLE(this.valueAt);
  }

  /** The field as a whole number; exact up to 2^53. */
  number(): number {
    this.expect(varint);
    return this.value;
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) throw new WireError("a field has the wrong wire type");
  }

  private skip(length: number): void {
    if (length > this.end - this.at) throw new WireError("the message ends within a field");
    this.at += length;
  }

  private readVarint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.at < this.end ? this.buffer[this.at] : undefined;
      if (byte === undefined) throw new WireError("the message ends within a number");
      this.at++;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new WireError("a number is too long");
  }
}

/** Bytes as text; undefined unless they are valid UTF-8, shortest forms only. */
export function utf8Text(buffer: Buffer, from = 0, to = buffer.length): string | undefined {
  const text = buffer.toString("utf8", from, to);
  // The decoder writes U+FFFD for what it cannot read; only then is the slower look needed.
  return text.includes("\ufffd") && !isUtf8(buffer.subarray(from, to)) ? undefined : text;
}
