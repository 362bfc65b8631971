"""A caller of its own process: it calls ``echo``, talks, and says from where its audio came back.

    python talker.py HOST OWN_ADDRESS

It runs in a network where the test itself is not, and takes the place of audio from the description
that it is given, as a phone does.
"""

import re
import socket
import struct
import sys
import time

PATIENCE = 10.0


def main(host: str, own: str) -> str:
    """Return the address of the first packet that comes back, once the call is ended."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        for sock in (sip, rtp):
            sock.bind((own, 0))
            sock.settimeout(PATIENCE)
        sip.connect((host, 5060))
        port = rtp.getsockname()[1]
        description = (
            f"v=0\r\no=- 1 1 IN IP4 {own}\r\ns=-\r\nc=IN IP4 {own}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\n"
        )
        sip.send(request("INVITE", f"sip:echo@{host}", sip, "", description))
        answer = sip.recv(65535).decode()
        while not answer.startswith("SIP/2.0 200"):
            answer = sip.recv(65535).decode()
        [tag] = re.findall(r"^To: .*;tag=(\w+)", answer, re.MULTILINE)
        [contact] = re.findall(r"^Contact: <([^>]+)>", answer, re.MULTILINE)
        [there] = re.findall(r"^c=IN IP4 ([\d.]+)", answer, re.MULTILINE)
        [number] = re.findall(r"^m=audio (\d+)", answer, re.MULTILINE)
        sip.send(request("ACK", contact, sip, tag))
        source = talk(rtp, (there, int(number)))
        sip.send(request("BYE", contact, sip, tag))
        assert sip.recv(65535).startswith(b"SIP/2.0 200")
        return source


def request(method: str, uri: str, sip: socket.socket, tag: str, body: str = "") -> bytes:
    """Return a request of the one call that there is."""
    here = "{}:{}".format(*sip.getsockname())
    number = 2 if method == "BYE" else 1
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{method};rport",
        "Max-Forwards: 70",
        f"From: <sip:talker@{here}>;tag=talker",
        f"To: <{uri}>" + (f";tag={tag}" if tag else ""),
        "Call-ID: talker",
        f"CSeq: {number} {method}",
        f"Contact: <sip:talker@{here}>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


def talk(rtp: socket.socket, there: tuple[str, int]) -> str:
    """Send a packet every 20 ms until one comes back; return where it came from."""
    rtp.settimeout(0.02)
    for number in range(int(PATIENCE / 0.02)):
        header = struct.pack("!BBHII", 0x80, 0, number, number * 160, 1)
        rtp.sendto(header + bytes([0x55]) * 160, there)
        try:
            data, source = rtp.recvfrom(2048)
        except TimeoutError:
            continue
        if data[12:] == bytes([0x55]) * 160:
            address: str = source[0]
            return address
        time.sleep(0.001)
    raise SystemExit(f"no audio came back from {there}")


if __name__ == "__main__":
    print("echoed", main(sys.argv[1], sys.argv[2]))
