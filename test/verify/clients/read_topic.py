"""Reads a whole topic as any Python program would, with nothing of this project: kafka-python with MSK's token signer,
boto3 for credentials and the schema registry, fastavro for the values. Prints what it read as JSON.

Configured by the variables of `tickerlake credentials`, and by READER_ROLE_ARN and REGISTRY_ROLE_ARN: the roles that it
assumes to read the topic and the schema. Without the first it reads with the credentials that it has; with SASL=none it
shows none at all.
"""

import io
import json
import os
import sys
import uuid
import zlib
from functools import cached_property

import boto3
import fastavro
from aws_msk_iam_sasl_signer import MSKAuthTokenProvider
from canonical import hash_of
from kafka import KafkaConsumer, TopicPartition
from kafka.net.sasl.oauth import AbstractTokenProvider

REGION = os.environ["AWS_REGION"]
TOPIC = os.environ["TOPIC"]
SAMPLE = 3
TIMEOUT_MS = 15_000


class IamToken(AbstractTokenProvider):
    def token(self):
        role = os.environ.get("READER_ROLE_ARN")
        if role is None:
            token, _ = MSKAuthTokenProvider.generate_auth_token(REGION)
        else:
            token, _ = MSKAuthTokenProvider.generate_auth_token_from_role_arn(REGION, role, "reader")
        return token


class Schemas:
    """Schemas of the registry by the id in a value's header, each asked for once."""

    def __init__(self):
        self.known = {}

    @cached_property
    def glue(self):
        role = os.environ["REGISTRY_ROLE_ARN"]
        issued = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
        return boto3.client(
            "glue",
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )

    def find(self, version_id):
        if version_id not in self.known:
            found = self.glue.get_schema_version(SchemaVersionId=str(version_id))
            self.known[version_id] = fastavro.parse_schema(json.loads(found["SchemaDefinition"]))
        return self.known[version_id]


def decode(value, schemas):
    """Glue Schema Registry's framing: version 3, compression (0 none, 5 zlib), schema version id, Avro body."""
    if value[0] != 3:
        raise ValueError(f"not framed: {value[:1].hex()}")
    schema = schemas.find(uuid.UUID(bytes=value[2:18]))
    body = io.BytesIO(zlib.decompress(value[18:]) if value[1] == 5 else value[18:])
    quote = fastavro.schemaless_reader(body, schema)
    if body.read(1):
        raise ValueError("bytes after the Avro body")
    return quote


def security():
    if os.environ.get("SASL") == "none":
        return {"security_protocol": "SSL"}
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "sasl_oauth_token_provider": IamToken(),
    }


def read():
    consumer = KafkaConsumer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        ssl_cafile=os.environ["KAFKA_CA_FILE"],
        **security(),
        # Without a group: a reader that only looks needs no right to one.
        group_id=None,
        enable_auto_commit=False,
        request_timeout_ms=TIMEOUT_MS,
        bootstrap_timeout_ms=TIMEOUT_MS,
    )
    schemas = Schemas()
    partitions = [TopicPartition(TOPIC, number) for number in sorted(consumer.partitions_for_topic(TOPIC) or [])]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    read = {part.partition: {"records": 0, "hash": 0, "sample": []} for part in partitions}
    while any(consumer.position(part) < ends[part] for part in partitions):
        polled = consumer.poll(timeout_ms=TIMEOUT_MS)
        if not polled:
            raise TimeoutError("nothing more came")
        for part, messages in polled.items():
            sums = read[part.partition]
            for message in messages:
                quote = decode(message.value, schemas)
                if quote["symbol"].encode() != message.key:
                    raise ValueError(f"key {message.key} of {quote['symbol']}")
                sums["records"] += 1
                sums["hash"] = (sums["hash"] + hash_of(quote.values())) % 2**64
                if len(sums["sample"]) < SAMPLE:
                    sums["sample"].append({"offset": message.offset, "quote": quote})
    consumer.close()
    return {number: {**sums, "hash": f"{sums['hash']:016x}"} for number, sums in read.items()}


try:
    json.dump(read(), sys.stdout)
except Exception as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
