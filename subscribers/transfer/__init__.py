"""The audience in and out: CSV files, and a person's own data."""

from subscribers.transfer.export import export_csv, person
from subscribers.transfer.importing import import_csv
from subscribers.transfer.report import ImportReport, Problem

__all__ = ["ImportReport", "Problem", "export_csv", "import_csv", "person"]
