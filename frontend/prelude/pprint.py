"""pprint: printing, without the line breaks."""


def pprint(object, *args, **kwargs):
    print(object)


pp = pprint


def pformat(object, *args, **kwargs):
    return repr(object)
