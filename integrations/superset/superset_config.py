"""What Superset is told here: everything of it stays in the folder SUPERSET_STATE, and a page loads nothing from elsewhere."""

import logging
import os
from pathlib import Path

STATE = Path(os.environ["SUPERSET_STATE"])

# Made once by run.py; without it no session or stored secret can be read.
SECRET_KEY = (STATE / "secret-key").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{STATE / 'superset.db'}"
LOG_LEVEL = logging.WARNING
# For one person on one machine: counted in memory.
RATELIMIT_STORAGE_URI = "memory://"

# Superset's pages carry a counting pixel of scarf.sh, which nothing else switches off in what PyPI has.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
