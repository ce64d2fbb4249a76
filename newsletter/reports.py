"""Reports: the ledger of a campaign, or of everything, in figures that are held against each other."""

from dataclasses import dataclass

from newsletter.context import App
from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.report import Figures, discrepancies, equation
from newsletter.domain.tracking import Response
from newsletter.store import campaigns, reports, tracking
from newsletter.store.reports import Grouping


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The figures of one thing, and what does not add up in them."""

    name: str
    figures: Figures
    faults: list[str]
    campaign: Campaign | None = None

    @property
    def equation(self) -> str:
        return equation(self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """One campaign, its figures by the mail service that was called, and how it was read."""

    whole: Entry
    providers: list[Entry]
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything, by campaign (the newest first), by care step and by mail service."""

    whole: Entry
    campaigns: list[Entry]
    steps: list[Entry]
    providers: list[Entry]


def report_campaign(app: App, campaign_id: int) -> CampaignReport:
    """Raises NotFoundError where there is no such campaign."""
    with app.database.read() as connection:
        campaign = campaigns.get(connection, campaign_id)
        whole = reports.total(connection, campaign_id=campaign_id)
        by_provider = reports.figures(connection, Grouping.PROVIDER, campaign_id=campaign_id)
        response = tracking.response(connection, campaign_id)
    return CampaignReport(whole=_of_campaign(campaign, whole), providers=_entries(by_provider), response=response)


def overview(app: App) -> Overview:
    with app.database.read() as connection:
        whole = reports.total(connection)
        by_campaign = reports.figures(connection, Grouping.CAMPAIGN)
        by_step = reports.figures(connection, Grouping.STEP)
        by_provider = reports.figures(connection, Grouping.PROVIDER)
        known = campaigns.all_campaigns(connection)
    return Overview(
        whole=_entry("everything", whole),
        campaigns=[_of_campaign(each, by_campaign[each.id]) for each in known if each.id in by_campaign],
        steps=_entries(by_step),
        providers=_entries(by_provider),
    )


def _of_campaign(campaign: Campaign, figures: Figures) -> Entry:
    faults = discrepancies(figures, said_sent=campaign.state is CampaignState.SENT)
    return Entry(name=campaign.name, figures=figures, faults=faults, campaign=campaign)


def _entries(groups: dict[reports.Key, Figures]) -> list[Entry]:
    return [_entry(str(name), groups[name]) for name in sorted(groups, key=str)]


def _entry(name: str, figures: Figures) -> Entry:
    return Entry(name=name, figures=figures, faults=discrepancies(figures))
