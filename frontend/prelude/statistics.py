"""statistics: averages and spread of plain numbers."""

import math


class StatisticsError(ValueError):
    pass


def _values(data, least=1):
    values = list(data)
    if len(values) < least:
        raise StatisticsError(f"at least {least} data points are needed")
    return values


def mean(data):
    values = _values(data)
    total = math.fsum(values) if any([isinstance(v, float) for v in values]) else sum(values)
    result = total / len(values)
    whole = all([isinstance(v, int) for v in values]) and total % len(values) == 0
    return total // len(values) if whole else result


def fmean(data):
    values = _values(data)
    return math.fsum(values) / len(values)


def median(data):
    values = sorted(_values(data))
    n = len(values)
    return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2


def median_low(data):
    values = sorted(_values(data))
    return values[(len(values) - 1) // 2]


def median_high(data):
    values = sorted(_values(data))
    return values[len(values) // 2]


def mode(data):
    values = _values(data)
    return max(values, key=values.count)


def pvariance(data, mu=None):
    values = _values(data)
    centre = fmean(values) if mu is None else mu
    return math.fsum([(v - centre) ** 2 for v in values]) / len(values)


def variance(data, xbar=None):
    values = _values(data, 2)
    centre = fmean(values) if xbar is None else xbar
    return math.fsum([(v - centre) ** 2 for v in values]) / (len(values) - 1)


def pstdev(data, mu=None):
    return math.sqrt(pvariance(data, mu))


def stdev(data, xbar=None):
    return math.sqrt(variance(data, xbar))
