"""Alerts in: CAP 1.0 to 1.2, alone or in feeds, and warnings as JSON, into the fields of an alert (row M1).

`read` tells the format by content. It opens nothing, fetches nothing and knows no store.
"""

from __future__ import annotations

from emergency.plugins.alerts.documents import read
from emergency.plugins.alerts.message import MOST_BYTES, Message, Reading, Refusal
from emergency.plugins.alerts.signing import Trust

__all__ = ["MOST_BYTES", "Message", "Reading", "Refusal", "Trust", "read"]
