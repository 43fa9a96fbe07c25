"""Nothing that a page does sends a packet: with the network cut from its process, and by the settings alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.browser import Launch, choose_user
from sandbox.browsers import find_browser
from sandbox.pool import Sandbox
from sandbox.probe import probe
from sandbox.visit import Scripts
from sandbox.work import Test, Work

pytestmark = pytest.mark.asyncio(loop_scope="session")

HTML = """
<link rel="dns-prefetch" href="//{at}"><link rel="preconnect" href="http://{at}"><link rel="prefetch" href="http://{at}/p">
<link rel="stylesheet" href="http://{at}/s.css"><link rel="manifest" href="http://{at}/m"><link rel="icon" href="http://{at}/i">
<style>@import "http://{at}/i.css"; @font-face {{ font-family: f; src: url(http://{at}/f) }} p {{ font-family: f;
  background: url(http://{at}/b) }}</style>
<p>text</p><img src="http://{at}/a.png" srcset="http://{at}/b.png 2x"><iframe src="http://{at}/frame"></iframe>
<object data="http://{at}/o"></object><embed src="http://{at}/e"><video src="http://{at}/v" poster="http://{at}/w"></video>
<form action="http://{at}/form" method="post"><input name="a" value="b"></form>
<script src="http://{at}/x.js"></script><script type="module">import "http://{at}/m.js";</script>
<script type="speculationrules">{{"prefetch": [{{"urls": ["https://{at}/speculated", "/speculated"]}}],
  "prerender": [{{"urls": ["https://{at}/prerendered", "/prerendered"]}}]}}</script>
<svg><image href="http://{at}/svg"/><use href="http://{at}/u#a"/></svg>
"""
JS = """
const tried = (f) => {{ try {{ const p = f(); p?.catch?.(() => {{}}); }} catch {{}} }};
for (const at of ['{at}', 'localhost:{tcp}', '[::1]:{tcp}', '0.0.0.0:{tcp}', '127.0.0.1.nip.io:{tcp}']) {{
  tried(() => fetch(`http://${{at}}/fetch`, {{ mode: 'no-cors' }}));
  tried(() => navigator.sendBeacon(`http://${{at}}/beacon`, 'x'));
  tried(() => new WebSocket(`ws://${{at}}/socket`));
  tried(() => new EventSource(`http://${{at}}/events`));
  tried(() => {{ const r = new XMLHttpRequest(); r.open('POST', `http://${{at}}/xhr`); r.send('x'); }});
  tried(() => {{ new Image().src = `http://${{at}}/image`; }});
  tried(() => window.open(`http://${{at}}/popup`));
  tried(() => import(`http://${{at}}/import`));
  tried(() => new Worker(`http://${{at}}/worker`));
  tried(() => navigator.serviceWorker?.register(`http://${{at}}/sw`));
  tried(() => document.fonts.load('1em x').then(() => new FontFace('y', `url(http://${{at}}/font)`).load()));
  tried(() => {{ const a = document.createElement('a'); a.href = `http://${{at}}/a`; a.ping = `http://${{at}}/ping`;
    a.click(); }});
}}
tried(() => navigator.serviceWorker.register('/script.js'));
tried(() => new SharedWorker(`http://{at}/shared`));
tried(() => new SharedWorker('/script.js'));
tried(() => caches.open('a').then((cache) => cache.add('http://{at}/cached')));
tried(() => fetchLater('https://{at}/later', {{ activateAfter: 0 }}));
tried(() => CSS.paintWorklet.addModule('http://{at}/worklet'));
tried(() => new AudioContext().audioWorklet.addModule('http://{at}/worklet'));
tried(() => sharedStorage.worklet.addModule('https://{at}/worklet'));
tried(() => new PaymentRequest([{{ supportedMethods: 'https://{at}/pay' }}],
  {{ total: {{ label: 'a', amount: {{ currency: 'EUR', value: '1' }} }} }}).canMakePayment());
const provider = {{ configURL: 'https://{at}/config', clientId: '1' }};
tried(() => navigator.credentials.get({{ identity: {{ providers: [provider] }} }}));
tried(() => navigator.joinAdInterestGroup({{ owner: 'https://{at}', name: 'a', updateURL: 'https://{at}/u' }}, 99));
const inner = document.body.appendChild(document.createElement('iframe'));
tried(() => inner.contentWindow.fetch('http://{at}/inner'));
tried(() => {{ new inner.contentWindow.Image().src = 'http://{at}/inner-image'; }});
tried(() => new inner.contentWindow.WebSocket('ws://{at}/inner-socket'));
tried(() => document.querySelector('form').submit());
tried(() => new WebTransport('https://127.0.0.1:{udp}/'));
tried(async () => {{
  const peer = new RTCPeerConnection({{ iceServers: [{{ urls: ['stun:127.0.0.1:{udp}', 'stun:localhost:{udp}'] }},
    {{ urls: 'turn:127.0.0.1:{tcp}?transport=tcp', username: 'u', credential: 'c' }}] }});
  peer.createDataChannel('x');
  await peer.setLocalDescription(await peer.createOffer());
}});
setTimeout(() => {{ location.href = 'http://{at}/away'; }}, 100);
"""


class Heard(asyncio.DatagramProtocol):
    """Counts datagrams."""

    def __init__(self) -> None:
        self.count = 0

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.count += 1


@asynccontextmanager
async def weakened(chai: str) -> AsyncIterator[Sandbox]:
    """A sandbox whose browser stays in this machine's network, as where namespaces are forbidden."""
    program = find_browser({})
    assert program
    _, isolation, first = await probe(program, allow_weak=False)
    await first.stop()
    sandbox = Sandbox(Launch(program, choose_user(), False, True), isolation, Scripts.read(chai))
    sandbox.add_browsers(1)
    async with sandbox:
        yield sandbox


async def packets(sandbox: Sandbox) -> tuple[int, int]:
    """How many connections and datagrams reach this machine while a page tries all that it can."""
    loop = asyncio.get_running_loop()
    connections = 0

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    server = await asyncio.start_server(connected, ["127.0.0.1"], 0)
    transport, heard = await loop.create_datagram_endpoint(Heard, local_addr=("127.0.0.1", 0))
    try:
        tcp, udp = server.sockets[0].getsockname()[1], transport.get_extra_info("sockname")[1]
        names = {"at": f"127.0.0.1:{tcp}", "tcp": tcp, "udp": udp}
        wait = Test("1", "await new Promise((done) => setTimeout(done, 1500)); assert.ok(document.body);", 4_000)
        run = await sandbox.run(Work(HTML.format(**names), "", JS.format(**names), (wait,)))
        assert run.status in ("FINISHED", "TIMED_OUT", "INCONCLUSIVE")
        assert any("/image" in address for address in run.blocked)
        reader, writer = await asyncio.open_connection("127.0.0.1", tcp)  # the listener does hear
        await reader.read()
        writer.close()
        return connections - 1, heard.count
    finally:
        server.close()
        transport.close()


async def test_no_packet_leaves_a_page(sandbox: Sandbox) -> None:
    assert await packets(sandbox) == (0, 0)


async def test_no_packet_leaves_a_page_where_the_network_could_not_be_cut(chai: str) -> None:
    async with weakened(chai) as sandbox:
        assert await packets(sandbox) == (0, 0)
