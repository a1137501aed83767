/** Content identifiers of IPFS, as text. */

import { hexToBytes, type Hex } from "viem";

const VERSION = 1;
const SHA2_256 = 0x12;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const BITS_PER_LETTER = 5;
const BITS_PER_BYTE = 8;

/** The CIDv1 of a SHA-256 digest, in lower-case base32; `codec` is a multicodec below 0x80. */
export function cidOf(codec: number, digest: Hex): string {
  const bytes = hexToBytes(digest);
  let text = "b";
  let bits = 0;
  let held = 0;
  for (const byte of [VERSION, codec, SHA2_256, bytes.length, ...bytes]) {
    held = (held << BITS_PER_BYTE) | byte;
    bits += BITS_PER_BYTE;
    while (bits >= BITS_PER_LETTER) {
      bits -= BITS_PER_LETTER;
      text += BASE32.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32.charAt((held << (BITS_PER_LETTER - bits)) & 31);
}
