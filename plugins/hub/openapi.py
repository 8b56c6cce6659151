"""The hub's OpenAPI document."""

from __future__ import annotations

from typing import Any

from emergency import __version__
from emergency.store import requests

_STRING = {"type": "string"}
_INTEGER = {"type": "integer", "minimum": 0}
_STRINGS = {"type": "array", "items": _STRING}
_COUNTS = {"type": "object", "additionalProperties": _INTEGER}
BLOCKS = "application/x-emergency-blocks"


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


_SCHEMAS = {
    "Error": _object(
        {"error": _STRING},
        why=_STRING,
        nonce=_STRING,
        hub=_STRING,
        station=_STRING,
        seq=_INTEGER,
        last=_INTEGER,
    ),
    "Info": _object(
        {"protocol": _INTEGER, "hub": _STRING, "name": _STRING, "nonce": _STRING, "time": _INTEGER},
        limits=_object({"body": _INTEGER, "inflated": _INTEGER}),
    ),
    "Health": _object({"ok": {"type": "boolean"}, "entries": _INTEGER}),
    "Enrolment": _object(
        {
            "find": {"type": "string", "pattern": f"^[{requests.LETTERS}]{{{requests.FINDING}}}$"},
            "key": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "station": {"type": "string", "maxLength": 64},
            "proof": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
        **{"as": {"type": "string", "enum": list(requests.ASKING), "default": "station"}},
    ),
    "Enrolled": _object(
        dict.fromkeys(("hub", "key", "name", "ca", "station", "role", "region", "proof"), _STRING)
    ),
    "Pushed": _object(
        {"new": _INTEGER, "known": _INTEGER, "aside": _COUNTS, "forked": _STRINGS, "waiting": _STRINGS}
    ),
}
_ERRORS = {
    "400": "Not to be read, or damaged on the way",
    "401": "Not signed as the hub asks; `nonce` is a new one to sign with",
    "403": "Not enrolled, or revoked",
    "413": "Larger than may be",
    "429": "Too many requests",
    "503": "Cannot be answered now; nothing was acknowledged",
    "507": "The hub's disk is full; nothing was acknowledged",
}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answers(content: dict[str, Any]) -> dict[str, Any]:
    error = {"application/json": {"schema": _ref("Error")}}
    return {
        "200": {"description": "Done", "content": content},
        **{status: {"description": text, "content": error} for status, text in _ERRORS.items()},
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(name)}}


def _signing() -> list[dict[str, Any]]:
    words = {
        requests.FEED: "The station's feed",
        requests.NONCE: "A nonce of this hub, of /v1/info or of an answer with status 401",
        requests.TURN: "Higher with each request under one nonce",
        requests.SIGNATURE: "Ed25519 over `emergency-request-1:` and nonce, turn, method, path and the SHA-256 of"
        " the body in hexadecimal, a line each; in hexadecimal",
    }
    return [
        {"name": n, "in": "header", "required": True, "description": d, "schema": _STRING}
        for n, d in words.items()
    ]


def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    blocks = {BLOCKS: {"schema": {"type": "string", "format": "binary"}}}
    octets = {"required": True, "content": blocks}
    signed = {"parameters": _signing()}
    enrolment = {"required": True, "content": _json("Enrolment")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "emergency hub", "version": __version__, "description": "See docs/sync.md."},
        "paths": {
            "/v1/info": {
                "get": {"summary": "Who the hub is, and a nonce", "responses": _answers(_json("Info"))}
            },
            "/v1/health": {
                "get": {"summary": "Whether it can answer", "responses": _answers(_json("Health"))}
            },
            "/v1/enrol": {
                "post": {
                    "summary": "Enrol with a one-time code",
                    "requestBody": enrolment,
                    "responses": _answers(_json("Enrolled")),
                }
            },
            "/v1/introduce": {
                "post": {
                    "summary": "Bring the hub its own lost entries, or a feed that an enrolled one vouches for",
                    "requestBody": octets,
                    "responses": _answers(_json("Pushed")),
                }
            },
            "/v1/heads": {
                "post": {
                    "summary": "What each side lacks",
                    **signed,
                    "requestBody": octets,
                    "responses": _answers(blocks),
                }
            },
            "/v1/push": {
                "post": {
                    "summary": "Hand over entries",
                    **signed,
                    "requestBody": octets,
                    "responses": _answers(_json("Pushed")),
                }
            },
            "/v1/pull": {
                "post": {
                    "summary": "Get entries",
                    **signed,
                    "requestBody": octets,
                    "responses": _answers(blocks),
                }
            },
            "/v1/live": {
                "get": {
                    "summary": "A line each time there is something new",
                    **signed,
                    "responses": _answers({"text/event-stream": {"schema": _STRING}}),
                }
            },
        },
        "components": {"schemas": _SCHEMAS},
    }
