"""Find the class:  POST /hardship-files/{file_id}/classification  ->  HardshipClassified | HardshipOverrideProposed

The figures are personal: they are in the command, are used once, and stand in no event, view or log line.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.hardship.rule import CURRENT, RULES, Declared, classify
from services.welfare.policy.policy_limits import Limit, needed_limit
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipClassified, HardshipOverrideProposed
from shared.kernel.work import Actor, Command, Work
from shared.values.hardship import HardshipFinding, OverrideReason
from shared.values.ids import Id
from shared.values.roles import Role


class Override(Command):
    hardship_class: HardshipFinding
    reason_code: OverrideReason


class ClassifyHardship(Command):
    declared: Declared
    override: Override | None = None
    """Another class than the one computed; a second person confirms it."""


def classified(
    file: HardshipFile, command: ClassifyHardship, standard: Limit, by: Actor, on: date
) -> Iterator[HardshipClassified | HardshipOverrideProposed]:
    computed = classify(command.declared, standard.cap_fen, RULES[CURRENT])
    wanted = command.override.hardship_class if command.override else computed
    match file.status:
        case "classified" if (file.hardship_class, file.did("classification")) == (wanted, (by.id,)):
            return
        case "override_proposed" if _is_proposed(file, wanted, by):
            return
        case "visited":
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by, "application", "visit")
    found = {
        "file_id": file.id,
        "member_id": file.member_id,
        "org_id": file.org_id,
        "computed": computed,
        "rule_version": CURRENT,
        "standard_ref": standard.id,
        "by": by.id,
        "on": on,
    }
    if command.override is None or wanted == computed:
        yield HardshipClassified.model_validate({**found, "hardship_class": computed})
    else:
        reason_code = command.override.reason_code
        yield HardshipOverrideProposed.model_validate({**found, "proposed": wanted, "reason_code": reason_code})


def _is_proposed(file: HardshipFile, wanted: HardshipFinding, by: Actor) -> bool:
    return file.proposal is not None and (file.proposal.proposed, file.proposal.by) == (wanted, by.id)


@service.post(
    "/hardship-files/{file_id}/classification",
    role=Role.FIRST_APPROVER,
    org=(HardshipFile, "file_id"),
    sensitive=True,
)
async def post(file_id: Id, command: ClassifyHardship, work: Work) -> None:
    org_id = (await work.state(HardshipFile, file_id)).org_id
    standard = await needed_limit("minimum_living", org_id, work.today, work)
    await work.change(HardshipFile, file_id, lambda file: classified(file, command, standard, work.actor, work.today))
