"""Clocks stand still: a compiled program does not depend on when it was compiled."""


def time():
    return 0.0


def perf_counter():
    return 0.0


def monotonic():
    return 0.0


def process_time():
    return 0.0


def time_ns():
    return 0


def perf_counter_ns():
    return 0


def sleep(seconds):
    pass


def strftime(format, t=None):
    return ""
