import { cut, safeText } from "./safe-text.ts";

/** Stands behind what is only the beginning. */
const MORE = "~";

/** Controls other than the ends of lines and tabs: whatever holds one is no text for people. */
const UNCLEAN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

/**
 * Data as text, as it came: escape it before it is shown. Null where it is no clean UTF-8 text.
 *
 * @param total bytes of the whole; where these are fewer, they may end within a character
 */
export function payloadText(data: Uint8Array, total: number): string | null {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const text = decoder.decode(data, { stream: data.length < total });
    return UNCLEAN.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** The beginning of a text in one line of at most `width` columns, safe to show; `~` where there is more. */
export function textLine(text: string, isAll: boolean, width: number): string {
  const line = text.replace(/[\t\r\n]+/g, " ");
  return cut(safeText(line, width + 1) + (isAll ? "" : MORE), width);
}

/** Data in one line of at most `width` columns, safe to show: as text, else as `hex 6e6f7465`; `~` where there is more. */
export function payloadLine(data: Uint8Array, total: number, width: number): string {
  return textLine(payloadText(data, total) ?? `hex ${hexOf(data)}`, data.length >= total, width);
}

/** Bytes as hex digits. */
export function hexOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
}
