"""The commands: thin, each a few lines over a flow. Importing this costs little; a command is imported when it runs."""

import importlib
import sys

import click

from newsletter import __version__
from newsletter.errors import AfterglowError
from subscribers.errors import AudienceError

_COMMANDS = {
    "demo": "newsletter.cli.demo:demo",
    "article": "newsletter.cli.articles:article",
    "feed": "newsletter.cli.feeds:feed",
    "routine": "newsletter.cli.routines:routine",
    "compose": "newsletter.cli.articles:compose",
    "subscriber": "newsletter.cli.subscribers:subscriber",
    "segment": "newsletter.cli.segments:segment",
    "campaign": "newsletter.cli.campaigns:campaign",
    "preview": "newsletter.cli.preview:preview",
    "session": "newsletter.cli.aftercare:session",
    "calendar": "newsletter.cli.calendars:calendar",
    "task": "newsletter.cli.tasks:task",
    "plan": "newsletter.cli.plans:plan",
    "invitation": "newsletter.cli.invitations:invitation",
    "holiday": "newsletter.cli.holidays:holiday",
    "delivery": "newsletter.cli.deliveries:delivery",
    "forecast": "newsletter.cli.forecast:forecast",
    "report": "newsletter.cli.reports:report",
    "provider": "newsletter.cli.providers:provider",
    "worker": "newsletter.cli.operation:worker",
    "serve": "newsletter.cli.operation:serve",
    "doctor": "newsletter.cli.operation:doctor",
    "backup": "newsletter.cli.backup:backup",
    "restore": "newsletter.cli.backup:restore",
    "hold": "newsletter.cli.backup:hold",
    "resume": "newsletter.cli.backup:resume",
}
_SUMMARIES = {
    "demo": "A week of a small practice, on a simulated clock, into files.",
    "article": "Take in articles and list them.",
    "feed": "Blogs whose new posts become articles: add, list, poll, remove.",
    "routine": "New articles of a feed, mailed by themselves: add, list, remove.",
    "compose": "Turn an article file into the files of a mail, without a store.",
    "subscriber": "Who may be mailed: add, import, list, show, form, export, suppress, erase.",
    "segment": "Parts of the audience: show whom a rule means.",
    "campaign": "Newsletters: create, check, launch, pause, resume, cancel, show.",
    "preview": "A campaign's mail as its readers will see it.",
    "session": "Sessions and the care mails that follow them.",
    "calendar": "Calendars on the web whose events are bookings: add, list, poll, remove.",
    "task": "Bookings that wait for your word: list, settle, dismiss.",
    "plan": "The care plans, ours and your own: list, show, copy, check, history, card.",
    "invitation": "Invitations to come again: on, off, show.",
    "holiday": "When you are away, and who is there meanwhile: set, show, clear.",
    "delivery": "The ledger: every mail by name, with its state and the reason, and why she got it.",
    "forecast": "Who will get what, when, and why not; nothing is sent.",
    "report": "Counts and rates of a campaign or of everything, and whether they add up.",
    "provider": "The mail service: send one test mail and follow it.",
    "worker": "The clockwork: send what is due.",
    "serve": "The clockwork and the public pages.",
    "doctor": "Look for what is missing or wrong, and say what to do.",
    "backup": "Keep the store, its key and the settings in one verified file.",
    "restore": "Put a backup into a new home; its mail is held.",
    "hold": "Keep all mail in the store until told to go on.",
    "resume": "Go on sending after a restore or a hold.",
}


class _Commands(click.Group):
    """Imports a command when it is asked for, so that help and start-up stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


@click.group(cls=_Commands, help="Afterglow: newsletters and aftercare for massage and bodywork practices.")
@click.version_option(__version__, prog_name="afterglow")
def root() -> None:
    pass


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line and returns its exit status: 0 done, 1 something failed, 2 wrong usage."""
    try:
        status = root.main(_readable(arguments), prog_name="run.py", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (AfterglowError, AudienceError) as error:
        click.echo(f"{error.message}\n{error.remedy}".rstrip(), err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except BrokenPipeError:  # whoever read our output has heard enough
        sys.stderr.close()
        return 0
    except OSError as error:
        click.echo(
            f"{error.filename or 'The disk'}: {error.strerror}.\nCheck the file and the disk, then try again.", err=True
        )
        return 1
    except Exception as error:  # noqa: BLE001 -- the last resort: a fault of our own
        click.echo(f"Afterglow itself is at fault here ({type(error).__name__}); nothing half-done was kept.", err=True)
        click.echo(f"Please send this file to whoever looks after it: {_kept(error)}", err=True)
        return 1
    return status if isinstance(status, int) else 0


def _readable(arguments: list[str] | None) -> list[str]:
    """The arguments, unless one holds bytes that are no text; no store could keep those."""
    given = sys.argv[1:] if arguments is None else arguments
    for argument in given:
        if any("\ud800" <= character <= "\udfff" for character in argument):
            shown = argument.encode(errors="replace").decode()
            raise click.UsageError(f"“{shown}” is not readable text.\nRename the file, or type it again.")
    return given


def _kept(error: Exception) -> str:
    from newsletter.cli.faults import keep

    return str(keep(error))
