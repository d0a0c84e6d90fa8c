// Base64 text of the request against the bytes of a policy (BIN-1, BIN-2): standard alphabet, padding required.

const EQUALS: u32 = 0x3d;

/** Whether the text decodes to exactly these bytes. Unused trailing bits are ignored. */
export function decodesTo(text: usize, length: u32, bytes: usize, size: u32): bool {
  if ((length & 3) != 0 || length / 4 != (size + 2) / 3) return false;
  for (let i: u32 = 0, out: u32 = 0; i < length; i += 4, out += 3) {
    const padding: u32 = i + 4 == length ? paddingOf(text + i) : 0;
    if (out + 3 - padding > size || (i + 4 == length && out + 3 - padding != size)) return false;
    let group: u32 = 0;
    for (let j: u32 = 0; j < 4; j++) {
      const digit: i32 = j >= 4 - padding ? 0 : digitOf(load<u8>(text + i + j));
      if (digit < 0) return false;
      group = (group << 6) | u32(digit);
    }
    for (let j: u32 = 0; j < 3 - padding; j++) {
      if (u32(load<u8>(bytes + out + j)) != ((group >> (16 - 8 * j)) & 0xff)) return false;
    }
  }
  return true;
}

function paddingOf(group: usize): u32 {
  if (load<u8>(group, 3) != EQUALS) return 0;
  return load<u8>(group, 2) == EQUALS ? 2 : 1;
}

function digitOf(byte: u32): i32 {
  if (byte - 0x41 < 26) return i32(byte - 0x41);
  if (byte - 0x61 < 26) return i32(byte - 0x61 + 26);
  if (byte - 0x30 < 10) return i32(byte - 0x30 + 52);
  return byte == 0x2b ? 62 : byte == 0x2f ? 63 : -1;
}
