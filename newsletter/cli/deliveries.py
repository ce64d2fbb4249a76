"""`delivery`: the ledger."""

import click

from newsletter.cli.documents import delivery_document, subject_line
from newsletter.cli.invocation import ROW_ID, Invocation, command, show_time, table
from newsletter.cli.why import why
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.errors import NotFoundError


@click.group(help="The ledger: every mail by name, with its state and the reason.")
def delivery() -> None:
    pass


delivery.add_command(why)


@delivery.command("list", help="Every mail, in the order it was due.")
@click.option("--state", type=click.Choice([each.value for each in DeliveryState]), default=None)
@click.option("--to", "email", default=None, metavar="EMAIL")
@command
def list_deliveries(run: Invocation, *, state: str | None, email: str | None) -> None:
    from newsletter.store import deliveries
    from subscribers import store

    with run.app() as app, app.database.read() as connection:
        person = store.find(connection, email) if email else None
        if email and person is None:
            raise NotFoundError(f"Nobody here has the address {email}.", "List everybody with: subscriber list")
        wanted = DeliveryState(state) if state else None
        found = list(deliveries.ledger(connection, state=wanted, subscriber_id=person.id if person else None))
        zone = app.studio.timezone
    run.report([delivery_document(each) for each in found], lambda: show_ledger(found, zone))


@delivery.command("reconcile", help="Settle mails in doubt: ask the mail service, or give your word.")
@click.option("--resend", "resend", type=ROW_ID, multiple=True, metavar="ID", help="Send this one again.")
@click.option("--leave", "leave", type=ROW_ID, multiple=True, metavar="ID", help="Leave this one as lost.")
@command
def reconcile(run: Invocation, *, resend: tuple[int, ...], leave: tuple[int, ...]) -> None:
    from newsletter import doubts
    from newsletter.store import deliveries

    with run.app() as app:
        doubts.decide_by_hand(app, resend, run.now, resend=True)
        doubts.decide_by_hand(app, leave, run.now, resend=False)
        doubts.reconcile(app, run.clock)
        with app.database.read() as connection:
            left = list(deliveries.ledger(connection, state=DeliveryState.UNKNOWN))
        zone = app.studio.timezone

    def tell() -> None:
        if left:
            show_ledger(left, zone)
            click.echo("Give your word on each: delivery reconcile --resend ID, or --leave ID")
        else:
            click.echo("Nothing is in doubt.")

    run.report([delivery_document(each) for each in left], tell)


def show_ledger(found: list[Delivery], zone: str) -> None:
    """The ledger as a table, its times on the studio's clock."""
    table(
        f"{len(found)} deliveries",
        ["id", "due (studio's clock)", "to", "stream", "subject", "state", "reason"],
        [
            [
                str(each.id),
                show_time(each.due_at, zone),
                each.email or "(erased)",
                each.stream.value,
                subject_line(each) or each.step or "",
                each.state.value,
                each.reason,
            ]
            for each in found
        ],
    )
