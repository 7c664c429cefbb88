"""Runs all claims about kazoo. The arguments are two addresses of one server: behind the link that faults strike, and without it."""

import sys

import claims

# Each registers its claims.
import faults  # noqa: F401
import groups  # noqa: F401
import locks  # noqa: F401
import nodes  # noqa: F401
import watching  # noqa: F401

claims.main(sys.argv[1], sys.argv[2])
