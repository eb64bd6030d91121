"""A line for a terminal: a file's name may hold what a terminal takes for an order."""

import unicodedata

ORDERS = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of controls (an escape begins an order), of signs that cannot be seen or
that turn the direction of writing, and of halves of letters, as in names in no known encoding."""


def printable(text: str) -> str:
    r"""The text in one line, with a visible sign in the place of each control.

    >>> printable("a\x1b[2Jb.png")
    'a\ufffd[2Jb.png'
    """
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ORDERS else letter for letter in text
    )


def printable_json(text: str) -> str:
    r"""JSON that says the same without controls: but for line breaks they stand in strings only.

    >>> print(printable_json('"a\x9bb"'))
    "a\u009bb"
    """
    return "".join(
        f"\\u{ord(letter):04x}"
        if letter != "\n" and unicodedata.category(letter) in ORDERS and ord(letter) < 0x10000
        else letter
        for letter in text
    )
