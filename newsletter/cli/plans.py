"""`plan`: the care plans, ours and the studio's own."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from newsletter.cli.cards import plan_card
from newsletter.cli.invocation import Invocation, command, table
from newsletter.cli.plan_history import history
from newsletter.cli.plan_words import lines, plan_document, plan_summary
from newsletter.domain.finding import Finding, Severity
from newsletter.errors import NotFoundError
from newsletter.packs.copying import copy_plan
from newsletter.packs.plan_checks import languages_left_behind, plan_findings
from newsletter.packs.shelf import Shelf, ShelvedPlan


@click.group(help="The care plans: what is sent after a session, when, and in which words.")
def plan() -> None:
    pass


plan.add_command(history)
plan.add_command(plan_card)


@plan.command("list", help="Every plan in every language, and whose it is.")
@command
def list_plans(run: Invocation) -> None:
    shelved = _shelf(run).all()
    run.report(
        [plan_summary(each) for each in shelved],
        lambda: table(
            "Care plans",
            ["plan", "language", "care mails", "invitations", "version", "whose"],
            [
                [
                    each.plan.name,
                    each.plan.language,
                    ", ".join(step.name for step in each.plan.steps),
                    ", ".join(step.name for step in each.plan.invitations),
                    each.plan.version,
                    each.file if each.own else "ours",
                ]
                for each in shelved
            ],
        ),
    )


@plan.command("show", help="One plan: every mail with its time, its conditions and its words.")
@click.argument("name")
@click.option("--language", default="", help="de, fr ...; the studio's where it is left out.")
@command
def show(run: Invocation, *, name: str, language: str) -> None:
    plans = _shelf(run).in_language(language)
    if name not in plans:
        raise NotFoundError(f"There is no plan “{name}”.", f"Plans there are: {', '.join(sorted(plans))}.")
    found = plans[name]
    run.report(plan_document(found), lambda: click.echo("\n".join(lines(found))))


@plan.command("copy", help="Copy one of our plans into the folder “plans” of the home, to change it there.")
@click.argument("name")
@click.option("--language", default="", help="de, fr ...; the studio's where it is left out.")
@command
def copy(run: Invocation, *, name: str, language: str) -> None:
    settings = run.settings()
    file = copy_plan(name, language or settings.studio.language, settings.home / "plans")
    run.report({"file": str(file)}, lambda: click.echo(f"Change it in {file}, then look with: plan check"))


@plan.command("check", help="Read every plan, and look for what must not go out.")
@command
def check(run: Invocation) -> None:
    found = list(_findings(_shelf(run)))
    run.report(
        found,
        lambda: table(
            "What to look at in the plans" if found else "All plans can be used as they are.",
            ["plan", "mail", "what", "where", "what to do"],
            [
                [*(each[key] for key in ("plan", "step", "message", "where")), each["suggestion"] or ""]
                for each in found
            ],
        ),
    )
    if any(each["severity"] == Severity.ERROR for each in found):
        raise click.exceptions.Exit(1)


def _shelf(run: Invocation) -> Shelf:
    settings = run.settings()
    return Shelf(settings.studio.language, settings.home / "plans")


def _findings(shelf: Shelf) -> Iterator[dict[str, Any]]:
    shelved = shelf.all()
    for each in shelved:
        for step, finding in plan_findings(each.plan):
            yield _finding(each, step.name, finding)
    for each, finding in languages_left_behind(shelved):
        yield _finding(each, "", finding)


def _finding(shelved: ShelvedPlan, step: str, finding: Finding) -> dict[str, Any]:
    where = {"plan": f"{shelved.plan.name} ({shelved.plan.language})", "file": shelved.file, "step": step}
    return where | asdict(finding)
