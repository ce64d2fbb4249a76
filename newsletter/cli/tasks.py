"""`task`: bookings that only the therapist can decide about."""

from collections.abc import Sequence
from typing import Any

import click

from newsletter.cli.invocation import ROW_ID, Invocation, command, iso, show_time, table
from newsletter.store.tasks import Task


@click.group(help="Bookings that wait for your word.")
def task() -> None:
    pass


@task.command("list", help="Every booking that waits for your word, and what there is to do.")
@command
def list_tasks(run: Invocation) -> None:
    from newsletter import appointments
    from newsletter.store import tasks

    with run.app() as app:
        appointments.look_again(app, run.now)
        with app.database.read() as connection:
            found = tasks.all_open(connection)
        timezone = app.studio.timezone
    run.report([_document(each) for each in found], lambda: _show(found, timezone))


@task.command("settle", help="Say whose booking it is, or which care follows its service; both are remembered.")
@click.argument("task_id", type=ROW_ID)
@click.option("--client", "email", default="", metavar="EMAIL", help="Whose it is; of a series, all that wait.")
@click.option("--plan", default="", help="The plan that follows its service, now and later (plan list).")
@command
def settle(run: Invocation, *, task_id: int, email: str, plan: str) -> None:
    from newsletter import appointments
    from newsletter.store import tasks

    if not email and not plan:
        raise click.UsageError("Say whose it is with --client, or which care follows with --plan.")
    with run.app() as app:
        appointments.settle(app, task_id, run.now, email=email, plan=plan)
        with app.database.read() as connection:
            left, timezone = tasks.all_open(connection), app.studio.timezone
    is_open = any(each.id == task_id for each in left)

    def tell() -> None:
        click.echo(f"Task {task_id} is {'still open' if is_open else 'settled'}.")
        if left:
            _show(left, timezone)

    run.report({"id": task_id, "settled": not is_open, "left": [_document(each) for each in left]}, tell)


@task.command("dismiss", help="There is nothing to do about it; it does not come back.")
@click.argument("task_id", type=ROW_ID)
@command
def dismiss(run: Invocation, *, task_id: int) -> None:
    from newsletter.store import tasks

    with run.app() as app, app.database.write() as connection:
        tasks.dismiss(connection, task_id, run.now)
    run.report({"dismissed": task_id}, lambda: click.echo(f"Task {task_id} is done with."))


def _show(found: Sequence[Task], timezone: str) -> None:
    table(
        "Bookings that wait for your word",
        ["id", "from", "service", "ends (studio's clock)", "to do"],
        [[str(each.id), each.source, each.service, show_time(each.ended_at, timezone), each.message] for each in found],
        footer="" if found else "There is nothing to do.",
    )


def _document(found: Task) -> dict[str, Any]:
    return {
        "id": found.id,
        "source": found.source,
        "service": found.service,
        "ended_at": iso(found.ended_at),
        "message": found.message,
        "opened_at": iso(found.opened_at),
    }
