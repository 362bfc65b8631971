"""What was built of the Dockerfile, run as a container engine runs it, without an engine.

`Container` is the image itself, as buildah has it: its file system is mounted read-only, its
process is the first one of its own process and mount namespaces, has the user, the environment and
the words of the image's configuration, and no capability. `Steps` is for a machine that allows none
of that: the commands of the Dockerfile, run one after the other in a directory.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.docker import dockerfile
from tests.docker.dockerfile import DOCKER, Stage
from tests.docker.engine import HOST, Engine
from tests.pages import ROOT

PATIENCE: Final = 20.0
"""How long something may take, in seconds. Only a failure waits that long."""

STEPS_TAKE: Final = 600.0

_ENTER: Final = """
root=$1 scenarios=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
if [ -n "$scenarios" ]; then mount --bind "$scenarios" "$root/scenarios"; fi
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/shm"
for device in null zero random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -o remount,ro "$root/dev"
exec chroot "$root" "$@"
"""


class Container:
    """A container of an image in buildah's storage, in the network of an `Engine`.

    Args:
        image: its name.
        engine: the networks; the container is the one called ``responder``.

    Attributes:
        dial: where a caller reaches it, once SIP is published.
        before: words to put before the command of a caller.
    """

    def __init__(self, image: str, engine: Engine) -> None:
        told = _buildah("inspect", "--type", "image", image)
        self.config: dict[str, Any] = json.loads(told)["Docker"]["config"]
        self.dial = HOST
        self.before: Sequence[str] = engine.within("caller")
        self._engine = engine
        self._name = _buildah("from", image)
        self.root = Path(_buildah("mount", self._name))
        self._process: subprocess.Popen[str] | None = None
        engine.publish("responder", "udp", "5060")

    def start(self, *arguments: str, scenarios: Path | None = None) -> None:
        """Start it, and wait until it is healthy.

        Args:
            arguments: in place of the image's own, if any.
            scenarios: what is mounted at /scenarios.
        """
        words = [*self.config["Entrypoint"], *(arguments or self.config["Cmd"])]
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", _ENTER]
        mounts = [str(self.root), "" if scenarios is None else str(scenarios)]
        self._process = subprocess.Popen(
            self._engine.within("responder", *enter, "sh", *mounts, *self._as_told(words)),
            text=True,
        )
        _until_healthy(self)

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as ``docker exec`` does."""
        enter = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--net", "--root"]
        return subprocess.run(
            [*enter, *self._as_told(command)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def health(self) -> int:
        """Return the exit status of the image's health check."""
        kind, *words = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.inside(*words).returncode

    def stop(self) -> int:
        """Send SIGTERM to its first process, and return the exit status."""
        assert self._process is not None
        os.kill(self.first, signal.SIGTERM)
        status = self._process.wait(PATIENCE)
        self._process = None
        return status

    def kill(self) -> None:
        """End it at once, if it still runs; its first process, after which nothing is left."""
        if self._process is not None:
            if self._process.poll() is None:
                os.kill(self.first, signal.SIGKILL)
            self._process.wait(PATIENCE)
            self._process = None

    def remove(self) -> None:
        """Give its storage back."""
        _buildah("rm", self._name)

    @property
    def first(self) -> int:
        """The number of its first process, as this machine counts."""
        assert self._process is not None
        mine = self._process.pid
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            children = Path(f"/proc/{mine}/task/{mine}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.02)
        raise AssertionError("it has ended")

    def _as_told(self, command: Sequence[str]) -> list[str]:
        """Return a command with the user, the environment and the directory of the image."""
        user, _, group = self.config["User"].partition(":")
        drop = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        return [
            *("/usr/bin/setpriv", "--reuid", user, "--regid", group, *drop),
            *("/usr/bin/env", "-i", "-C", self.config["WorkingDir"], *self.config["Env"]),
            *command,
        ]


class Steps:
    """What the commands of the Dockerfile leave in a directory, where no image can be built.

    Args:
        home: an empty directory.

    Attributes:
        dial: where a caller reaches it.
        before: no words.
    """

    def __init__(self, home: Path) -> None:
        self.before: Sequence[str] = ()
        self.dial = ""
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        build, self._final = dockerfile.read(DOCKER / "Dockerfile")
        self._carry_out(build)
        shutil.copytree(ROOT / "docker" / "scenarios", home / "scenarios")
        (home / "dev" / "shm").mkdir(parents=True)

    def start(self, *arguments: str, scenarios: Path | None = None) -> None:
        """Start it on a free port of this machine, and wait until it is healthy."""
        words = [*self._final.one("ENTRYPOINT").words(), *self._final.one("CMD").words()]
        words = [str(scenarios or self._here(word)) if "/" in word else word for word in words]
        listen = ["--listen", "udp:127.0.0.1:0", "--http", "off"]
        self._process = subprocess.Popen(
            [*words, *listen, *arguments], env=self._environment(), text=True
        )
        _until_healthy(self)
        bound = json.loads(Path(self._environment()["RESPONDER_PORT_FILE"]).read_text())
        self.dial = bound["sip"][0].removeprefix("udp:")

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the same environment."""
        return subprocess.run(
            command,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def health(self) -> int:
        """Return the exit status of the image's health check."""
        return self.inside(*self._final.healthcheck()).returncode

    def stop(self) -> int:
        """Send it SIGTERM, and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(PATIENCE)
        self._process = None
        return status

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _carry_out(self, stage: Stage) -> None:
        work = self._home / "build"
        work.mkdir()
        for step in stage.instructions:
            if step.name == "COPY":
                *sources, target = step.text.split()
                for source in sources:
                    _copy(ROOT / source, work / (target if len(sources) == 1 else source))
            elif step.name == "RUN":
                subprocess.run(
                    ["sh", "-euc", self._here(step.text)],
                    cwd=work,
                    env=os.environ | {"COMPILED": ""},
                    timeout=STEPS_TAKE,
                    check=True,
                )

    def _here(self, text: str) -> str:
        """Return a text with the places of the image in our directory."""
        for place in ("/opt/", "/scenarios", "/dev/shm/", "/run/secrets/"):
            text = text.replace(place, f"{self._home}{place}")
        return text

    def _environment(self) -> dict[str, str]:
        settings = {name: self._here(value) for name, value in self._final.settings().items()}
        settings["PATH"] = settings["PATH"].replace("$PATH", os.environ["PATH"])
        return settings


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    else:
        shutil.copy(source, target)


def _until_healthy(started: "Container | Steps") -> None:
    deadline = time.monotonic() + PATIENCE
    while started.health():
        assert time.monotonic() < deadline, "it did not become healthy"


def _buildah(*words: str) -> str:
    done = subprocess.run(["buildah", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise AssertionError(f"buildah {' '.join(words)}: status {done.returncode}")
    return done.stdout.strip()
