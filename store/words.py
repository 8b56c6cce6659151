"""The two languages of the program: English in the source, Simplified Chinese in a catalogue.

Chosen once at start, before any command is loaded, because help texts are read at import.
Data is never translated; neither are keys, options, JSON or exit codes.
"""

import gettext as _gettext
import os
from collections.abc import Iterable, Mapping

DOMAIN = "emergency"
LANGUAGES = ("en", "zh")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locale")

_catalogue: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def wanted(environ: Mapping[str, str], typed: str | None = None) -> str:
    """The language asked for: `--lang`, EMERGENCY_LANG, then the locale variables."""
    for value in (typed, environ.get("EMERGENCY_LANG"), *map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))):
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def speak(language: str) -> None:
    """Use this language from here on, for our words and for click's own."""
    global _catalogue, _language
    _language = language
    code = {"zh": "zh_CN"}.get(language, "en")
    _catalogue = _gettext.translation(DOMAIN, FOLDER, [code], fallback=True)
    _gettext.bindtextdomain(DOMAIN, FOLDER)
    _gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = code


def language() -> str:
    """`en` or `zh`."""
    return _language


def _(message: str) -> str:
    return _catalogue.gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The form of a message for n things."""
    return _catalogue.ngettext(one, many, n)


def clauses(parts: Iterable[str]) -> str:
    """Several things said in one line, as the language spoken parts them; what is empty is left out."""
    return ("；" if _language == "zh" else "; ").join(filter(None, parts))


def listed(parts: Iterable[str]) -> str:
    """Things of one kind named one after the other, as the language spoken parts them; what is empty is left out."""
    return ("、" if _language == "zh" else ", ").join(filter(None, parts))


def phrase(parts: Iterable[str]) -> str:
    """Words one after the other; a full-width parenthesis brings its own blank. What is empty is left out."""
    return " ".join(filter(None, parts)).replace(" （", "（")


def added(said: str, more: str) -> str:
    """A phrase, and another that is said with it; the first alone where there is no other."""
    return said + ("，" if _language == "zh" else ", ") * bool(more) + more


def aside(said: str, more: str) -> str:
    """A phrase, and in brackets what is said beside it; either alone where there is no other."""
    if not more:
        return said
    return f"{said}（{more}）" if _language == "zh" else f"{said} ({more})".lstrip()


def told(what: str, said: str) -> str:
    """What is said of a thing, behind its name."""
    return what + ("：" if _language == "zh" else ": ") + said
