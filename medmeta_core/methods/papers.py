"""`Paper`: where a method was published, and how it is cited."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A publication.

    Attributes:
        authors: family names, as the paper has them.
        source: "arXiv:…" or "doi:…"; for neither, what a reader needs to find it.
    """

    authors: tuple[str, ...]
    year: int
    source: str

    def cited(self, language: str = "en") -> str:
        """As texts name it.

        >>> Paper(("Cover", "Hart"), 1967, "doi:10.1109/TIT.1967.1053964").cited()
        'Cover and Hart 1967, doi:10.1109/TIT.1967.1053964'
        >>> Paper(("Snell", "Swersky", "Zemel"), 2017, "arXiv:1703.05175").cited("zh")
        'Snell 等 2017，arXiv:1703.05175'
        """
        is_chinese = language == "zh"
        first = self.authors[0]
        if len(self.authors) > 2:
            names = f"{first} 等" if is_chinese else f"{first} et al."
        else:
            names = ("、" if is_chinese else " and ").join(self.authors)
        return f"{names} {self.year}{'，' if is_chinese else ', '}{self.source}"


def cited(papers: tuple[Paper, ...], language: str = "en") -> str:
    """Several papers in a row."""
    return ("；" if language == "zh" else "; ").join(paper.cited(language) for paper in papers)
