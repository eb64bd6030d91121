"""The sections of a report, one module each: what is said, not how it looks."""

from medmeta_core.reporting.sections.contents import contents

__all__ = ["contents"]
