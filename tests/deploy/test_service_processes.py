from pathlib import Path

import pytest

from deploy.local.service_processes import ServiceProcess, place_of, processes_of, program


def _told(process: ServiceProcess, state: Path) -> dict[str, str]:
    return dict(program(process, 1, state, {}).environment or {})


def test_welfare_has_a_process_of_its_own_for_its_ledgers() -> None:
    named = {process.name: process.roles for process in processes_of(["members", "welfare"])}
    assert named == {
        "members-api": "api",
        "members-runners": "relay,views,reactions",
        "welfare-api": "api",
        "welfare-runners": "relay,views,reactions",
        "welfare-audit": "ledger",
    }


def test_no_other_process_is_told_of_the_audit_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that stands in the environment of whoever starts the stack."""
    monkeypatch.setenv("GONGHUI_AUDIT_KEY", "{}")
    monkeypatch.setenv("GONGHUI_AUDIT_KEY_FILE", "/elsewhere")
    for process in processes_of(["members", "activities", "welfare"]):
        keys = {name: value for name, value in _told(process, tmp_path).items() if "AUDIT_KEY" in name}
        expected = {"GONGHUI_AUDIT_KEY_FILE": str(tmp_path / "secrets" / "audit.jwk")}
        assert keys == (expected if process.roles == "ledger" else {})


def test_runners_alone_have_replicas_each_with_a_name_and_a_place_of_its_own() -> None:
    processes = processes_of(["welfare"], replicas=2)
    named = [process.name for process in processes]
    assert named == ["welfare-api", "welfare-runners", "welfare-runners-2", "welfare-audit"]
    assert len({place_of(process) for process in processes}) == len(processes)
