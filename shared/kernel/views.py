"""Documents of views: how a view's dataclass is kept, folded and added up."""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from shared.kernel.ports import Document, Partition
from shared.kernel.service import View

PLAIN = {str, int, bool, float, type(None)}
Codec = tuple[Callable[[Any], Document], Callable[[Document], Any]]


def collection_of(view_set: str, view: View) -> str:
    return f"{view_set}_{view.name}"


def document_key(view: View, key: str, partition: Partition) -> str:
    """`_id` of the document that an event from this partition folds into."""
    return key if view.kind == "owned" else f"{key}|{partition[0]}:{partition[1]}"


def to_document(view: View, document_id: str, model: Any) -> Document:
    """The document of a view object. The first field `id` is the key; `_id` may differ from it in tallies."""
    write, _ = codec(view.model)
    return {"_id": document_id, **write(model)}


def from_document(model: type, document: Document) -> Any:
    return codec(model)[1](document)


@cache
def codec(model: Any) -> Codec:
    """How objects of this dataclass become documents and back: dates as ISO text, anything nested by pydantic."""
    hints = get_type_hints(model)
    names = tuple([field.name for field in fields(model)])
    known = frozenset(names)
    special = [(name, *_special(hints[name])) for name in names if not _plain(hints[name])]
    bare = not hasattr(model, "__slots__") and not hasattr(model, "__post_init__")

    values_of = attrgetter(*names) if len(names) > 1 else lambda view: (getattr(view, names[0]),)

    def write(view: Any) -> Document:
        document = dict(zip(names, values_of(view), strict=True))
        for name, out, _ in special:
            document[name] = out(document[name])
        return document

    def read(document: Document) -> Any:
        values = {name: value for name, value in document.items() if name in known}
        for name, _, into in special:
            if name in values:
                values[name] = into(values[name])
        if bare and len(values) == len(names):  # nothing is left to defaults: the constructor would add nothing
            view = object.__new__(model)
            view.__dict__.update(values)
            return view
        return model(**values)

    return write, read


def _plain(hint: Any) -> bool:
    """Whether the database holds such a value as it is."""
    if get_origin(hint) in (Union, types.UnionType):
        return all(_plain(argument) for argument in get_args(hint))
    return get_origin(hint) is Literal or hint in PLAIN


def _special(hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if hint is date:
        return date.isoformat, date.fromisoformat
    adapter: TypeAdapter[Any] = TypeAdapter(hint)

    def out(value: Any) -> Any:
        return adapter.dump_python(value, mode="json")

    def into(value: Any) -> Any:
        return adapter.validate_python(value, strict=False)

    return (_or_none(out), _or_none(into)) if type(None) in get_args(hint) else (out, into)


def _or_none(turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else turn(value)


def added(model: type, key: str, documents: Iterable[Mapping[str, Any]]) -> Any | None:
    """The sum of a tally's documents, one for each source partition; None without any."""
    found = list(documents)
    if not found:
        return None
    numbers, texts = _of_tally(model)
    sums = {name: sum(document.get(name, 0) for document in found) for name in numbers}
    told = {name: next((d[name] for d in found if d.get(name)), "") for name in texts}
    return model(id=key, **sums, **told)


@cache
def _of_tally(model: Any) -> tuple[list[str], list[str]]:
    """The fields of a tally that are added up, and those that are the same in every document that has them."""
    hints = get_type_hints(model)
    names = [field.name for field in fields(model) if field.name != "id"]
    return [name for name in names if hints[name] is int], [name for name in names if hints[name] is not int]
