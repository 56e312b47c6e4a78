"""Imports export/ into a Superset of its own and runs the queries of its charts: `npm run superset -- --help`.

Each chart is asked as Superset asks it, through its model, dialect and PyAthena; its SQL is then sent to Athena's API by
boto3, and both must give the same rows. AWS_* name the lake.
"""

import argparse
import io
import logging
import os
import secrets
import sys
import time
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EXPORT = HERE / "export"
SHOWN_ROWS = 3


def prepare_state() -> Path:
    """The folder of everything that Superset keeps, with a secret key of its own."""
    state = Path(os.environ["SUPERSET_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    key = state / "secret-key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    os.environ["SUPERSET_CONFIG_PATH"] = str(HERE / "superset_config.py")
    os.environ.setdefault("SUPERSET_HOME", str(state))
    return state


def tell(text: str) -> None:
    """Prints at once, whatever standard output is."""
    print(text, flush=True)


def bundle() -> zipfile.ZipFile:
    """export/ as Superset's own export is: a ZIP file with one folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(EXPORT.rglob("*.yaml")):
            archive.write(file, Path("export") / file.relative_to(EXPORT))
    return zipfile.ZipFile(packed)


def import_export(password: str) -> Any:
    """Migrates the metadata, makes the one user, and imports the dashboard with all that it needs as that user."""
    from flask_migrate import upgrade
    from superset.commands.dashboard.importers.dispatcher import ImportDashboardsCommand
    from superset.commands.importers.v1.utils import get_contents_from_bundle
    from superset.extensions import appbuilder, security_manager
    from superset.utils.core import override_user

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    user = security_manager.find_user("admin")
    if user is None:
        role = security_manager.find_role("Admin")
        user = security_manager.add_user(
            "admin", "admin", "of this machine", "admin@localhost", role, password
        )
    else:
        security_manager.reset_password(user.id, password)
    with override_user(user):
        ImportDashboardsCommand(get_contents_from_bundle(bundle()), overwrite=True).run()
    return user


def chart_rows(chart: Any) -> tuple[list[str], list[dict[str, Any]], str]:
    """The rows of a chart and the SQL that they come from, as the page of the chart gets them."""
    from superset.charts.schemas import ChartDataQueryContextSchema
    from superset.commands.chart.data.get_data_command import ChartDataCommand
    from superset.utils import json

    context = ChartDataQueryContextSchema().load({**json.loads(chart.query_context), "force": True})
    command = ChartDataCommand(context)
    command.validate()
    answer = command.run()["queries"][0]
    return answer["colnames"], answer["data"], answer["query"]


def rows_of_athena(sql: str) -> list[list[str | None]]:
    """The same statement, by the API alone."""
    import boto3

    athena = boto3.client("athena")
    stage = os.environ.get("TICKERLAKE_STAGE", "dev")
    started = athena.start_query_execution(
        QueryString=sql,
        WorkGroup=f"tickerlake-{stage}-dashboards",
        QueryExecutionContext={"Database": f"tickerlake_{stage}"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] in ("FAILED", "CANCELLED"):
            raise RuntimeError(f"Athena refuses the SQL of a chart: {status['StateChangeReason']}")
        if status["State"] == "SUCCEEDED":
            break
        time.sleep(0.2)
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=started)
    rows = [
        [cell.get("VarCharValue") for cell in row["Data"]]
        for page in pages
        for row in page["ResultSet"]["Rows"]
    ]
    return rows[1:]


def as_text(value: Any) -> str | None:
    """A value of either side in one form: numbers by value, times as Athena prints them."""
    if value is None or str(value) in ("nan", "NaT"):
        return None
    if hasattr(value, "isoformat"):
        return (
            value.isoformat(sep=" ", timespec="milliseconds") if hasattr(value, "hour") else value.isoformat()
        )
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except ArithmeticError:
        return str(value)


def compare_charts(user: Any) -> int:
    """Runs every chart of the dashboard; the number of those whose rows are not the API's."""
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.utils.core import override_user

    dashboard = db.session.query(Dashboard).filter_by(slug="tickerlake").one()
    different = 0
    for chart in sorted(dashboard.slices, key=lambda each: each.slice_name):
        with override_user(user):
            columns, data, sql = chart_rows(chart)
        rows = [[as_text(row[column]) for column in columns] for row in data]
        expected = [[as_text(value) for value in row] for row in rows_of_athena(sql)]
        # Not every chart puts its rows in a total order.
        same = sorted(map(str, rows)) == sorted(map(str, expected))
        different += 0 if same else 1
        verdict = "as by the Athena API" if same else f"but {len(expected)} others by the Athena API"
        tell(f"\n{chart.slice_name}: {len(rows)} rows, {verdict}\n  {', '.join(columns)}")
        for row in rows[:SHOWN_ROWS]:
            tell(f"  {', '.join(str(value) for value in row)}")
        if not rows:
            tell("  nothing to show — try: npm run -s tickerlake -- produce --records 50000")
    tell(f"\nsuperset: {len(dashboard.slices) - different} of {len(dashboard.slices)} charts equal")
    return different


def serve(port: int, password: str) -> None:
    """Replaces this process by gunicorn, which Ctrl-C ends."""
    tell(f"\n  http://127.0.0.1:{port}/superset/dashboard/tickerlake/")
    tell(f"  user admin, password {password} (until the next run)\n\nCtrl-C ends it.")
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", "--workers=1", "--threads=8"]
    os.execv(command[0], [*command, "--timeout=120", "--log-level=warning", "superset.app:create_app()"])


def main() -> int:
    """0 where every chart shows what Athena says."""
    parser = argparse.ArgumentParser(
        prog="npm run superset --",
        description="Imports integrations/superset/export into a Superset of its own, runs the charts of its dashboard "
        "against the running lake, and compares each with the same SQL by the Athena API.",
        epilog="TICKERLAKE=aws asks Athena with your own credentials. Everything is kept in .tickerlake/superset.",
    )
    parser.add_argument(
        "--serve", action="store_true", help="then keep Superset running on 127.0.0.1 until Ctrl-C"
    )
    parser.add_argument("--port", type=int, default=8088, help="of --serve (default: 8088)")
    options = parser.parse_args()

    state = prepare_state()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    tell(f"Superset keeps its metadata in {state}")
    from superset.app import create_app

    password = secrets.token_urlsafe(12)
    with create_app().app_context():
        tell("migrating the metadata and importing the dashboard …")
        user = import_export(password)
        different = compare_charts(user)
    if options.serve and different == 0:
        serve(options.port, password)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
