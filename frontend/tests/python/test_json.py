import json

print(json.loads('{"a": [1, 2.5, true, null, "s\\n\\u0041"], "b": {}, "c": -1e3}'))
print(json.dumps({"a": [1, 2.5, True, None, "s\n\""], "b": {}, "c": []}))
print(json.dumps({"b": 1, "a": [1, {"x": 2}]}, indent=2, sort_keys=True))
print(json.dumps([1, (2, 3)]), json.dumps("caf\u00e9"), json.dumps(1.0), json.loads("[]"), json.loads(' "x" '))
try:
    json.loads("{bad")
except ValueError as error:
    print("ValueError")
print(json.loads(json.dumps({"k": [1, "two", None]})))
print(json.dumps({"a": 1}, separators=(",", ":")), json.dumps({1: "int key", None: 2, True: 3}))
