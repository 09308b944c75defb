"""What a teller has asked for and been answered, in a file that outlives the teller."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """One call of a verb. Moments are seconds from the call, and may be asked for anew."""

    key: str
    verb: str
    request: dict[str, Any]


@dataclass
class Journal:
    path: Path
    asked: dict[str, Ask] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    repeats: int = 0

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_RDWR)
        lines = self.path.read_bytes().split(b"\n")
        if lines[-1]:  # cut off in the middle of a word
            os.write(self._file, b"\n")
        for line in lines[:-1]:
            self._read(json.loads(line))

    def ask(self, ask: Ask) -> None:
        if ask.key not in self.asked:
            self._write({"key": ask.key, "verb": ask.verb, "request": ask.request})

    def answer(self, key: str, answer: Answer) -> None:
        self._write({"key": key, "answer": answer})

    def note_repeat(self) -> None:
        self._write({"repeat": 1})

    def find(self, finding: str) -> None:
        self._write({"finding": finding})

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")
        self._read(line)

    def _read(self, line: dict[str, Any]) -> None:
        if "verb" in line:
            self.asked[line["key"]] = Ask(line["key"], line["verb"], line["request"])
        elif "answer" in line:
            self.answers[line["key"]] = line["answer"]
        elif "finding" in line:
            self.findings.append(line["finding"])
        else:
            self.repeats += 1
