"""The terminal driven by its keys: what is said is signed and entered, what is refused says by which rule."""

import asyncio
import datetime as dt

import pytest
from textual.widgets import DataTable, Input, Static

from trucewatch.cli.desk import OwnSeat, desk
from trucewatch.cli.terminal import Terminal


class Seat:
    """One person at the terminal of a mission."""

    def __init__(self, mission, name):
        self.mission, self.name = mission, name

    def drive(self, act):
        """Open the terminal, let `act(pilot, app)` press keys, and return what it returns."""

        async def run(at):
            app = Terminal(at, lambda: dt.datetime.now(dt.UTC))
            async with app.run_test(size=(160, 50)) as pilot:
                await pilot.pause()
                return await act(pilot, app)

        key = self.mission.folder / f"{self.name}.pem"
        seat = OwnSeat(mission=self.mission.world / "mission.toml", store=self.mission.store, key=key)
        with desk(seat) as at:
            return asyncio.run(run(at))


def shown(app, name):
    return str(app.query_one(f"#{name}", Static).render())


async def go_to(pilot, app, kind):
    """Go to the first task of that kind: to the one before at once, then by its key."""
    first = next(n for n, task in enumerate(app._waiting) if task["kind"] == kind)
    app.action_move(first - 1 - app.query_one(DataTable).cursor_row)
    await pilot.press(*(["j"] if first else []))
    await pilot.pause()
    assert app.at["kind"] == kind
    return app.at


@pytest.fixture
def seat(mission):
    return lambda name: Seat(mission, name)


def test_two_people_decide_by_keys_alone(mission, seat):
    async def propose(pilot, app):
        task = await go_to(pilot, app, "incident")
        await pilot.press("r")
        assert isinstance(app.focused, Input)
        await pilot.press(*"short", "enter")
        assert "rule reason" in shown(app, "said")
        await pilot.press(*" but now it is long", "enter")
        assert shown(app, "said") == "signed and entered"
        assert isinstance(app.focused, DataTable)
        assert app._waiting[0]["kind"] == "approval"
        return task["subject"]

    async def approve(pilot, app):
        assert app.at["kind"] == "approval"
        told = shown(app, "told")
        assert "PROPOSED by vera (CHE)" in told
        assert "short but now it is long" in told
        await pilot.press("c")
        assert "no word on this task" in shown(app, "said")
        await pilot.press("a", "enter")
        return shown(app, "said")

    incident = seat("vera").drive(propose)
    assert "rule two_people" in seat("vera").drive(approve)
    assert seat("victor").drive(approve) == "signed and entered"
    mission.run()
    row = mission.table("verdicts").row(0, named=True)
    assert (row["incident_id"], row["decision"], row["status"]) == (incident, "rejected", "in_force")


def test_the_machine_s_result_and_people_s_are_side_by_side(mission, seat):
    async def look(pilot, app):
        task = await go_to(pilot, app, "incident")
        return task["subject"], shown(app, "told")

    incident, told = seat("victor").drive(look)
    assert "MACHINE" in told
    assert "nobody yet" in told
    assert "observations of" in told
    entry = mission.call("decide", "confirmed", incident, "--reason", "seen from the road", key="vera")["entry"]
    mission.call("approve", entry, "--refuse", "--reason", "the picture shows another place", key="victor")

    async def look_again(pilot, app):
        while app.at["subject"] != incident:
            await pilot.press("j")
        return shown(app, "told")

    told = seat("victor").drive(look_again)
    assert "confirmed · waiting · vera: seen from the road" in told
    assert "dissent · victor: the picture shows another place" in told


def test_a_task_is_claimed_and_given_back_and_nobody_else_takes_it(mission, seat):
    async def claim(pilot, app):
        task = await go_to(pilot, app, "incident")
        await pilot.press("space")
        return task["task"], shown(app, "said")

    task, said = seat("vera").drive(claim)
    assert said == "signed and entered"
    other, said = seat("victor").drive(claim)
    assert other == task
    assert "rule claimed" in said
    again, said = seat("vera").drive(claim)  # her own claim: space gives it back
    assert again == task
    assert seat("victor").drive(claim)[1] == "signed and entered"


def test_leaving_signs_nothing(mission, seat):
    async def leave(pilot, app):
        await go_to(pilot, app, "incident")
        await pilot.press("c", *"a long enough reason", "escape")
        assert isinstance(app.focused, DataTable)
        assert not app.query_one("#reason", Input).has_class("asked")

    before = mission.call("bundle", "export", "--out", mission.folder / "a")["entries"]
    seat("vera").drive(leave)
    assert mission.call("bundle", "export", "--out", mission.folder / "b")["entries"] == before


def test_a_pair_is_the_same_or_different(mission, seat):
    async def same(pilot, app):
        task = await go_to(pilot, app, "pair")
        await pilot.press("c")
        assert "no word on this task: same, different" in shown(app, "said")
        await pilot.press("d", *"two streets, an hour apart", "enter")
        return task["task"], shown(app, "said"), app._waiting[0]["kind"]

    waiting = {each["kind"] for each in mission.call("queue", "--most", "9999")["queue"]}
    if "pair" not in waiting:
        pytest.fail("the world has no pair that fusion is unsure of: give it another seed")
    _, said, first = seat("vera").drive(same)
    assert (said, first) == ("signed and entered", "approval")
