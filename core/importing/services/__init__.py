"""What is done with imports."""

from core.importing.services.batches import (
    apply_import,
    check_import,
    create_import,
    delete_import,
    report_import,
    undo_import,
)

__all__ = [
    "apply_import",
    "check_import",
    "create_import",
    "delete_import",
    "report_import",
    "undo_import",
]
