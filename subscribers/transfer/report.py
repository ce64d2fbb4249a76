"""What is said about an import afterwards: the counts, and every row that needs a look."""

from dataclasses import dataclass, field

MOST_PROBLEMS = 1000
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about one row. `row` is its number in a spreadsheet; `skipped` where nothing of it was taken."""

    row: int
    address: str
    message: str
    skipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do: `batch_id` is None after a dry run.

    rows = added + updated + unchanged + skipped. `suppressed`, `consents` and `pending` count what was noted beside.

    `problems` holds the first thousand, `problem_count` counts them all. `left_out` are the columns not read.
    """

    file_name: str
    encoding: str
    delimiter: str
    left_out: tuple[str, ...]
    rows: int
    added: int
    updated: int
    unchanged: int
    skipped: int
    suppressed: int
    consents: int
    pending: int
    problem_count: int
    problems: tuple[Problem, ...]
    batch_id: int | None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What is counted while the rows go by."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    suppressed: int = 0
    consents: int = 0
    pending: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)

    def note(self, row: int, address: str, message: str, *, skipped: bool = False) -> None:
        self.problem_count += 1
        self.skipped += skipped
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row=row, address=address[:_SHOWN], message=message, skipped=skipped))

    def report(
        self, *, file_name: str, encoding: str, delimiter: str, left_out: tuple[str, ...], batch_id: int | None
    ) -> ImportReport:
        return ImportReport(
            file_name=file_name,
            encoding=encoding,
            delimiter=delimiter,
            left_out=left_out,
            rows=self.rows,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            skipped=self.skipped,
            suppressed=self.suppressed,
            consents=self.consents,
            pending=self.pending,
            problem_count=self.problem_count,
            problems=tuple(self.problems),
            batch_id=batch_id,
        )
