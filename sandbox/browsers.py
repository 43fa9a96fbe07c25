"""Which browser there is, and the flags that it is started with.

A headless shell is preferred: it starts in a fifth of the time and has a third of the processes.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

# Debian starts both through a shell script that reads the user's files; the program lies beside it.
PROGRAMS = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "install one (on Debian: apt-get install chromium-headless-shell) or name one in PALIMPSEST_CHROMIUM"


def find_browser(environ: Mapping[str, str]) -> Path | None:
    """The program to run: ``PALIMPSEST_CHROMIUM`` alone when it is set, else the first one that is there."""
    named = environ.get("PALIMPSEST_CHROMIUM")
    if named is not None:
        return _runnable(Path(named))
    for program in PROGRAMS:
        if found := _runnable(Path(program)):
            return found
    for name in NAMES:
        if on_path := shutil.which(name, path=environ.get("PATH", os.defpath)):
            return Path(on_path).resolve()
    return None


def _runnable(program: Path) -> Path | None:
    return program if program.is_file() and os.access(program, os.X_OK) else None


def flags(program: Path, folder: Path, *, own_sandbox: bool, shared_memory: bool) -> list[str]:
    """The command-line arguments; ``folder`` is the browser's own and holds its profile.

    The flags of the second block cut the network once more, for systems on which no namespace does.
    """
    given = [
        "--remote-debugging-pipe",
        f"--user-data-dir={folder / 'profile'}",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-extensions",
        "--disable-component-extensions-with-background-pages",
        "--disable-default-apps",
        "--disable-sync",
        "--disable-breakpad",
        "--disable-crash-reporter",
        "--disable-gpu",
        "--disable-3d-apis",
        "--disable-notifications",
        "--disable-speech-api",
        "--disable-hang-monitor",
        "--disable-popup-blocking",  # a popup is then a target of its own, which is closed
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        "--disable-background-timer-throttling",
        "--disable-ipc-flooding-protection",
        "--deny-permission-prompts",
        "--password-store=basic",
        "--use-mock-keychain",
        "--mute-audio",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--lang=en-US",
        "--window-size=1280,800",
        f"--js-flags=--max-old-space-size={HEAP_MB}",
        # nothing reaches a network
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-client-side-phishing-detection",
        "--metrics-recording-only",
        "--no-pings",
        "--dns-prefetch-disable",
        "--proxy-server=http://0.0.0.0:9",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        f"--disable-features={','.join(UNWANTED)}",
    ]
    if "headless-shell" not in program.name:
        given.append("--headless=new")
    if not own_sandbox:
        given.append("--no-sandbox")
    if not shared_memory:
        given.append("--disable-dev-shm-usage")
    if sys.platform == "darwin":
        given.append("--disable-features=MacAppCodeSignClone")
    return given


HEAP_MB = 384  # V8's own limit; buffers and images are beyond it, hence the watch over all memory
UNWANTED = (
    "AutofillServerCommunication",
    "BackForwardCache",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "InterestFeedContentSuggestions",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "Prerender2",
    "Translate",
    "WebRtcHideLocalIpsWithMdns",
)
