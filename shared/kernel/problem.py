"""Refusals on the wire: `application/problem+json` in the language that the caller prefers."""

from functools import lru_cache

from pydantic_core import to_json

from shared.kernel.refusal import Language, Refused, Unauthenticated, Unavailable

Header = tuple[bytes, bytes]
Answer = tuple[int, list[Header], bytes]
"""Status, headers and body of a response."""

JSON: Header = (b"content-type", b"application/json")
PROBLEM_JSON: Header = (b"content-type", b"application/problem+json")
PRIVATE: Header = (b"cache-control", b"no-store")


class NoSuchPath(Refused):
    """This address does not exist here; /docs lists those that do.
    此地址不存在，可用地址见 /docs。"""

    status = 404


class WrongMethod(Refused):
    """This address does not take this method; /docs lists those that it takes.
    此地址不支持该请求方法，可用方法见 /docs。"""

    status = 405


class TooSlow(Refused):
    """The request did not arrive completely in time; send it again.
    请求未能及时完整送达，请重新发送。"""

    status = 408


class TooLarge(Refused):
    """The request is larger than {limit} bytes.
    请求内容超过 {limit} 字节。"""

    status = 413


class TooManyValues(Refused):
    """The request holds more than {limit} values; divide it over several.
    请求内容超过 {limit} 项，请分次提交。"""

    status = 413


class HeadTooLarge(Refused):
    """Address and headers together are larger than {limit} bytes.
    请求地址与请求头合计超过 {limit} 字节。"""

    status = 431


class NotJson(Refused):
    """The content must be JSON; send it with `Content-Type: application/json`.
    请求内容必须为 JSON，请使用 `Content-Type: application/json` 发送。"""

    status = 415


class NotInTime(Unavailable):
    """This takes longer than {seconds} seconds just now, and may still be done; send it again in a moment with the same
    Idempotency-Key.
    {seconds} 秒内未能处理完毕，且仍可能生效，请稍后使用相同的 Idempotency-Key 重试。"""

    retry_after = 2


class Unexpected(Refused):
    """Something went wrong here that should not have; tell the operator the correlation id {correlation}.
    服务出现意外错误，请将关联编号 {correlation} 告知运维人员。"""

    status = 500


def problem(refusal: Refused, accept_language: bytes) -> Answer:
    language = preferred(accept_language)
    headers = [
        PROBLEM_JSON,
        PRIVATE,
        (b"content-language", language.encode()),
        (b"vary", b"Accept-Language"),
    ]
    if refusal.retry_after:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    if isinstance(refusal, Unauthenticated):
        headers.append((b"www-authenticate", b"Bearer"))
    return refusal.status, headers, to_json(refusal.problem(language))


@lru_cache(256)
def preferred(accept_language: bytes) -> Language:
    """English or Chinese, whichever the caller would rather read; English if it says nothing about either."""
    weights = {"en": 0.0, "zh": 0.0}
    for choice in accept_language.decode("latin-1").lower().split(","):
        tag, *parameters = (part.strip() for part in choice.split(";"))
        language = tag.split("-")[0]
        if language in weights:
            weights[language] = max(weights[language], _quality(parameters))
    return "zh" if weights["zh"] > weights["en"] else "en"


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
