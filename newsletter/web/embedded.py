"""The sign-up form for the studio's own website, as HTML to be pasted there."""

from html import escape

from newsletter.context import App
from newsletter.rendering import words


def form(app: App, language: str, *, care: bool = False) -> str:
    """It posts to our sign-up page, needs no script and no cookie, and says what is agreed to, as the ledger keeps it.

    `language` is one that the pages speak, else English; with `care` it also asks clients about care notes.
    """
    spoken = language if language in words.languages() else words.ENGLISH
    said = words.read("web", spoken)

    def say(name: str) -> str:
        return escape(said.say(name, studio=app.studio.name))

    asks = f'<p><label><input type="checkbox" name="care" value="1"> {say("join_care")}</label></p>\n' if care else ""
    return (
        f'<form method="post" action="{escape(app.links.page_url(f"subscribe?lang={spoken}"))}" lang="{spoken}">\n'
        f'<p><label>{say("address")} <input type="email" name="email" autocomplete="email" maxlength="254" required>'
        "</label></p>\n"
        f'<p hidden><label>{say("leave_empty")} <input name="website" tabindex="-1" autocomplete="off"></label></p>\n'
        f"{asks}"
        f"<p><small>{say('join_wording')}</small></p>\n"
        f"<p><button>{say('join_button')}</button></p>\n"
        "</form>\n"
    )
