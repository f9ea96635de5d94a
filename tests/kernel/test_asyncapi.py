"""The document that says which events a service publishes, and where."""

from typing import ClassVar

from shared.kernel import asyncapi
from shared.kernel.event import Event
from shared.values.ids import Id
from tests.kernel.lending import BookBought, BookLent


class ScoreSealed(Event):
    """A score was sealed.
    封存评分。"""

    __module__ = "shared.events.lending.books"
    topic: ClassVar[str] = "gonghui.lending.sealed"
    score_id: Id


def test_every_event_of_the_service_stands_on_its_topic() -> None:
    channels = asyncapi.document("lending")["channels"]
    assert set(channels["gonghui.lending"]["messages"]) == {BookBought.__name__, BookLent.__name__}
    assert set(channels["gonghui.lending.sealed"]["messages"]) == {ScoreSealed.__name__}


def test_a_message_tells_its_type_version_meaning_and_fields() -> None:
    message = asyncapi.document("lending")["components"]["messages"]["BookLent"]
    assert message["name"] == "gonghui.lending.BookLent"
    assert message["summary"] == "A book was lent."
    assert message["description"] == "借出图书。"
    assert message["x-dataschema"] == "urn:gonghui:lending:BookLent:1"
    assert set(message["payload"]["properties"]) == {"book_id", "member_id"}


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document("lending")

    def check(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(reference := node.get("$ref"), str):
                found: object = document
                for part in reference.removeprefix("#/").split("/"):
                    assert isinstance(found, dict)
                    found = found[part]
            for child in node.values():
                check(child)

    check(document)


def test_other_services_events_are_not_in_it() -> None:
    assert "BookLent" not in asyncapi.document("members")["components"]["messages"]
