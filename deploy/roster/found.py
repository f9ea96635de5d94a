"""A roster's organisations: new ones come in as foundings, known ones get their names and headcounts."""

from collections.abc import Sequence
from hashlib import blake2b

from deploy.roster.api import Answer, Refusal, each
from deploy.roster.brought_in import Outcome
from deploy.roster.fault import Fault
from deploy.roster.plan import Known, parent_refused
from deploy.roster.run import Run, fault_of
from deploy.roster.sheets import ORGANISATIONS
from deploy.roster.workbook import OrganisationRow
from services.members.organisation.propose_founding import LARGEST
from services.members.organisation.report_headcount import ReportedLater
from shared.kernel.refusal import Language

VISIBLE_WITHIN = 10
"""Seconds for new organisations to be seen by their own service."""

Refused = tuple[Answer, Answer]
"""In English and in Chinese."""


async def found(run: Run) -> None:
    """As many foundings as it takes, parents first. Raises Refusal."""
    rows = list(run.plan.new)
    for start in range(0, len(rows), LARGEST):
        wanted = [row for row in rows[start : start + LARGEST] if not _falls_with_its_parent(run, row)]
        while wanted and (refused := await _founded(run, wanted)):
            wanted = _without(run, wanted, refused)
    await each(run.plan.organisations, lambda row: _described(run, row))


async def _founded(run: Run, rows: Sequence[OrganisationRow]) -> Refused | None:
    """The refusal, if it is about one of them. The same list is the same founding in every run. Raises Refusal."""
    units = [row.establish.model_dump(mode="json", exclude_none=True) for row in rows if row.establish]
    key = blake2b(repr(units).encode(), digest_size=16).hexdigest()

    async def propose(language: Language = "en") -> Answer:
        body = {"org_id": run.plan.top, "units": units}
        return await run.api.post(
            run.hands.actor, "members", "/foundings", body, key=f"founding-{key}", language=language
        )

    proposed = await propose()
    if not proposed.accepted:
        return _about(rows, proposed), await propose("zh")
    path, second = f"/foundings/{proposed.subject}/confirmation", str(run.hands.second)

    async def confirm(language: Language = "en") -> Answer:
        confirming = f"confirmation-{run.id}-{key}"
        return await run.api.post(second, "members", path, key=confirming, wait=VISIBLE_WITHIN, language=language)

    confirmed = await confirm()
    return None if confirmed.accepted else (_about(rows, confirmed), await confirm("zh"))


def _about(rows: Sequence[OrganisationRow], refused: Answer) -> Answer:
    if refused.body.get("org_id") not in {row.org_id for row in rows}:
        raise Refusal(f"{refused.refusal}: {refused.detail}")
    return refused


def _without(run: Run, rows: Sequence[OrganisationRow], refused: Refused) -> list[OrganisationRow]:
    """Without the refused one and all below it, which are told why."""
    org_id = refused[0].body["org_id"]
    (gone,) = (row for row in rows if row.org_id == org_id)
    run.reject(fault_of(ORGANISATIONS, gone.row, *refused))
    run.refused.add(org_id)
    return [row for row in rows if row is not gone and not _falls_with_its_parent(run, row)]


def _falls_with_its_parent(run: Run, row: OrganisationRow) -> bool:
    if row.parent_id not in run.refused:
        return False
    run.refused.add(row.org_id)
    run.reject(parent_refused(row))
    return True


async def _described(run: Run, row: OrganisationRow) -> None:
    """Its name and its headcount, where they are not what is known."""
    if row.org_id not in run.refused:
        known = run.plan.known.get(row.org_id)
        outcomes: list[Outcome] = []
        if known and renamed(row, known):
            outcomes.append(await _told(run, row, "name", {"called": row.name}))
        if row.headcount and reported_anew(row, known):
            outcomes.append(await _told(run, row, "headcount", row.headcount.model_dump()))
        run.result.organisations[_all_in_all(outcomes, new=known is None)] += 1
    run.done(1)


async def _told(run: Run, row: OrganisationRow, what: str, body: dict[str, object]) -> Outcome:
    return await run.told(ORGANISATIONS, row.row, f"/organisations/{row.org_id}/{what}", body, what)


def _all_in_all(outcomes: Sequence[Outcome], *, new: bool) -> Outcome:
    if "rejected" in outcomes:
        return "rejected"
    if new:
        return "created"
    return "changed" if "changed" in outcomes else "unchanged"


def renamed(row: OrganisationRow, known: Known) -> bool:
    return bool(row.name) and row.name != known.called


def reported_anew(row: OrganisationRow, known: Known | None) -> bool:
    if row.headcount is None:
        return False
    reported = (row.headcount.headcount, row.headcount.dispatched, row.headcount.frontline)
    return known is None or (row.headcount.period, reported) != (known.period, known.headcounts)


def reported_too_late(row: OrganisationRow, known: Known | None) -> Fault | None:
    """Of a month before the one that was reported last."""
    if row.headcount is None or known is None or row.headcount.period >= known.period:
        return None
    heading = ORGANISATIONS.headings()["headcount"]
    return Fault.of(ORGANISATIONS.name, row.row, heading, ReportedLater(last=known.period))
