"""What people said, brought into a run: their decisions as tables, the last release, the rules in force."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from trucewatch import verify
from trucewatch.errors import ReleaseRefused
from trucewatch.mission.load import Loaded
from trucewatch.mission.record import MissionRecord
from trucewatch.release import masking
from trucewatch.verify import Act, Standing, VerifySettings

SAID: Final = ("verdicts", "corrections", "replies")


def said(standing: Standing, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of `SAID`, beside the tables that a run made."""
    return {
        "verdicts": verify.verdicts(standing, frames["members"], frames["observations"]),
        "corrections": verify.corrections(standing),
        "replies": verify.replies(standing),
    }


def last_release(standing: Standing, audience: str) -> Act | None:
    """Return the release to an audience that came into force last; None where there is none."""
    acts = [act for act in standing.state.acts.values() if act.act == "release" and act.in_force_at is not None]
    mine = [act for act in acts if act.names["audience"] == audience and "released" in act.names]
    return max(mine, key=lambda act: act.in_force_at or 0, default=None)


def published(standing: Standing, loaded: Loaded, audience: str) -> dict[str, str]:
    """Return the tables of the last release to an audience, by the names of their objects.

    Raises ReleaseRefused when points would be masked otherwise than then: two maskings of a point tell more than one.
    """
    last = last_release(standing, audience)
    if last is None:
        return {}
    if last.names["masking"] != masking(loaded.mission.release, loaded.settlements):
        to_do = "restore [release] and the settlements as they were; a point is always masked the same way"
        raise ReleaseRefused("points would be masked otherwise than in the last release", where=audience, to_do=to_do)
    return dict(last.names["released"])


def rules_apart(loaded: Loaded, opened: MissionRecord) -> tuple[str, ...]:
    """Return a note where the document's section [verify] is not in force: a changed document changes nothing by itself."""
    rules = opened.record.standing.state.rules
    if loaded.mission.verify == rules.settings or (not rules.entry_id and loaded.mission.verify == VerifySettings()):
        return ()
    return ("the section [verify] of the mission is not in force → enter it: trucewatch key rules",)
