"""What a user does, kept: store, undo, audit log, session file."""

from medmeta_core.shown_answer import NAMED, ShownAnswer
from medmeta_core.workspace.records import (
    CONFLICT_NOTE,
    DECISIONS,
    DUPLICATE_NOTE,
    AdaptationRecord,
    AuditEntry,
    Edit,
    NewImage,
    RefusalRecord,
    ResultRecord,
    Role,
    StoredImage,
    VerdictRecord,
    Workspace,
)
from medmeta_core.workspace.session_file import (
    read_session_file,
    session_digest,
    write_session_file,
)
from medmeta_core.workspace.store import Store
from medmeta_core.workspace.verification import Finding

__all__ = [
    "CONFLICT_NOTE",
    "DECISIONS",
    "DUPLICATE_NOTE",
    "NAMED",
    "Edit",
    "AdaptationRecord",
    "AuditEntry",
    "Finding",
    "NewImage",
    "RefusalRecord",
    "ResultRecord",
    "Role",
    "ShownAnswer",
    "Store",
    "StoredImage",
    "VerdictRecord",
    "Workspace",
    "read_session_file",
    "session_digest",
    "write_session_file",
]
