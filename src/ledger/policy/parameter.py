"""One rule as it was in force from one day to another: its value, its words, and who checked them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictInt, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
Day = Annotated[date, Strict()]
ParameterName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]*$")]
Plain = StrictInt | Text | tuple[Text, ...]
Value = Plain | Mapping[Text, Plain]


class Force(StrEnum):
    """How strongly the source binds: 不得 / 原则上 / local practice or ordinance / our own default."""

    MANDATORY = "mandatory"
    IN_PRINCIPLE = "in_principle"
    LOCAL = "local"
    DEFAULT = "default"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Checked(_Record):
    """Who compared the quotation with which kind of copy, and on which day."""

    by: Text
    on: Day
    how: Literal["original", "transcription"]


class Source(_Record):
    """Where a value comes from.

    `text` is the short id of the copy in which `quotation` stands word for word, with that copy's own characters.
    `note_zh` and `note_en` say what the words alone do not: how they are read, or why a default is what it is.
    """

    title: Text
    issuer: Text | None = None
    document_no: Text | None = None
    article: Text | None = None
    quotation: Text | None = None
    text: Text | None = None
    note_zh: Text | None = None
    note_en: Text | None = None
    checked: Checked

    @property
    def is_quoted(self) -> bool:
        """Whether it quotes an article of a text."""
        return None not in (self.article, self.quotation, self.text)

    @property
    def is_explained(self) -> bool:
        """Whether it explains itself in both languages."""
        return None not in (self.note_zh, self.note_en)


class Parameter(_Record):
    """A value in force from `in_force_from` to `in_force_to`, both days included; null means until further notice."""

    name: ParameterName
    title_zh: Text
    title_en: Text
    in_force_from: Day
    in_force_to: Day | None = None
    value: Value
    unit: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z_]*$")]
    force: Force
    source: Source
    also: tuple[Source, ...] = Field(default=(), description="further sources that the value needs")

    @model_validator(mode="after")
    def _period_runs_forward(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("失效日早于生效日 | in_force_to is before in_force_from")
        if self.in_force_to == date.max:
            raise ValueError("没有失效日请写 null | write null, not 9999-12-31, for a rule without an end")
        return self

    @model_validator(mode="after")
    def _value_has_grounds(self) -> Self:
        if self.force is Force.DEFAULT and not self.source.is_explained:
            raise ValueError("默认值须用中英文说明理由 | a default must say why, in note_zh and note_en")
        if self.force is not Force.DEFAULT and not self.source.is_quoted:
            raise ValueError(
                "有依据的规则须写明条款、原文和所在文本 | a rule from a text needs its article, quotation and text"
            )
        return self

    def covers(self, on: date) -> bool:
        """Whether the rule is in force on that business day."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)

    def overlaps(self, other: Self) -> bool:
        """Whether some day is covered by both periods."""
        first, second = sorted((self, other), key=lambda parameter: parameter.in_force_from)
        return first.covers(second.in_force_from)
