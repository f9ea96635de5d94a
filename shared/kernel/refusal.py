"""Why a request is refused, in English and Chinese, as RFC 9457 `application/problem+json`.

Refused
├── Invalid        422  the words of the command are wrong
├── Unauthenticated 401  who is asking is not known
├── Forbidden      403  who is asking may not
├── NotFound       404
├── Conflict       409  a rule of the domain says no
└── Unavailable    503  not now; `retry_after` says when to come back

A refusal's docstring is its text: the English lines first, then the Chinese ones; `{names}` are filled from the
keywords it was raised with, which also become members of the problem document. The class name is the code.
"""

import inspect
from typing import Any, ClassVar, Literal

from shared.values.chinese import CHINESE, CODED

Language = Literal["en", "zh"]


RENAMED = {"status": "state"}
"""Details whose names mean something else in a problem document."""


class Refused(Exception):
    """The request was refused.
    请求被拒绝。"""

    status: ClassVar[int] = 400
    retry_after: ClassVar[int] = 0
    """Seconds, sent as `Retry-After`; 0: to ask again is of no use."""

    def __init__(self, **details: Any) -> None:
        super().__init__(details)
        self.details = details

    @property
    def code(self) -> str:
        return type(self).__name__

    def sentence(self, language: Language) -> str:
        """What was wrong and what to do, in one language."""
        english, chinese = sentences(type(self))
        if language == "en":
            return english.format_map(_Blank(self.details))
        told = {name: CHINESE.get(value, value) if name in CODED else value for name, value in self.details.items()}
        return chinese.format_map(_Blank(told))

    def problem(self, language: Language) -> dict[str, Any]:
        """The body of the answer (RFC 9457)."""
        told = {name: value for name, value in self.details.items() if isinstance(value, str | int | bool | list)}
        return {RENAMED.get(name, name): value for name, value in told.items()} | {
            "type": f"urn:gonghui:refusal:{self.code}",
            "title": self.code,
            "status": self.status,
            "code": self.code,
            "detail": self.sentence(language),
        }


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentences(refusal: type[Refused]) -> tuple[str, str]:
    """English and Chinese text of a refusal class, from its docstring."""
    lines = inspect.cleandoc(refusal.__doc__ or "").splitlines()
    chinese = [line for line in lines if any("\u4e00" <= letter <= "\u9fff" for letter in line)]
    english = [line for line in lines if line and line not in chinese]
    return " ".join(english), "".join(chinese)


class Invalid(Refused):
    """The request is not valid: {reason}
    请求内容有误：{reason}"""

    status = 422


class Unauthenticated(Refused):
    """A valid access token is needed: {reason}
    需要有效的访问令牌：{reason}"""

    status = 401


class Forbidden(Refused):
    """You may not do this here.
    您无权在此执行该操作。"""

    status = 403


class NotFound(Refused):
    """There is no such thing here.
    未找到该对象。"""

    status = 404


class Conflict(Refused):
    """The present state does not allow this.
    当前状态不允许该操作。"""

    status = 409


class Unavailable(Refused):
    """The service cannot answer just now; try again in a moment with the same Idempotency-Key.
    服务暂时无法处理，请稍后使用相同的 Idempotency-Key 重试。"""

    status = 503
    retry_after = 1
