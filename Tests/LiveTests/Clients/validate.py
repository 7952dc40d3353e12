"""Validates scenario files against the schema: validate.py SCHEMA FILE..., prints what is wrong, ends with 1 if anything is."""
import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Days stay text, as the program reads them."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
count = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(yaml.load(open(path, encoding="utf-8"), Loader)):
        count += 1
        print(f"{path}: {'/'.join(str(part) for part in error.absolute_path)}: {error.message[:300]}")
print(f"{len(sys.argv) - 2} files, {count} mistakes")
sys.exit(1 if count else 0)
