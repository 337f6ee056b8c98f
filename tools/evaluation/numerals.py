"""Russian numbers in words: as many forms as the phrases of this folder use."""
# ruff: noqa: SIM905 - tables of words read better than quoted one by one

SMALL = (
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
).split()
TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()
ORDINAL_SMALL = (
    "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат "
    "четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
).split()
ORDINAL_TENS = "двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност".split()


def plural(number: int, one: str, few: str, many: str) -> str:
    """Return the noun's form that goes with ``number``: один рубль, два рубля, пять рублей."""
    if number % 100 in range(11, 15):
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)


def cardinal(number: int, *, feminine: bool = False) -> str:
    """Return 0..999999 in words; ``feminine`` for одна минута, две тысячи."""
    thousands, rest = divmod(number, 1000)
    words: list[str] = []
    if thousands:
        words += [*_below_thousand(thousands, feminine=True), plural(thousands, "тысяча", "тысячи", "тысяч")]
    if rest or not thousands:
        words += _below_thousand(rest, feminine=feminine)
    return " ".join(words)


def _below_thousand(number: int, *, feminine: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [HUNDREDS[hundreds - 1]] if hundreds else []
    if rest >= len(SMALL):
        words.append(TENS[rest // 10 - 2])
        rest %= 10
    if rest or not words:
        words.append({1: "одна", 2: "две"}.get(rest, SMALL[rest]) if feminine else SMALL[rest])
    return words


def ordinal_neuter(number: int) -> str:
    """Return 1..99 as the day of a month is said: первое, двадцать третье."""
    return _ordinal(number, soft="ье", hard="ое")


def year_genitive(year: int) -> str:
    """Return a year that ends in 01..99 as in a date: тысяча девятьсот восемьдесят пятого."""
    centuries = cardinal(year - year % 100).removeprefix("одна ")
    return f"{centuries} {_ordinal(year % 100, soft='ьего', hard='ого')}"


def _ordinal(number: int, *, soft: str, hard: str) -> str:
    if number <= len(ORDINAL_SMALL):
        return ORDINAL_SMALL[number - 1] + (soft if number == 3 else hard)
    tens, rest = divmod(number, 10)
    if rest:
        return f"{TENS[tens - 2]} {_ordinal(rest, soft=soft, hard=hard)}"
    return ORDINAL_TENS[tens - 2] + hard
