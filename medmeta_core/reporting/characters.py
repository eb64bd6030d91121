"""Characters that would deceive the eye, made visible.

A direction mark in a condition's name turns round the words that stand after it; a zero-width
one makes two names look alike. Neither may work in a report, and neither may vanish from it.
"""

import unicodedata

SHAPELESS = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Unicode categories of characters without a shape of their own."""


def visible(text: str) -> str:
    r"""The text with shapeless characters, but for line ends, replaced by their numbers.

    >>> visible("a\u202eb")
    'a[U+202E]b'
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(number_of(one) if is_shapeless(one) else one for one in composed)


def is_shapeless(character: str) -> bool:
    """Whether nothing would be seen of it, or only what it does to others."""
    return character != "\n" and unicodedata.category(character) in SHAPELESS


def number_of(character: str) -> str:
    """A character by its Unicode number.

    >>> number_of("骨")
    '[U+9AA8]'
    """
    return f"[U+{ord(character):04X}]"


def encodable(text: str) -> str:
    """The text with halves of characters, which no file can hold, replaced by "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")
