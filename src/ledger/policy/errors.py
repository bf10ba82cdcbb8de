"""What can go wrong with policy packs, said in Chinese first and then in English."""

from datetime import date


class PolicyFileError(ValueError):
    """A pack file that cannot be read or breaks the schema. Line and column count from 1; both are 1 when unknown."""

    def __init__(self, file_name: str, line: int, column: int, reason_zh: str, reason_en: str) -> None:
        self.file_name = file_name
        self.line = line
        self.column = column
        self.reason_zh = reason_zh
        self.reason_en = reason_en
        super().__init__(
            f"政策包 {file_name} 第 {line} 行第 {column} 列：{reason_zh}；请改正后重新载入。"
            f" Policy pack {file_name}, line {line}, column {column}: {reason_en}. Correct it and load again."
        )


class NoSuchPackError(LookupError):
    """No pack of that name, neither built in nor in the site folder."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name = name
        self.known = known
        choices = ", ".join(known)
        super().__init__(
            f"没有名为“{name}”的政策包；可选：{choices}。"
            f" There is no policy pack named {name!r}; choose one of: {choices}."
        )


class NoRuleOnFile(LookupError):
    """No period of the rule covers the day: an error, and never a default."""

    def __init__(self, rule: str, jurisdiction: str, on: date) -> None:
        self.rule = rule
        self.jurisdiction = jurisdiction
        self.on = on
        super().__init__(
            f"辖区“{jurisdiction}”在 {on} 没有在案的规则“{rule}”；"
            "请核对日期与辖区，或在政策包中补录当日有效的规定及其出处。"
            f" No rule {rule!r} is on file for jurisdiction {jurisdiction!r} on {on}."
            " Check the day and the jurisdiction, or add the rule in force that day, with its source, to a policy pack."
        )
