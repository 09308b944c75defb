"""
People who do not exist, for households whose names nobody knows.

Everything about a person follows from the household and a fixed seed. The phone
numbers are those that the North American plan reserves for fiction, 555-0100 to
555-0199 of each area, so that no message ever reaches anybody.
"""

from dataclasses import dataclass
from random import Random


def _words(text: str) -> list[str]:
    return text.split()


SEED = "complete-journey"
NUMBERS_PER_AREA = 100
AREAS = _words(
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 224 225 "
    "228 229 231 234 239 240 248 251 252 253"
)
REGIONS = ("Northeast", "Midwest", "South", "West")
STREETS = _words(
    "Maple Cedar Oak Elm Birch Willow Chestnut Juniper Laurel Hawthorn Mill Station Harbor "
    "Market River Lake Meadow Orchard Bridge Church School Garden Spring Valley"
)
PLACES = ("Street", "Avenue", "Square", "Corner", "Park", "Hill", "Crossing", "Plaza")
FIRST_NAMES = _words(
    "Ada Alan Alice Amir Anna Ben Bruno Carla Carlos Chloe Clara Daniel David Diana Dora "
    "Edgar Elena Emil Emma Erik Esther Eva Felix Fiona Frank Grace Greta Hanna Hugo Ida Igor "
    "Iris Isaac Ivan Jack Jane Jonas Julia Karim Karl Kate Laura Lena Leo Lily Lucas Maria "
    "Mark Marta Max Maya Mia Nadia Nina Noah Nora Olga Oliver Omar Oscar Paul Petra Rita "
    "Robert Rosa Ruth Samuel Sara Simon Sofia Stella Theo Tomas Vera Victor Walter Zoe"
)
LAST_NAMES = _words(
    "Adams Baker Barnes Bell Brooks Carter Castillo Clark Cohen Cole Cruz Davis Diaz Dixon "
    "Evans Fischer Flores Foster Garcia Gray Green Hall Harris Hayes Hill Hughes Jensen Khan "
    "Kim King Kowalski Larsen Lopez Martin Meyer Miller Moore Morgan Murphy Nelson Novak Ortiz "
    "Parker Perez Peters Price Reed Rivera Rossi Russo Santos Schmidt Scott Silva Singh Stone "
    "Torres Turner Vega Wagner Walker Ward Weber White Wood Wright Young"
)
CHINESE_SURNAMES = _words("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗")
CHINESE_GIVEN_NAMES = _words(
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 "
    "秀英 桂英 子涵 雨桐 浩然 欣怡 宇轩 诗涵 梓萱"
)
CHINESE_SHARE = 0.08
WITH_YEAR_SHARE = 0.6
MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    phone: str
    birthday: str
    language: str


def person(place: int) -> Person:
    """
    Return who lives in a household: the one in this place of all households.
    """
    chance = Random(f"{SEED}:household:{place}")  # noqa: S311 - nobody has to guess it
    area, line = divmod(place, NUMBERS_PER_AREA)
    is_chinese = chance.random() < CHINESE_SHARE
    return Person(
        name=_chinese_name(chance) if is_chinese else _name(chance),
        phone=f"+1{AREAS[area]}55501{line:02}",
        birthday=_birthday(chance),
        language="zh-Hans" if is_chinese else "en",
    )


def store(code: int) -> tuple[str, str]:
    """
    Return the name and the region of a store.
    """
    chance = Random(f"{SEED}:store:{code}")  # noqa: S311 - nobody has to guess it
    name = f"{chance.choice(STREETS)} {chance.choice(PLACES)}"
    return name, chance.choice(REGIONS)


def _name(chance: Random) -> str:
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"


def _chinese_name(chance: Random) -> str:
    return chance.choice(CHINESE_SURNAMES) + chance.choice(CHINESE_GIVEN_NAMES)


def _birthday(chance: Random) -> str:
    month = chance.randrange(12) + 1
    day = chance.randrange(MONTH_LENGTHS[month - 1]) + 1
    if (month, day) == (2, 29) or chance.random() >= WITH_YEAR_SHARE:
        return f"--{month:02}-{day:02}"
    return f"{chance.randrange(1940, 1999)}-{month:02}-{day:02}"
