"""`provider`: the mail service."""

import threading

import click

from newsletter import trial
from newsletter.cli.invocation import Invocation, command, iso
from newsletter.context import App
from newsletter.errors import ProviderError
from newsletter.store.events import Heard
from newsletter.trial import Trial

_BETWEEN = 2.0  # seconds between two looks
_BETWEEN_QUESTIONS = 5  # looks between two questions to the service


@click.group(help="The mail service: send one test mail and follow it.")
def provider() -> None:
    pass


@provider.command("test", help="Send one mail in plain words, and say what the service tells of it.")
@click.option("--to", "address", required=True, metavar="EMAIL")
@click.option("--through", metavar="SERVICE", help="Your second mail service, by its name, instead of the first.")
@click.option("--wait", default=60, show_default=True, type=click.IntRange(0, 3600), help="Seconds to wait for news.")
@command
def test(run: Invocation, *, address: str, through: str | None, wait: int) -> None:
    with run.app() as app:
        sent = trial.send(app, address, run.now, through)
        click.echo(f"{sent.service} has the mail to {sent.message.to.address}.", err=True)
        told = _wait_for_news(run, app, sent, wait if trial.is_followed(app, sent) else 0)
    news = [{"kind": each.kind.value, "at": iso(each.at), "reason": each.reason} for each in told]
    document = {"provider": sent.service, "provider_message_id": sent.result.provider_message_id, "events": news}

    def tell() -> None:
        for each in told:
            click.echo(f"{each.kind.value} at {iso(each.at)}{f': {each.reason}' if each.reason else ''}")
        if not told:
            click.echo("It was accepted; nothing more was told of it. Look into the mailbox.")

    run.report(document, tell)


def _wait_for_news(run: Invocation, app: App, sent: Trial, seconds: int) -> list[Heard]:
    """Until the mail has come to its end, or for so long. A service that will not be asked has still taken the mail."""
    pause, told = threading.Event(), trial.heard(app, sent)
    for look in range(int(seconds / _BETWEEN)):
        if trial.is_over(told):
            break
        pause.wait(_BETWEEN)
        if look % _BETWEEN_QUESTIONS == 0:
            try:
                trial.ask(app, sent, run.clock)
            except ProviderError as error:
                click.echo(f"{error}", err=True)
                break
        told = trial.heard(app, sent)
    return told
