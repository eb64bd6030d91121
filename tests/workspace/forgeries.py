"""Session files altered at random and sealed anew, as by somebody who knows how they are made."""

import copy
import json
import random
from hashlib import sha256

from workspace.sessions import packed, unpacked

from medmeta_core.imaging.stored_form import MAGIC
from medmeta_core.workspace import audit_log
from medmeta_core.workspace.session_rows import RowFault, columns_of, read_row
from medmeta_core.workspace.tables import METADATA

WORDS = (
    "",
    " ",
    "x",
    "0",
    "x" * 5_000,
    "![](http://127.0.0.1:9/beacon)",
    "[a](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    ":material/home: $x^2$ `code`",
    "{0} {name} %s",
    "\x00",
    "a\nb",
    "\u202e",
    "../../etc/passwd",
    "0" * 32,
    "f" * 64,
    "0001-01-01T00:00:00.000000+00:00",
    "9999-12-31T23:59:59.999999+00:00",
    "automatic",
    "accept",
    "E1",
    "P1",
)
NUMBERS = (0, 1, -1, 2, 99, 10**9, 10**20, -(10**20), 0.5, -0.5, 1.5, 1e-300, 1e300, 1e9)
OTHERS = (None, True, False, [], {}, [[]], {"": ""}, [None], ["x"], [0.5, 0.5], {"x": {"y": []}})


def forged(content, seed):
    """The session file `content` with a few of its values altered, and sealed anew."""
    generator = random.Random(seed)
    manifest, blobs = unpacked(content)
    for _ in range(generator.choice((1, 1, 1, 2, 3))):
        if generator.random() < 0.1:
            _alter_picture(manifest, blobs, generator)
        else:
            _alter(manifest, generator)
    _chain_anew(manifest)
    if generator.random() < 0.9:
        manifest["blobs"] = {digest: len(blob) for digest, blob in blobs.items()}
    return packed(manifest, blobs)


def _alter(value, generator):
    """Alter one value somewhere inside a list or mapping."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = generator.choice(keys)
        inside = value[key]
        if isinstance(inside, dict | list) and inside and generator.random() < 0.9:
            value = inside
            continue
        break
    act = generator.random()
    if act < 0.1:
        del value[key]
    elif act < 0.15 and isinstance(value, list):
        value.append(copy.deepcopy(inside))
    elif act < 0.15:
        value[generator.choice(WORDS)] = inside
    elif act < 0.35:
        value[key] = _near(inside, generator)
    elif act < 0.5:
        value[key] = copy.deepcopy(value[generator.choice(keys)])
    else:
        value[key] = copy.deepcopy(generator.choice((*WORDS, *NUMBERS, *OTHERS)))


def _near(value, generator):
    """A value of the same type."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + generator.choice((-1, 1))
    if isinstance(value, float):
        return value + generator.choice((-0.4, -1e-9, 1e-9, 0.4))
    if isinstance(value, str):
        return value[:-1] + generator.choice("0aZ \n") if value else "a"
    return value[:-1] if isinstance(value, list) else {}


def _alter_picture(manifest, blobs, generator):
    """Alter the header of a stored picture, and whatever names it."""
    pictures = [digest for digest, blob in sorted(blobs.items()) if blob.startswith(MAGIC)]
    old = generator.choice(pictures)
    start = len(MAGIC) + 4
    end = start + int.from_bytes(blobs[old][len(MAGIC) : start], "big")
    header = json.loads(blobs[old][start:end])
    _alter(header, generator)
    text = json.dumps(header).encode()
    blob = MAGIC + len(text).to_bytes(4, "big") + text + blobs.pop(old)[end:]
    new = sha256(blob).hexdigest()
    blobs[new] = blob
    rows = manifest.get("images")  # may have been altered before
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("blob") == old:
            row["blob"] = new


def _chain_anew(manifest):
    """Make the log's digests fit what it says now, as far as it is a log at all."""
    try:
        columns = columns_of(METADATA.tables["audit"])
        previous = audit_log.FIRST
        for row in manifest["audit"]:
            typed = read_row(columns, row)
            line = audit_log.next_line(
                typed["kind"],
                typed["detail"],
                rows=typed["rows"],
                previous=previous,
                at=typed["at"],
            )
            row |= {name: getattr(line, name) for name in ("salt", "detail_digest", "digest")}
            row["previous"], previous = previous, line.digest
        manifest["workspace"]["audit_head"] = previous
    except (KeyError, TypeError, ValueError, AttributeError, RowFault):
        return
