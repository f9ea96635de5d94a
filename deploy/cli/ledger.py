"""`gonghui ledger verify`: are the ledgers of the funds what was written."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from joserfc.jwk import OKPKey
from rich.console import Console

from deploy.cli.app import app
from deploy.cli.database import opened, settings_of
from deploy.cli.state import DEFAULT_STATE, CannotAnswer, State
from deploy.local.identity import AUDIT_KEY_SET
from services.welfare.ledger.ledger_chain import AuditKey
from services.welfare.ledger.read_ledger import BeingWritten, Ledgers, read_ledgers
from services.welfare.ledger.verify import Finding, Verified, What, verify
from shared.kernel.ports import Record
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import ends, reading, until

ledger = App(name="ledger", help="The ledgers 账链 of the funds: hash chains, sealed daily, anchored in Kafka.")
app.command(ledger)

SAID: Mapping[What, str] = {
    "changed": "was changed",
    "removed": "was removed",
    "added": "was added, and the topic does not know it",
    "reordered": "stands in another order",
    "tail_cut": "was cut off with everything after it",
    "chain_broken": "does not follow from the entry before it",
    "head_differs": "is the last, and the head says otherwise",
    "seal_differs": "is not the one that was sealed",
    "seal_forged": "has a seal that the audit key did not give, or that does not follow the one before it",
}
"""What a finding says of the entry it names."""


@ledger.command(name="verify")
def verify_ledgers(
    org: Annotated[str | None, Parameter(help="Code of a fund organisation; without it all of them.")] = None,
    *,
    key: Annotated[
        Path | None,
        Parameter(help="Public audit keys, a JSON Web Key Set [default: GONGHUI_AUDIT_JWKS_FILE, or of the state]."),
    ] = None,
    state: State = DEFAULT_STATE,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="For programs: one JSON object.")] = False,
) -> int:
    """Compare every entry with its hash chain, with the signed seals in Kafka and with the topic itself.

    Finds a change, a removal, a reorder and a cut tail, and names the entry. Exit code 0 if all holds, 1 if not.

        gonghui ledger verify
        gonghui ledger verify G01 --json
    """
    keys = public_keys(key or Path(os.environ.get("GONGHUI_AUDIT_JWKS_FILE") or state / "secrets" / AUDIT_KEY_SET))
    read = asyncio.run(_read(state))
    if org is not None and org not in read.by_org:
        raise CannotAnswer(f"There is no ledger of {org}: it has no fund account, or nothing was written yet.")
    wanted = {code: told for code, told in read.by_org.items() if org in (None, code)}

    def check(key_id: str, content: bytes, signature: str) -> bool:
        return key_id in keys and keys[key_id].verifies(content, signature)

    found = {code: verify(code, told, check) for code, told in wanted.items()}
    holds = not any(one.findings for one in found.values())
    if as_json:
        print(json.dumps(report(found, read.behind)))
    else:
        _show(found, read.behind)
    return 0 if holds else 1


def public_keys(file: Path) -> dict[str, AuditKey]:
    """By thumbprint. Raises CannotAnswer."""
    try:
        keys = [AuditKey(OKPKey.import_key(one)) for one in json.loads(file.read_text())["keys"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotAnswer(f"The public audit keys in {file} cannot be read: name another file with --key.") from error
    return {one.key_id: one for one in keys}


async def _read(state: Path) -> Ledgers:
    settings = settings_of(state)
    try:
        async with opened("welfare", state) as core:
            return await read_ledgers(core.views, lambda topic: _records(settings, topic))
    except BeingWritten:
        raise CannotAnswer("The ledgers are being written just now: try again in a moment.") from None
    except ValueError as error:
        told = f"A record of the topics is none of this platform ({error}): somebody else has written to them."
        raise CannotAnswer(told) from error


async def _records(settings: Settings, topic: str) -> AsyncIterator[list[Record]]:
    async with reading(settings, [topic]) as consumer:
        async for batch in until(consumer, await ends(consumer)):
            yield batch


def report(found: Mapping[str, Verified], behind: int) -> dict[str, object]:
    organisations = [
        {
            "org_id": code,
            "entries": one.entries,
            "sealed": one.sealed,
            "findings": [{**asdict(finding), "en": sentence(finding)} for finding in one.findings],
        }
        for code, one in found.items()
    ]
    holds = not any(one.findings for one in found.values())
    return {"holds": holds, "behind": behind, "organisations": organisations}


def sentence(finding: Finding) -> str:
    where = f" (position {finding.position}, event {finding.event_id})" if finding.event_id else ""
    return f"{finding.org_id}: entry {finding.seq}{where} {SAID[finding.what]}"


def _show(found: Mapping[str, Verified], behind: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for code, one in found.items():
        if one.findings:
            for finding in one.findings:
                console.print(sentence(finding), style="bold red", markup=False)
        else:
            console.print(f"{code}: {one.entries} entries hold, {one.sealed} of them sealed.", markup=False)
    if behind:
        console.print(f"{behind} entries of the topic are not written yet.", markup=False)
    if not found:
        console.print("There is no ledger yet: no fund account was opened.")
