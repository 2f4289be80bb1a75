"""Decodes third-party pages: https://encoding.spec.whatwg.org/#names-and-labels."""

import codecs
import re

DEFAULT = "utf-8"
MAX_TYPE_LENGTH = 200
CHUNK_SIZE = 64 * 1024
LABEL = re.compile(r"""charset=["']?([\w.:-]{1,40})""", re.IGNORECASE)
# Python has more codecs than pages use, and some of them take minutes for a page.
LABELS = {
    "utf_16_le": "utf-16 utf-16le",
    "utf_16_be": "utf-16be",
    "gb18030": "gb18030 gb2312 gbk x-gbk",
    "big5hkscs": "big5 big5-hkscs",
    "cp932": "shift_jis shift-jis sjis windows-31j",
    "euc_jp": "euc-jp",
    "cp949": "euc-kr ks_c_5601-1987 windows-949",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "cp866": "ibm866 cp866",
    "mac_roman": "macintosh",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 us-ascii ascii",
    "cp1254": "windows-1254 cp1254 iso-8859-9",
    **{f"cp{page}": f"windows-{page} cp{page}" for page in (1250, 1251, 1253, *range(1255, 1259))},
    **{f"iso8859_{part}": f"iso-8859-{part}" for part in (*range(2, 9), 10, 13, 14, 15, 16)},
}
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf_8_sig",
    codecs.BOM_UTF16_LE: "utf_16",
    codecs.BOM_UTF16_BE: "utf_16",
}
CODECS = {label: codec for codec, labels in LABELS.items() for label in labels.split()}


def decode(body: bytes, content_type: str) -> str:
    """Decode in chunks: decoding a whole page at once would block other threads."""
    decoder = codecs.getincrementaldecoder(_get_codec_of(body, content_type))("replace")
    pieces = (body[start : start + CHUNK_SIZE] for start in range(0, len(body), CHUNK_SIZE))
    return "".join([*map(decoder.decode, pieces), decoder.decode(b"", final=True)])


def _get_codec_of(body: bytes, content_type: str) -> str:
    """Let a byte order mark override the label, as browsers do."""
    marks = (codec for mark, codec in BYTE_ORDER_MARKS.items() if body.startswith(mark))
    return next(marks, get_codec(content_type))


def get_codec(content_type: str) -> str:
    label = LABEL.search(content_type[:MAX_TYPE_LENGTH])
    return CODECS.get(label[1].lower(), DEFAULT) if label else DEFAULT
