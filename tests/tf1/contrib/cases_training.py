"""Cases of `tf.contrib.training`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import record

# Each of them is read by the hyperparameters of `started`. TensorFlow 1.15 documents `units[1]=9`
# and then refuses it; the stand-in takes it, so it is not here.
TEXTS = [
    "rate=0.5",
    "rate=1e-3,units=[3,4],name=a b",
    "units=[7],flag=false",
    "flag=1,name=x=y",
    "flag=True",
    "count=-3,rates=[1,.5]",
    "rates=[ 0.5, 2 ]",
    "names=[a,b c]",
    "name=",
    "rate = 2",
    "",
    "rate=2,",
    "count=1.5",
    "count=[1]",
    "units=3",
    "flag=yes",
    "unknown=1",
    "rate=1,rate=2",
    "units[5]=1",
    "rate[0]=1",
    "rate",
    "units=[1,2",
    "units=[[1]]",
    "flag=2",
    "count=0x10",
    "names=[]",
    "units=[1],units[0]=2",
]
# Old values, and a new one that may not fit.
SET = [(1, 2.5), (1, 2.0), (1.5, 2), (True, 1), (1, True), ("a", 3), ("a", "b"), ([1], [2.5])]
SET += [([1], 2), (1, [2]), ([1.5], [2, 3]), (1, "2"), (2.5, "2"), (1, None), (None, 3)]


def started(tf):
    return tf.contrib.training.HParams(
        rate=0.1,
        count=2,
        units=[1, 2],
        rates=[0.25],
        flag=True,
        name="first",
        names=["x", "y"],
    )


def outcome(function, *arguments):
    """Returns the text of a result, or the kind of the error."""
    try:
        return str(function(*arguments))
    except Exception as error:
        return type(error).__name__


def hparams_from_texts(tf):
    def parsed(text):
        return started(tf).parse(text).to_json(sort_keys=True)

    return tf.constant([outcome(parsed, text) for text in TEXTS])


def hparams_set(tf):
    def after(old, new):
        params = tf.contrib.training.HParams(value=old)
        params.set_hparam("value", new)
        return repr(params.value)

    return tf.constant([outcome(after, old, new) for old, new in SET])


def hparams_as_text(tf):
    params = started(tf)
    params.add_hparam("added", 1.5)
    json = [params.to_json(), params.to_json(indent=2, sort_keys=True, separators=(",", ":"))]
    found = [lambda: str(params), lambda: repr(params), lambda: sorted(params.values().items())]
    found += [lambda: "rate" in params, lambda: "other" in params]
    found += [
        lambda: params.get("rate"),
        lambda: params.get("other"),
        lambda: params.get("other", 3),
    ]
    found += [lambda: params.get("rate", "text"), lambda: params.get("units", [3])]
    found += [lambda: params.get("units", 3), lambda: params.get("count", 1.5)]
    found += [lambda: params.override_from_dict({"count": 7, "flag": False}).count]
    found += [lambda: params.override_from_dict({"nothing": 7})]
    found += [lambda: params.parse_json('{"rate": 3, "units": [4]}').values()["units"]]
    found += [lambda: params.add_hparam("rate", 1), lambda: params.add_hparam("values", 1)]
    found += [lambda: params.add_hparam("empty", []), lambda: params.set_hparam("missing", 1)]
    found += [lambda: params.del_hparam("rate"), lambda: "rate" in params]
    return tf.constant(json + [outcome(each) for each in found])


def parse_values(tf):
    def parsed(text, types, *rest):
        return sorted(tf.contrib.training.parse_values(text, types, *rest).items())

    return tf.constant(
        [
            outcome(lambda: parsed("a=1,b=[x,y],c[2]=0.5", {"a": int, "b": str, "c": float})),
            outcome(lambda: parsed("a=1,d=2", {"a": int})),
            outcome(lambda: parsed("a=1,d=2", {"a": int}, True)),
            outcome(lambda: parsed("a=true,b=False", {"a": bool, "b": bool})),
        ]
    )


CASES = [hparams_from_texts, hparams_set, hparams_as_text, parse_values]

if __name__ == "__main__":
    record(__file__, CASES)
