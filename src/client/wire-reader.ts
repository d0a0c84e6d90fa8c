/**
 * The protobuf wire format, reading side: one pass over a message, strict. A message that ends inside a field, a length past its
 * end and a reserved wire type are errors; unknown fields are passed over.
 */

const WIRE_VARINT = 0;
const WIRE_I64 = 1;
const WIRE_LENGTH = 2;
const WIRE_I32 = 5;

/** Bytes that are no message. */
export class WireError extends Error {}

/** Reads the fields of one message. */
export class WireReader {
  /** Number of the field that `next` stands at. */
  field = 0;
  private wireType = 0;
  private at: number;

  constructor(
    private readonly bytes: Buffer,
    from = 0,
    private readonly end: number = bytes.length,
  ) {
    this.at = from;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0) throw new WireError("field 0");
    return true;
  }

  /** The field's value: exact up to 2^53. */
  number(): number {
    this.expect(WIRE_VARINT);
    return this.varint();
  }

  /** The field's text. */
  text(): string {
    const length = this.length();
    const from = this.at;
    this.at += length;
    return this.bytes.toString("utf8", from, this.at);
  }

  /** The field as a message of its own. */
  message(): WireReader {
    const length = this.length();
    this.at += length;
    return new WireReader(this.bytes, this.at - length, this.at);
  }

  /** The numbers of a repeated field, packed or not, onto the end of a list of at most so many. */
  numbersInto(list: number[], most: number): void {
    if (this.wireType === WIRE_VARINT) list.push(this.varint());
    else {
      const packed = this.message();
      while (packed.at < packed.end) {
        list.push(packed.varint());
        if (list.length > most) break;
      }
    }
    if (list.length > most) throw new WireError(`more than ${most} values`);
  }

  /** Passes over the field. */
  skip(): void {
    if (this.wireType === WIRE_VARINT) this.varint();
    else if (this.wireType === WIRE_LENGTH) this.message();
    else if (this.wireType === WIRE_I64 || this.wireType === WIRE_I32) this.at += this.wireType === WIRE_I64 ? 8 : 4;
    else throw new WireError(`wire type ${this.wireType}`);
    if (this.at > this.end) throw new WireError("ends inside a field");
  }

  private length(): number {
    this.expect(WIRE_LENGTH);
    const length = this.varint();
    if (length > this.end - this.at) throw new WireError("ends inside a field");
    return length;
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) throw new WireError(`field ${this.field} has wire type ${this.wireType}`);
  }

  private varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.at < this.end ? this.bytes[this.at++] : undefined;
      if (byte === undefined) throw new WireError("ends inside a field");
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    throw new WireError("a number of more than ten bytes");
  }
}
