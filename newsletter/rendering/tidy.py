"""Tidying: what MJML's compiler gets wrong in white space, and what it says that no mail program needs."""

import re
from functools import lru_cache

_BREAK = re.compile(r"\s*\n\s*")
_BETWEEN_BLOCKS = re.compile(r"\s+(?=</?(?:mj|p|h[1-6]|ul|ol|li|blockquote|pre|table|tr|td|th|div)\b)")
_AFTER_BLOCKS = re.compile(r"(</?(?:mj[\w-]*|p|h[1-6]|ul|ol|li|blockquote|table|tr|td|th|div)\b[^>]*>)\s+")
_STYLE = re.compile(r' style="([^"]*)"')
_STYLE_SHEET = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_SHEET_SPACE = re.compile(r";?\s*(\})\s*|\s*([{;,])\s*|(:)\s+|\s*\n\s*|\s+(?=!important)")
_FOR_DEAD_PROGRAMS = re.compile(
    r'<style media="screen and \(min-width:480px\)">.*?</style>'  # Thunderbird's old markup
    r"|<!--\[if lte mso 11\]>.*?<!\[endif\]-->"  # Outlook 2003
    r'|<!--\[if !mso\]><!--><meta http-equiv="X-UA-Compatible" content="IE=edge"><!--<!\[endif\]-->',
    re.DOTALL,
)
_UNNEEDED_SHEET_RULES = re.compile(
    r"#outlook a\{[^}]*\}|(?<=img\{border:0;)height:auto;"
    r"|p\{display:block;margin:13px 0\}|outline:none;|-ms-[a-z-]+:[^;}]*;?"
    r"|@media only screen and \(min-width:480px\)\{\.mj-column-per-100\{[^}]*\}\}"  # its style attribute says so too
    r"|@media only screen and \(max-width:479px\)\{table\.mj-full-width-mobile\{[^}]*\}"
    r"td\.mj-full-width-mobile\{[^}]*\}\}"
)
# A section of this class stands where its lines begin, as in a mail that somebody typed, not in the middle.
_ASIDE = re.compile(
    r' align="center"(?= width="\d+" class="aside-outlook")|(?<= class="aside" style=")margin:0px auto;'
)
_UNNEEDED_ATTRIBUTE = re.compile(
    r' target="_blank"| xmlns:v="[^"]*"| aria-label="[^"]*" aria-roledescription="email"| height="auto"'
    r'| vertical-align="middle"| class="[a-z]+-outlook"| type="text/css"'
    r'| class="mj-outlook-group-fix mj-column-per-100"'
)
_UNNEEDED_RULES = frozenset(
    {
        "border-collapse:collapse",  # the style sheet says so for every table
        "border-radius:0px",
        "border-spacing:0px",
        "border:none",
        "cursor:auto",
        "direction:ltr",  # or the dir of the document would not count
        "font-weight:normal",
        "height:auto",
        "mso-padding-alt:0px",
        "outline:none",
        "table-layout:auto",
        "text-transform:none",
        "word-spacing:normal",
    }
)
_GROUND = re.compile(r"^background:(?=\w+$|#\w+$)")  # nothing but a colour; some programs know only that property
_INDENTED = re.compile(r">\s*\n\s*<")


def tighten(skeleton: str) -> str:
    """MJML before it is compiled: MRML drops white space that holds a newline, which would glue words together."""
    flat = _BREAK.sub(" ", skeleton)
    return _AFTER_BLOCKS.sub(r"\1", _BETWEEN_BLOCKS.sub("", flat)).strip()


def tidy(compiled: str) -> str:
    """HTML as MRML made it, without what its defaults already say or what some program does not know.

    The style of each element stays in the element; all style sheets become one.
    """
    compiled = _ASIDE.sub("", _FOR_DEAD_PROGRAMS.sub("", compiled))
    compiled = _UNNEEDED_ATTRIBUTE.sub("", compiled)
    compiled = _STYLE.sub(lambda found: _attribute(found[1]), compiled)
    compiled = _one_style_sheet(compiled.replace("<![endif]--><!--[if mso | IE]>", ""))
    return _INDENTED.sub("><", compiled)


def _attribute(style: str) -> str:
    rules = (_GROUND.sub("background-color:", rule) for rule in style.split(";"))
    kept = dict.fromkeys(rule for rule in rules if rule and rule not in _UNNEEDED_RULES)
    return f' style="{";".join(kept)}"' if kept else ""


def _one_style_sheet(compiled: str) -> str:
    """All style sheets as one, where the first stood."""
    rules = "".join(_STYLE_SHEET.findall(compiled))
    head, _, tail = compiled.partition("<style")
    rest = _STYLE_SHEET.sub("", f"<style{tail}")
    return f"{head}<style>{_squeezed(rules)}</style>{rest}"


@lru_cache(maxsize=64)  # the rules of a studio are the same from mail to mail
def _squeezed(rules: str) -> str:
    tight = _SHEET_SPACE.sub(lambda found: found[1] or found[2] or found[3] or "", rules)
    return _UNNEEDED_SHEET_RULES.sub("", tight)
