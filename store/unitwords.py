"""What units are called where a person reads them: counting words have one in each language, measures their symbol."""

from __future__ import annotations

from emergency.store.text import cells, safe
from emergency.store.words import language

#: How a Chinese reader sees the units that are counting words; data keeps the symbol. Each is a name of its unit.
_CHINESE = {
    "persons": "人", "households": "户", "pcs": "件", "dozen": "打", "unit": "单元", "set": "套", "kit": "套件",
    "box": "箱", "carton": "纸箱", "case": "整箱", "pack": "包", "bag": "袋", "bottle": "瓶", "can": "罐",
    "barrel": "大桶", "drum": "圆桶", "roll": "卷", "pair": "双", "sheet": "单张", "pallet": "托盘",
}  # fmt: skip
_SYMBOLS = {word: symbol for symbol, word in _CHINESE.items()}


def in_words(symbol: str) -> str:
    """A unit as it stands beside a figure, in the language spoken: `box` is 箱 in Chinese."""
    return safe(_CHINESE.get(symbol, symbol) if language() == "zh" else symbol)


def beside(symbol: str, name: str) -> str:
    """A unit as a part of a name: in the language of the name, whoever reads it."""
    return _CHINESE.get(symbol, symbol) if any(cells(c) > 1 for c in name) else symbol


def symbol_of(word: str) -> str:
    """The symbol of a unit that is written as `in_words` has it in either language; anything else as it is."""
    return _SYMBOLS.get(word, word)
