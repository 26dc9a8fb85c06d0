"""Holds docs/asyncapi.yaml against AsyncAPI's own JSON schema, and records against it.

Run with the packages of asyncapi.txt: asyncapi_check.py DOCUMENT SCHEMA, and records as lines of JSON (what
kafka_reader.py prints) on standard input. Prints what is wrong, a line each, and last the types that it saw.
"""

import base64
import json
import sys

import jsonschema
import yaml


def errors(schema, value, document, checker):
    validator = jsonschema.Draft7Validator({**schema, "components": document["components"]},
                                           format_checker=checker)  # fmt: skip
    return [error.message for error in validator.iter_errors(value)]


def message_of(record, document):
    for name in document["channels"]["events"]["messages"]:
        message = document["components"]["messages"][name]
        if message["name"] == record["headers"]["ce_type"]:
            return message
    return None


def wrong_with_checkpoint(record, document, checker):
    payload = document["components"]["messages"]["checkpoint"]["payload"]
    found = errors(payload, record["value"], document, checker)
    is_named = record["key"] == record["value"].split("\n")[0]
    return found + ([] if is_named else ["the key is not the log's name"])


def wrong_with_state(record, document, checker):
    message = document["components"]["messages"]["current"]
    found = errors(message["headers"], record["headers"], document, checker)
    key = message["bindings"]["kafka"]["key"]
    if record["value"] is not None and "dataref" not in record["headers"]:
        found += errors(message["payload"], record["value"], document, checker)
    return found + errors(key, record["key"], document, checker)


def as_binary(record):
    """A CloudEvent in the structured mode as it would be in the binary one."""
    if not record["headers"].get("content-type", "").startswith("application/cloudevents+json"):
        return record
    event = json.loads(record["value"])
    headers = {"content-type": event.pop("datacontenttype")}
    data = event.pop("data", None)
    headers |= {f"ce_{name}": value for name, value in event.items()}
    return {**record, "headers": headers, "value": json.dumps(data)}


def wrong_with(record, document, checker):
    if not record["headers"]:
        return wrong_with_checkpoint(record, document, checker)
    if "position" in record["headers"]:
        return wrong_with_state(record, document, checker)
    message = message_of(record, document)
    if message is None:
        return [f"no message for {record['headers']['ce_type']}"]
    schemas = document["components"]["schemas"]
    found = errors(schemas["headers"], record["headers"], document, checker)
    if "ce_dataref" not in record["headers"]:
        data = json.loads(record["value"])
        found += errors(message["payload"], data, document, checker)
        for member in ("value", "tokenHash"):
            base64.b64decode(data.get(member, ""), validate=True)
    return found


def main(document_file, schema_file):
    with open(document_file, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(schema_file, encoding="utf-8") as file:
        schema = json.load(file)
    for error in jsonschema.Draft7Validator(schema).iter_errors(document):
        print(f"the document: {error.json_path}: {error.message}")
    checker = jsonschema.FormatChecker(formats=("date-time",))
    types = set()
    for line in sys.stdin:
        record = as_binary(json.loads(line))
        if "ce_type" in record["headers"]:
            types.add(record["headers"]["ce_type"])
        for error in wrong_with(record, document, checker):
            print(f"{record['key']}: {error}")
    documented = {document["components"]["messages"][name]["name"]
                  for name in document["channels"]["events"]["messages"]}  # fmt: skip
    print(json.dumps({"seen": sorted(types), "documented": sorted(documented)}))


main(*sys.argv[1:])
