import pkgutil

import shared.events
from shared.kernel.event import REGISTRY
from tests.architecture.wiring import SERVICES, TABLE, table


def test_the_wiring_table_is_what_the_services_declare() -> None:
    assert table() == TABLE.read_text(), "run `python -m tests.architecture.wiring` and review the difference"


def test_every_event_has_an_owner_among_the_services_and_a_sentence_in_both_languages() -> None:
    released = [module.name for module in pkgutil.walk_packages(shared.events.__path__, "shared.events.")]
    for event in REGISTRY.values():
        if event.__module__ in released:
            assert event.owner in {service.name for service in SERVICES}, event
            text = event.__doc__ or ""
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text), event
            assert any(letter.isascii() and letter.isalpha() for letter in text), event


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    from shared.kernel.refusal import Refused, sentences

    def below(refusal: type[Refused]) -> set[type[Refused]]:
        return {refusal}.union(*(below(sub) for sub in refusal.__subclasses__()))

    for refusal in below(Refused):
        english, chinese = sentences(refusal)
        assert english, refusal
        assert chinese, refusal
