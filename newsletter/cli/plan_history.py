"""`plan history`: the versions of a care plan that mails were planned and sent by."""

from typing import Any

import click

from newsletter.cli.invocation import Invocation, command, iso, show_time, table
from newsletter.domain.aftercare import Plan
from newsletter.errors import NotFoundError
from newsletter.packs.shelf import Shelf
from newsletter.store.plan_versions import PlanVersion


@click.command("history", help="The versions of a plan: since when, and how many mails were sent by each.")
@click.argument("name")
@click.option("--version", "wanted", default="", help="Print your file as this version had it.")
@command
def history(run: Invocation, *, name: str, wanted: str) -> None:
    from newsletter.store import plan_versions

    with run.app() as app, app.database.read() as connection:
        used = plan_versions.history(connection, name)
        in_use = _in_use(app.shelf, name)
        zone = app.studio.timezone
    if not used and not in_use:
        raise NotFoundError(f"There is no plan “{name}”.", "See them all with: plan list")
    if wanted:
        _print(run, used, wanted)
        return
    rows = [*((_kept(plan), True) for plan in _unused(used, in_use)), *((each, _is_in(each, in_use)) for each in used)]
    run.report(
        [_document(each, is_in_use=is_in_use) for each, is_in_use in rows],
        lambda: table(
            f"Versions of the plan {name}",
            ["version", "language", "whose", "used since (studio's clock)", "planned", "sent", ""],
            [[*_cells(each, zone), "in use" if is_in_use else ""] for each, is_in_use in rows],
        ),
    )


def _in_use(shelf: Shelf, name: str) -> list[Plan]:
    return [each.plan for each in shelf.all() if each.plan.name == name]


def _is_in(used: PlanVersion, plans: list[Plan]) -> bool:
    return any((plan.language, plan.version) == (used.language, used.version) for plan in plans)


def _unused(used: list[PlanVersion], in_use: list[Plan]) -> list[Plan]:
    known = {(each.language, each.version) for each in used}
    return [plan for plan in in_use if (plan.language, plan.version) not in known]


def _kept(plan: Plan) -> PlanVersion:
    """A version that no mail was planned by yet."""
    return PlanVersion(
        name=plan.name, language=plan.language, version=plan.version, content=plan.content, first_used_at=None
    )


def _document(each: PlanVersion, *, is_in_use: bool) -> dict[str, Any]:
    return {
        "name": each.name,
        "language": each.language,
        "version": each.version,
        "own": bool(each.content),
        "first_used_at": iso(each.first_used_at),
        "planned": each.planned,
        "sent": each.sent,
        "in_use": is_in_use,
    }


def _cells(each: PlanVersion, zone: str) -> list[str]:
    since = show_time(each.first_used_at, zone) or "not yet"
    return [
        each.version,
        each.language,
        "yours" if each.content else "ours",
        since,
        str(each.planned),
        str(each.sent),
    ]


def _print(run: Invocation, used: list[PlanVersion], wanted: str) -> None:
    """The file of a version, to be looked at or put back."""
    found = next((each for each in used if each.version == wanted), None)
    if found is None or not found.content:
        raise NotFoundError(
            f"No file of yours is kept as version “{wanted}”.", "The versions are in: plan history NAME"
        )
    run.report(
        _document(found, is_in_use=False) | {"content": found.content}, lambda: click.echo(found.content, nl=False)
    )
