"""What moto's SSM loads for nobody."""

import importlib
import sys
import types


class _LoadedWhenAsked:
    """Stands in for moto's EC2 until somebody looks an account up in it."""

    def __getitem__(self, account):
        return importlib.import_module("moto.ec2").ec2_backends[account]


def load() -> None:
    """Loads SSM without EC2, which it asks for the targets of Run Command alone, and which takes longer to load than all
    that a run needs: every type of instance of every region."""
    if "moto.ssm.models" in sys.modules or "moto.ec2" in sys.modules:
        return
    stand_in = types.ModuleType("moto.ec2")
    stand_in.ec2_backends = _LoadedWhenAsked()
    sys.modules["moto.ec2"] = stand_in
    try:
        importlib.import_module("moto.ssm.models")
    finally:
        del sys.modules["moto.ec2"]
