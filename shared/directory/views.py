"""The three views behind the directory. Each is fed by streams of `members` only, one stream to a document."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from shared.directory.entries import Membership, Organisation, RoleHeld
from shared.events.members.authority import RoleGranted, RoleRevoked
from shared.events.members.membership import (
    MemberEligibilityChanged,
    MemberJoined,
    MembershipEnded,
    MemberTransferred,
    MemberTransferRefused,
    MemberTransferRequested,
)
from shared.events.members.organisation import OrganisationEstablished, OrganisationNamed
from shared.kernel.service import Service


def declare(service: Service) -> None:
    """Give a service its own copy."""
    service.view(Organisation, key="org_id")(organisations)
    service.view(Membership, key="member_id", by_subject=True)(memberships)
    service.view(RoleHeld, key="grant_id")(roles)


def organisations(entry: Organisation | None, event: OrganisationEstablished | OrganisationNamed) -> Organisation:
    match event:
        case OrganisationEstablished():
            return Organisation(event.org_id, event.org_id, event.kind, event.path, event.jurisdiction, event.parent_id)
        case OrganisationNamed():
            if entry is None:
                raise ValueError("a name of an organisation that was never established")
            return replace(entry, called=event.called)
        case _:
            assert_never(event)


def memberships(
    entry: Membership | None,
    event: MemberJoined
    | MemberEligibilityChanged
    | MemberTransferRequested
    | MemberTransferred
    | MemberTransferRefused
    | MembershipEnded,
) -> Membership:
    if isinstance(event, MemberJoined):
        return Membership(
            id=event.member_id,
            org_id=event.org_id,
            status="active",
            worker_type=event.worker_type,
            frontline=event.frontline,
            trade_code=event.trade_code,
            since=event.membership_seq,
            skill_grade=event.skill_grade,
        )
    if entry is None:
        raise ValueError(f"{type(event).__name__} of a member who never joined")
    match event:
        case MemberEligibilityChanged():
            return _changed(entry, event)
        case MemberTransferRequested():
            return replace(entry, status="transferring")
        case MemberTransferred():
            return replace(entry, status="active", org_id=event.to_org)
        case MemberTransferRefused():
            return replace(entry, status="active")
        case MembershipEnded():
            return replace(entry, status="ended")
        case _:
            assert_never(event)


def _changed(entry: Membership, event: MemberEligibilityChanged) -> Membership:
    """What the event does not name stays."""
    return replace(
        entry,
        worker_type=event.worker_type or entry.worker_type,
        frontline=entry.frontline if event.frontline is None else event.frontline,
        trade_code=event.trade_code or entry.trade_code,
        skill_grade=event.skill_grade or entry.skill_grade,
    )


def roles(entry: RoleHeld | None, event: RoleGranted | RoleRevoked) -> RoleHeld:
    held = RoleHeld(event.grant_id, event.actor_id, event.role, event.org_id, "revoked")
    match event:
        case RoleGranted():
            lapses_on = event.until + timedelta(days=1) if event.until else None
            return replace(held, status="granted", until=event.until, lapses_on=lapses_on)
        case RoleRevoked():
            return held
        case _:
            assert_never(event)
