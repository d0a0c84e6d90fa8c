// The oracle's typed values on their own: numbers, instants, addresses, bytes and folded text.
import { describe, expect, it } from "vitest";
import { equalBinary, isCanonicalBase64 } from "./base64.js";
import { compareDecimals, floorDecimal, parseDecimal } from "./decimal.js";
import { compareCodePoints, fold, lowerCase } from "./fold.js";
import { formatInstant, parseInstant } from "./instant.js";
import { isInRange } from "./ip-address.js";

describe("parseDecimal()", () => {
  it.each([
    "",
    "+",
    ".",
    "e1",
    ".e1",
    "1e",
    "1e+",
    "1e1.0",
    "1e2147483648",
    " 5",
    "5 ",
    "0x10",
    "1_000",
    "--1",
    "٣",
    "5\n",
    "NaN",
  ])("refuses %j (NUM-3)", (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it.each([
    ["10", "+10.000", 0],
    ["010", "10", 0],
    ["-0", "0.0", 0],
    ["-0.1", "0", -1],
    ["9007199254740993", "9007199254740992", 1],
    ["0.1000000000000000000001", "0.1", 1],
    ["-2", "-10", 1],
    ["1e3", "1000", 0],
    ["1.", "10E-1", 0],
    [".5", "+5e-01", 0],
    ["0e2147483647", "-0e-2147483647", 0],
    ["1e2147483647", "9e2147483646", 1],
    ["1.00e2147483647", "10e2147483646", 0],
    ["-1e2147483647", "1e-2147483647", -1],
    ["1e-2147483647", "0", 1],
    ["1.5e9999", "15e9998", 0],
    ["1.5e9999", "1.50000000001e9999", -1],
  ])("compares %s with %s exactly: %s (NUM-1, NUM-4)", (left, right, want) => {
    expect(Math.sign(compareDecimals(need(parseDecimal(left)), need(parseDecimal(right))))).toBe(want);
  });
});

describe("parseInstant()", () => {
  it.each([
    ["2025-06-01T10:00:00Z", "1748772000"],
    ["2025-06-01T12:00+02:00", "1748772000"],
    ["2025-06-01T03:00:00-0700", "1748772000"],
    ["2025-06-01T10:00", "1748772000"],
    ["1969-12-31T23:59:59Z", "-1"],
    ["0000-01-01", "-62167219200"],
    ["9999-12-31T23:59:59Z", "253402300799"],
    ["2024-02-29", "1709164800"],
    ["2025-06", "1748736000"],
    ["2025", "2025"],
    ["-7", "-7"],
    ["+5", "5"],
    ["2025-06-01T10:00:00.1Z", "1748772000.1"],
    ["2025-06-01T10:00:00.0019Z", "1748772000.001"],
    ["1969-12-31T23:59:59.9999Z", "-0.001"],
  ])("reads %s as %s (DATE-2, DATE-3)", (text, want) => {
    expect(compareDecimals(need(parseInstant(text)), need(parseDecimal(want)))).toBe(0);
  });

  it.each([
    "2025-02-29",
    "1900-02-29",
    "2025-13",
    "2025-00-01",
    "2025-06-01T24:00Z",
    "2025-06-01T10:00:60Z",
    "2025-06-01T10:00+24:00",
    "2025-06-01T10:00+02",
    "2025-06-01T10Z",
    "2025-06-01Z",
    "2025-06-01t10:00Z",
    "2025-06-01T10:00:00.Z",
    "12025-06-01",
    "+",
    "+-5",
    "-",
    " 5",
    "5.5",
    "",
  ])("refuses %j (DATE-2, DATE-4)", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it("cuts a fraction off after milliseconds (DATE-2)", () => {
    const left = need(parseInstant("1969-12-31T23:59:59.9999999999999999999Z"));
    expect(compareDecimals(left, need(parseInstant("1969-12-31T23:59:59.999Z")))).toBe(0);
    expect(floorDecimal(left)).toBe(-1n);
  });

  it("writes whole seconds of the years 0000 to 9999 (CTX-12)", () => {
    expect(formatInstant(1748772000n)).toBe("2025-06-01T10:00:00Z");
    expect(formatInstant(-1n)).toBe("1969-12-31T23:59:59Z");
    expect(formatInstant(-62167219200n)).toBe("0000-01-01T00:00:00Z");
    expect(formatInstant(253402300799n)).toBe("9999-12-31T23:59:59Z");
    expect(formatInstant(253402300800n)).toBeUndefined();
    expect(formatInstant(-62167219201n)).toBeUndefined();
  });
});

describe("isInRange()", () => {
  it.each([
    ["203.0.113.9", "203.0.113.77/24", true],
    ["203.0.114.9", "203.0.113.77/24", false],
    ["1.2.3.4", "0.0.0.0/0", true],
    ["1.2.3.4", "::/0", false],
    ["::1", "0.0.0.0/0", false],
    ["2001:DB8::1", "2001:0db8:0:0:0:0:0:1", true],
    ["2001:db8::1", "2001:db8::/32", true],
    ["::ffff:1.2.3.4", "1.2.3.0/24", true],
    ["0:0:0:0:0:FFFF:102:304", "1.2.3.4", true],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4", false],
    ["::ffff:1.2.3.4", "::ffff:102:304", false],
    ["1.2.3.4", "::ffff:0:0/96", false],
    ["::1.2.3.4", "::102:304", false],
    ["::102:304", "::1.2.3.4", false],
    ["::fffe:1.2.3.4", "::/0", false],
    ["2001:db8::5", "2001:db8::5/64", false],
    ["2001:db8::5", "2001:db8::5/128", true],
    ["2001:db8::5", "2001:db8::/0", false],
    ["1.2.3.4/32", "1.2.3.4", false],
    ["1.2.3.04", "1.2.3.4", true],
    ["1.2.3.010", "1.2.3.10", true],
    ["1.2.3.4", "1.2.3.4/33", false],
    ["1.2.3.4", "1.2.3.4/032", true],
    ["1.2.3.4", "1.2.3.4/+32", true],
    ["1.2.3.4", "1.2.3.4/-0", false],
    ["1.2.3.256", "0.0.0.0/0", false],
    ["1:2:3:4:5:6:7::8", "::/0", false],
    ["1:2:3:4:5:6:7::", "::/0", true],
    ["::1%eth0", "::/0", false],
    [":::", "::", true],
    ["1:::2", "1::2", true],
    [":::1", "::1", true],
    ["1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8", true],
    ["1::2:", "1::2", true],
    ["::1:", "::1", true],
    [":2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", true],
    [":1::", "0:1::", true],
    ["::::", "::/0", false],
    ["1::::2", "::/0", false],
    ["1:2:3:4:5:6:7:", "::/0", false],
    ["1:2:3:4:5:6:7:8::", "::/0", false],
    [":", "::/0", false],
    ["1::2::3", "::/0", false],
    ["12345::", "::/0", false],
    ["", "0.0.0.0/0", false],
  ])("%s in %s is %s (IP-1 to IP-6)", (address, range, want) => {
    expect(isInRange(address, range)).toBe(want);
  });
});

describe("isCanonicalBase64()", () => {
  it("takes one text for every list of bytes (BIN-1, BIN-2)", () => {
    for (const text of ["", "AP8B", "QQ==", "QUI=", "//8=", "/w=="]) {
      expect(isCanonicalBase64(text), text).toBe(true);
      expect(equalBinary(text, text), text).toBe(true);
    }
    expect(equalBinary("QQ==", "QR==")).toBe(false);
    expect(equalBinary("QR==", "QR==")).toBe(false);
    for (const text of ["QQ", "Q===", "====", "QQ=A", "Q Q=", "QQ-_", "QQ==\n", "QR==", "QUJ=", "==", "é==="]) {
      expect(isCanonicalBase64(text), text).toBe(false);
    }
  });
});

describe("lowerCase()", () => {
  it.each([
    ["OΣ", "oς"],
    ["ΟΣ ΟΣ", "ος ος"],
    ["ΣΑΣ", "σας"],
    ["Σ", "σ"],
    ["AΣ.", "aς."],
    ["AΣ.B", "aσ.b"],
    ["AΣ'B", "aσ'b"],
    ["AΣ\u{10400}", "aσ\u{10400}"],
    ["\u{10400}Σ", "\u{10400}ς"],
    ["AΣ\u{1f600}", "aς\u{1f600}"],
    ["\u{10400}\u0130\u{10400}X", "\u{10400}i\u0307\u{10400}x"],
    ["\u212a\u1e9e\u017fI", "kß\u017fi"],
  ])("makes %j %j (STR-1)", (text, want) => {
    expect(lowerCase(text)).toBe(want);
  });
});

describe("fold()", () => {
  it("maps one code point to one (COND-7)", () => {
    expect(fold("STRASSE")).not.toBe(fold("straße"));
    expect(fold("\u1e9e")).toBe(fold("ß"));
    expect(fold("ΣΑΣ")).toBe(fold("σας"));
    expect(fold("\u212a")).toBe("k");
    expect(fold("\u0130")).toBe("\u0130");
  });

  it("orders by code point, not by UTF-16 unit (OUT-6)", () => {
    expect(compareCodePoints("\uffff", "\u{10000}")).toBeLessThan(0);
    expect(compareCodePoints("a", "ab")).toBeLessThan(0);
  });
});

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("does not parse");
  return value;
}
