"""The cards that a peer writes, looked at from outside."""

from typing import Any

from bson import Timestamp
from pymongo import MongoClient

from shared.kernel.ports import Document
from tests.bench.peers.charged import Meals
from tests.bench.peers.peer import Peer

END = "the end"
"""`_id` of a document written when all is over, so that a reader of the history knows where it ends."""


class Cards:
    def __init__(self, mongo_url: str, database: str, peer: Peer, meals: Meals) -> None:
        self._client: MongoClient[Document] = MongoClient(mongo_url)
        self._cards, self._peer, self._meals = self._client[database][peer.collection], peer, meals
        self._last = [self._id(card_id) for card_id in meals.last]
        self.since: Timestamp = self._client.admin.command("ping")["operationTime"]
        """The moment before anything was written."""

    def close(self) -> None:
        self._client.close()

    def _id(self, card_id: str) -> Any:
        return {"card_id": card_id} if self._peer.home == "java" else card_id

    def complete(self) -> bool:
        """Whether the last event of every partition has been applied; cheap enough to be asked all the time."""
        found = self._cards.find({"_id": {"$in": self._last}}, {"number": 1})
        shown = {card_of(document["_id"]): document["number"] for document in found}
        return shown == self._meals.last

    def progress(self) -> tuple[int, int]:
        """Meals of all cards, by the last number of each, and as they were counted by one that counts."""
        summed = {name: {"$sum": f"${name}"} for name in ("number", "charges")}
        found = list(self._cards.aggregate([{"$group": {"_id": None, **summed}}]))
        return (int(found[0]["number"]), int(found[0]["charges"])) if found else (0, 0)

    def updates(self) -> int:
        """Single updates that the server has been asked for, by anybody, with or without an effect."""
        return int(self._client.admin.command("serverStatus")["opcounters"]["update"])

    def all(self) -> dict[str, Document]:
        """By card."""
        return {card_of(document["_id"]): document for document in self._cards.find()}

    def history(self) -> "History":
        """Every write since this was made, as the database's own log tells it; when all writers have ended."""
        self._cards.insert_one({"_id": END})
        number = {"$ifNull": ["$fullDocument.number", "$updateDescription.updatedFields.number"]}
        told = [{"$project": {"documentKey": 1, "number": number}}]
        history = History()
        with self._cards.watch(told, start_at_operation_time=self.since, batch_size=10_000) as stream:
            for change in stream:
                if change["documentKey"]["_id"] == END:
                    break
                history.write(card_of(change["documentKey"]["_id"]), change.get("number"))
        self._cards.delete_one({"_id": END})
        return history


class History:
    def __init__(self) -> None:
        self.rewritten = self.back = 0
        self.shown: dict[str, set[int]] = {}
        """Numbers that each card has had."""
        self._now: dict[str, int] = {}

    def write(self, card_id: str, number: int | None) -> None:
        """A number; None where a write has left it as it was."""
        before = self._now.get(card_id, 0)
        number = before if number is None else number
        shown = self.shown.setdefault(card_id, set())
        self.rewritten += number in shown
        self.back += number < before
        shown.add(number)
        self._now[card_id] = number


def card_of(document_id: Any) -> str:
    """Kafka Connect makes documents of ids."""
    return str(document_id["card_id"] if isinstance(document_id, dict) else document_id)
