"""What bytes are, and the beginning of their text: by a file's name, and by the bytes that formats begin with."""

import mimetypes
import zlib
from dataclasses import dataclass

TEXT_BYTES = 4096  # that are read of a text
HEAD_BYTES = 64 * 1024  # of a file that are looked at; a compressed text needs more than it shows
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"RIFF", "audio/x-wav"),
    (b"\x7fELF", "application/x-executable"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
_LEAST_PRINTABLE = 0.9  # of the characters of what counts as text


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a file."""

    name: str
    media_type: str  # of what is within, if it is compressed
    text: str  # empty where it has none


def excerpt(name: str, head: bytes) -> Excerpt:
    """What a file is by its name and its first `HEAD_BYTES`. A gzip is opened, to `TEXT_BYTES` and no further."""
    head = head[:HEAD_BYTES]
    by_bytes = next((media for magic, media in _MAGIC if head.startswith(magic)), None)
    by_name, packing = mimetypes.guess_type(name, strict=False)
    if by_bytes == "application/gzip":
        head = _unpacked(head)
        by_bytes = next((media for magic, media in _MAGIC if head.startswith(magic)), None)
        if not _text(head):
            return Excerpt(name, by_bytes or "application/gzip", "")
    if by_bytes is not None:
        return Excerpt(name, by_bytes, "")
    text = _text(head)
    if packing is not None and not text:
        return Excerpt(name, f"application/{packing}", "")
    return Excerpt(name, by_name or ("text/plain" if text else "application/octet-stream"), text)


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, TEXT_BYTES)
    except zlib.error:
        return b""


def _text(head: bytes) -> str:
    """The text of bytes; empty if they are none."""
    if b"\0" in head[:TEXT_BYTES]:
        return ""
    text = head[:TEXT_BYTES].decode("utf-8", errors="replace")
    plain = sum(each.isprintable() or each in "\n\r\t\f" for each in text if each != "\ufffd")
    return text if text and plain >= _LEAST_PRINTABLE * len(text) else ""
