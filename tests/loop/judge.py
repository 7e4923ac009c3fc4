"""Python's jsonschema about claw's schemas, what claw printed (standard input), and the files that people write."""
import json, pathlib, sys
from jsonschema import Draft202012Validator as Validator

root = pathlib.Path(sys.argv[1])
schemas = {}
for path in sorted((root / "assets/schema").glob("*.v1.json")):
    schema = json.loads(path.read_text())
    Validator.check_schema(schema)
    schemas[path.name.removesuffix(".v1.json")] = Validator(schema, format_checker=Validator.FORMAT_CHECKER)

lines = [json.loads(line) for line in sys.stdin]
for line in lines:
    schemas[line["schema"].removeprefix("claw/").removesuffix("/v1")].validate(line)

FILES = {"team": "team.example.json", "secrets-file": "secrets.example.json", "openclaw-config": "assets/openclaw.template.json"}
for name, path in FILES.items():
    schemas[name].validate(json.loads((root / path).read_text()))
RIGHT = [
    ("team", {"members": [{"group": "Engineers", "vmSize": "Standard_B2ms"}], "config": {"owned": ["tools"]}}),
    ("team", {"members": [{"email": "a@b.example", "config": {"gateway": {"mode": "local"}}}]}),
    ("secrets-file", {}),
]
WRONG = [
    ("team", {}),
    ("team", {"members": [{"emial": "alice@example.com"}]}),
    ("team", {"members": [{"email": "alice"}]}),
    ("team", {"members": [], "fleet": {"extras": ["emacs"]}}),
    ("team", {"members": [{"email": "a@b.example", "config": {"gateway": {"port": 1}}}]}),
    ("secrets-file", {"shared": {"A KEY": "value"}}),
    ("secrets-file", {"shared": {"KEY": ""}}),
    ("openclaw-config", {"gateway": None}),
    ("openclaw-config", {"secrets": {"providers": {}}}),
    ("openclaw-config", []),
]
for name, document in RIGHT:
    schemas[name].validate(document)
for name, document in WRONG:
    assert not schemas[name].is_valid(document), f"{name} takes {document}"
print(f"{len(schemas)} schemas, {len(lines)} lines")
