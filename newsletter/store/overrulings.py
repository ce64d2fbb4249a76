"""Overrulings in the store: which claims a campaign was launched over, when, and by whom."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Result, insert, select

from newsletter.domain.finding import Finding, Severity
from newsletter.domain.overruling import Overruling
from newsletter.store.history_tables import overruling as _overruling


def add(connection: Connection, campaign_id: int, overruling: Overruling) -> None:
    findings = [asdict(each) for each in overruling.findings]
    values = {"campaign_id": campaign_id, "at": overruling.at, "who": overruling.who, "findings": findings}
    connection.execute(insert(_overruling), values)


def of_campaign(connection: Connection, campaign_id: int) -> list[Overruling]:
    """Oldest first."""
    wanted = select(_overruling).where(_overruling.c.campaign_id == campaign_id).order_by(_overruling.c.id)
    rows: Result[Any] = connection.execute(wanted)
    return [Overruling(at=row.at, who=row.who, findings=tuple(map(_finding, row.findings))) for row in rows]


def _finding(written: dict[str, Any]) -> Finding:
    return Finding(**written | {"severity": Severity(written["severity"])})
