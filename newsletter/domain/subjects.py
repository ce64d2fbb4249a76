"""Subjects: discreet ones, since they travel in clear and light up on a locked screen, and honest ones."""

import re
import unicodedata

from newsletter.domain.finding import Finding, Severity
from subscribers.consent import Stream

LONGEST_SUBJECT = 60  # characters; phones show 35 to 45 of them, desktops about 60
_SHOUTING_SHARE = 0.7  # of the letters that have a case
_SEVERITY = {  # a care mail shows that this person was treated; a newsletter goes to everybody
    Stream.CARE: Severity.ERROR,
    Stream.SERVICE: Severity.WARNING,
    Stream.MARKETING: Severity.ADVICE,
}
_DISCREET = "Say it as you would on a postcard, for example: “A few words after your visit”."

# Each entry stands for whole words; * stands for any letters; a hyphen also for a space or nothing.
_WORDS = {
    "services": """
        *massage* bodywork reiki deep-tissue trigger-point* hot-stone* cupping lymph* reflexology shiatsu myofascial
        craniosacral aromatherapy acupuncture acupressure physio* osteopath* chiropract* relaxation therap*
        treatment*
        counselling counseling
        tiefengewebe* triggerpunkt* schröpf* *drainage* *behandlung* entspannung*
        ventouses traitement* drenaje masaje* tratamiento* relajación""",
    "parts of the body": """
        body spine spinal neck necks backache shoulder* muscle* chest abdomen belly stomach pelvi* breast*
        jaw scalp skin
        hip hips knee* ankle* wrist* elbow* calf calves thigh* hamstring* glute* buttock* leg legs toe toes
        finger* joint
        joints tendon* fascia
        nacken rücken schulter* muskel* bein beine knie hüfte* bauch brust haut kiefer körper
        nuque épaule* genou* hanche* jambe* ventre peau mâchoire corps
        espalda cuello hombro* músculo* rodilla* cadera* pierna* vientre piel mandíbula cuerpo""",
    "pregnancy": """
        pregnan* prenatal antenatal postnatal postpartum maternity trimester midwi* miscarriage* fertility
        infertility ivf
        baby babies birth births breastfeeding
        *schwanger* mutterschaft hebamme* geburt fehlgeburt*
        grossesse* enceinte maternité sage-femme* accouchement fausse-couche bébé*
        embarazo* embarazada* maternidad matrona parto aborto bebé*""",
    "emotions": """
        sad sadness cry cries cried crying tear tears tearful anxi* depress* grief griev* trauma* emotion*
        stress* panic*
        angry anger overwhelm* upset feeling* mood* fear* lonely loneliness burnout suicid* crisis mourning tender
        tenderness
        traurig* trauer* weinen tränen angst* ängst* gefühl* krise*
        triste* pleur* larme* anxiété anxieux angoisse* émotion* deuil peur crise
        llorar lágrima* ansiedad angustia emoción emociones duelo miedo""",
    "symptoms": """
        pain pains painful sore soreness ache aches aching hurt hurts bruis* swollen swelling numb* stiff
        stiffness cramp*
        spasm* headache* migraine* injur* surgery operation diagnos* symptom* illness cancer arthritis sciatica
        fibromyalgia insomnia diabet* clot clots thrombosis disease* infection* menopause* medication* urine wound*
        scar scars blister*
        *schmerz* verletz* schwellung* geschwollen* krank* krebs
        douleur* blessure* gonfl* maladie*
        dolor dolores lesión lesiones hinchaz* enfermedad* cáncer""",
}
# Parts of the body that are everyday words too (“back soon”, “by hand”) count only where somebody's own is meant.
_OWN_PART = (
    "(?:your|my|her|his|lower|upper|middle|sore|stiff|bad|aching) "
    "(?:back|head|hands?|face|foot|feet|arms?|heart|nerves?)"
)


def _one_pattern(words: str) -> re.Pattern[str]:
    escaped = (re.escape(word) for word in words.split())
    entries = (word.replace(r"\-", "[ -]?").replace(r"\*", r"\w*") for word in escaped)
    return re.compile(rf"(?<!\w)(?:{_OWN_PART}|{'|'.join(entries)})(?!\w)")


_DENIED = _one_pattern(unicodedata.normalize("NFKC", " ".join(_WORDS.values())))
_SLOT = re.compile(r"\[\[ [a-z_]+(?: \|(?P<default>[^\[\]|]*))? \]\]")
_LINE_BREAK = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_FALSE_REPLY = re.compile(r"^\s*(?:re|fwd?|aw|wg|tr|rv)\s*:", re.IGNORECASE)
_CAPITALS = re.compile(r"[^\W\d_]{4,}")


def denied_words(text: str) -> tuple[str, ...]:
    """The words of a subject or preheader that would tell others a service, a body part, a pregnancy, an emotion or
    a symptom; in order, each once. Slots are left out, though what they fall back to is read."""
    normal = unicodedata.normalize("NFKC", _without_slots(text)).casefold()
    return tuple(dict.fromkeys(found.group() for found in _DENIED.finditer(normal)))


def subject_findings(subject: str, stream: Stream) -> tuple[Finding, ...]:
    """What is wrong with a subject. A telling word must not be in that of a care mail; elsewhere it is noted."""
    words = _without_slots(subject)
    if not words.strip() and not _SLOT.search(subject):
        return (_finding(Severity.ERROR, "subject.empty", "The mail has no subject.", subject, _DISCREET),)
    return (
        *discretion_findings(subject, stream, rule="safety.subject", place="The subject"),
        *_form(subject, words),
        *_tone(subject, words),
    )


def discretion_findings(text: str, stream: Stream, *, rule: str, place: str) -> tuple[Finding, ...]:
    """The telling words of a `place` such as a subject or a preheader, as one finding of that rule."""
    denied = denied_words(text)
    if not denied:
        return ()
    named = ", ".join(f"“{word}”" for word in denied)
    return (
        _finding(
            _SEVERITY[stream], rule, f"{place} can be read on a locked screen, and says {named}.", text, _DISCREET
        ),
    )


def _form(subject: str, words: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if _LINE_BREAK.search(subject):
        message = "The subject holds a line break or another control character."
        found.append(_finding(Severity.ERROR, "subject.line_break", message, subject, "Write it as one line."))
    if len(words) > LONGEST_SUBJECT:
        message = f"The subject has {len(words)} characters; many mailboxes cut it."
        step = f"Keep to {LONGEST_SUBJECT}, or put what matters first."
        found.append(_finding(Severity.WARNING, "subject.length", message, subject, step))
    return tuple(found)


def _tone(subject: str, words: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if is_shouting(words):
        message = "The subject is written in capitals, as unwanted mail often is."
        found.append(_finding(Severity.WARNING, "subject.capitals", message, subject, "Write it as a plain sentence."))
    if "!" in words or "！" in words:
        message = "The subject has an exclamation mark, as unwanted mail often has."
        found.append(_finding(Severity.WARNING, "subject.exclamation", message, subject, "Leave it out."))
    if _FALSE_REPLY.match(words):  # CAN-SPAM, 15 U.S.C. 7704(a)(2): no misleading subject
        message = "The subject looks like an answer to a mail that the reader never wrote."
        found.append(_finding(Severity.ERROR, "subject.honest", message, subject, "Leave out “Re:” and the like."))
    return tuple(found)


def is_shouting(words: str) -> bool:
    """Whether a text is written in capitals, as unwanted mail often is."""
    loud_words = [word for word in _CAPITALS.findall(words) if word.isupper()]
    if len(loud_words) != 1:
        return len(loud_words) >= 2
    cased = [letter for letter in words if letter.lower() != letter.upper()]
    return sum(letter.isupper() for letter in cased) / len(cased) >= _SHOUTING_SHARE


def _without_slots(text: str) -> str:
    """The text as a reader without any details sees it."""
    return _SLOT.sub(lambda slot: slot["default"] or "", text)


def _finding(severity: Severity, rule: str, message: str, where: str, suggestion: str) -> Finding:
    return Finding(severity=severity, rule=rule, message=message, where=where, suggestion=suggestion)
