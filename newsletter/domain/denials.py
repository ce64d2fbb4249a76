"""Denials: how a language says that a sentence makes no claim, by denying, asking, citing or taking it back."""

import re
from dataclasses import dataclass

# What is put in quotation marks is cited, or held at arm's length: “toxins”. A single mark may be an apostrophe, so
# it closes only where no letter follows.
_QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"|«[^»]*»|»[^«]*«|(?<!\w)[‘'‚](?=\w)[^‘']*['‘](?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """The patterns of one language. They see sentences with single spaces and straight apostrophes.

    `leading_question`: begins a question that leads the reader on; any other question promises nothing.
    `disowned`: the sentence speaks of a claim instead of making it. `affirmed`: it then sides with it after all.
    `taken_back`: begins a next sentence that takes this one back.
    `clause_end`: a denial reaches to the end of its clause, not beyond: “It is not magic, it heals.” A comma alone
    ends no clause, as in “does not diagnose, treat or cure”; a comma before a new subject does.
    `denial`: before a promise in its clause; `denied_after`: right behind it (“... is not the cause”).
    """

    leading_question: re.Pattern[str]
    disowned: re.Pattern[str]
    affirmed: re.Pattern[str]
    taken_back: re.Pattern[str]
    clause_end: re.Pattern[str]
    denial: re.Pattern[str]
    denied_after: re.Pattern[str]

    def disowns(self, words: str, following: str) -> bool:
        """Whether the whole sentence makes no claim, seen together with the one after it."""
        if words.rstrip("\"'”)»").endswith("?"):
            return not self.leading_question.match(words)
        disowned = self.disowned.search(words) or self.taken_back.match(following)
        return bool(disowned) and not self.affirmed.search(words)

    def denies(self, words: str, start: int, end: int) -> bool:
        """Whether the clause denies what stands from `start` to `end` in it, before it or after it."""
        clause_start = max((found.end() for found in self.clause_end.finditer(words, 0, start)), default=0)
        denial = self.denial.search(words, clause_start)
        denied_before = denial is not None and denial.start() < start
        return denied_before or bool(self.denied_after.match(words[end:]))


def readable(sentence: str) -> str:
    """A sentence as patterns see it: apostrophes straight, and what it only quotes blotted out, letter by letter."""
    return _QUOTED.sub(lambda quoted: "…" * len(quoted.group()), straight(sentence))


def straight(text: str) -> str:
    return text.replace("’", "'")
