/** Numbers as text, exact: whole numbers and WAD values stay bigint up to the last step. */

const WAD_DECIMALS = 18;

/** A whole number with a comma before every three digits. */
export function grouped(value: bigint | number): string {
  return groupDigits(value.toString());
}

/** A WAD value with `decimals` decimals, rounded half away from zero, its whole part grouped. */
export function wad(value: bigint, decimals = WAD_DECIMALS): string {
  const unit = 10n ** BigInt(WAD_DECIMALS - decimals);
  const scaled = ((value < 0n ? -value : value) + unit / 2n) / unit;
  const digits = scaled.toString().padStart(decimals + 1, "0");
  const sign = value < 0n && scaled > 0n ? "-" : "";
  return `${sign}${groupDigits(digits.slice(0, -decimals))}.${digits.slice(-decimals)}`;
}

/** A chain timestamp as date and time in UTC. */
export function utc(timestampSeconds: bigint): string {
  const date = new Date(Number(timestampSeconds) * 1000);
  // Chains under test may stamp blocks beyond what a Date holds.
  return Number.isNaN(date.getTime()) ? `${timestampSeconds} s` : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with `digits` significant digits, its whole part grouped: for what is measured, not for what is exact. */
export function rough(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return String(value);
  const whole = Math.trunc(Math.abs(value)).toString().length;
  const text = value.toFixed(Math.max(0, digits - (Math.abs(value) < 1 ? 1 : whole)));
  const [before = "", after] = text.replace("-", "").split(".");
  return `${Number(text) < 0 ? "-" : ""}${groupDigits(before)}${after === undefined ? "" : `.${after}`}`;
}

/** A number with its sign. */
export function signed(value: number, decimals = 6): string {
  const text = value.toFixed(decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A hash or address, cut in the middle. */
export function short(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex;
}

/** A share in percent with one decimal; 0 of nothing. */
export function percent(part: number, whole: number): string {
  return (whole === 0 ? 0 : (100 * part) / whole).toFixed(1);
}
