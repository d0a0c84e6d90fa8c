/** Texts in UTF-16, as shells of Windows write what is printed into files: told, instead of taken for something else. */

/** Whether bytes begin as UTF-16 does: with its mark, or with two characters of ASCII. */
export function isUtf16(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes;
  if (first === undefined || second === undefined) return false;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const isLittle = first !== 0 && second === 0 && third !== 0 && fourth === 0;
  const isBig = first === 0 && second !== 0 && third === 0 && fourth !== 0;
  return isLittle || isBig;
}

/** What is said of them. */
export const utf16Trouble = "is written in UTF-16: save it as UTF-8";
