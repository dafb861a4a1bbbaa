"""Ask a public service which of the locked packages have known vulnerabilities.

pip-audit does it, fetched for now; it installs nothing else, and runs nothing that it looks at.
"""

import json
import subprocess
import sys

from sketchlib.commands import environment
from sketchlib.commands.environment import LOCK

PIP_AUDIT = "pip-audit>=2.9,<3"
SERVICE = "osv"  # says so when it does not know a package, and fails where it can't be reached
NOT_RUN = 3  # the exit code where nothing could be asked


def main() -> int:
    """Print what is known; returns 1 if there is something, NOT_RUN if nothing could be asked."""
    with environment.uv(sys.executable) as uv:
        if not uv:
            print("Not audited: uv, which fetches pip-audit, was not to be had.")
            return NOT_RUN
        asked = ["--strict", "--disable-pip", "--require-hashes", "--format", "json"]
        done = subprocess.run(
            [*uv, "tool", "run", "--quiet", "--from", PIP_AUDIT, "pip-audit", *asked]
            + ["--progress-spinner", "off", "--vulnerability-service", SERVICE, "-r", str(LOCK)],
            capture_output=True,
            encoding="utf-8",
        )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"Not audited: the service could not be asked ({reason[:200]}).")
        return NOT_RUN
    found = [(package, fault) for package in packages for fault in package.get("vulns", [])]
    for package, fault in found:
        mended = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
    print(f"{len(packages)} packages asked about, {len(found)} known vulnerabilities.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
