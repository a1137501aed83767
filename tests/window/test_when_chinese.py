"""The times that Chinese words name."""

from datetime import UTC, datetime

import pytest

from oracle.window.moment import NEVER, Moment
from oracle.window.when import seconds_ahead
from oracle.window.when_chinese import number_of

# A Friday, 12:00 UTC, which is 20:00 in China.
NOON = Moment(int(datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()), 21_000_000, 12)
MINUTE, HOUR, DAY = 60, 3_600, 86_400

AHEAD = {
    "代币发售将在五分钟后开始": 5 * MINUTE,
    "5分钟后开始": 5 * MINUTE,
    "90秒之后开抢": 90,
    "半小时内必须迁移": HOUR / 2,
    "一个半小时后开奖": 1.5 * HOUR,
    "二十五分钟后": 25 * MINUTE,
    "再过8个区块": 96,
    "十个区块后开始": 120,
    "倒计时三十秒": 30,
    "还有一百二十秒": 120,
    "在第21000010个区块开放": 120,
    "今晚九点开启": HOUR,
    "晚上十点半开售": 2.5 * HOUR,
    "北京时间22:30开售": 2.5 * HOUR,
    "utc 14点开售": 2 * HOUR,
    "明天开始": 4 * HOUR,
    "明天上午九点开始": 13 * HOUR,
    "下周开始": 3 * DAY,
    "两天后": 2 * DAY,
    "presale in 5 minutes 五分钟后": 5 * MINUTE,
}


@pytest.mark.parametrize("text", AHEAD)
def test_times_to_come(text: str) -> None:
    assert seconds_ahead(text, NOON) == AHEAD[text]


@pytest.mark.parametrize("text", ["三天前结束了", "5个区块之前", "昨天的发售", "去年的空投", "上个月的门票"])
def test_what_is_over_is_negative(text: str) -> None:
    found = seconds_ahead(text, NOON)
    assert found is not None
    assert found < 0


def test_never_never_comes_and_no_time_is_none() -> None:
    assert seconds_ahead("永不开放", NOON) == NEVER
    assert seconds_ahead("代币马上开售", NOON) is None
    assert seconds_ahead("请准备好手续费", NOON) is None
    assert seconds_ahead("25点开售", NOON) is None
    assert seconds_ahead("十点99分开售", NOON) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("半", 0.5), ("两", 2), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("一百零五", 105), ("7", 7)],
)
def test_counts_in_numerals(written: str, number: float) -> None:
    assert number_of(written) == number
