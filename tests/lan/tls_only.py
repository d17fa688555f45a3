# A strict firewall before a server, as some companies have it: a connection whose first byte is not that of a TLS record
# ends. tls_only.py PORT SERVER'S-ADDRESS SERVER'S-PORT
import asyncio
import sys

port, server, server_port = sys.argv[1:]
HANDSHAKE = b"\x16"


async def carry(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass  # either end may go without a word
    writer.close()


async def connected(reader, writer):
    first = await reader.read(1)
    if first != HANDSHAKE:
        print("refused", first.hex(), flush=True)
        writer.close()
        return
    onward, back = await asyncio.open_connection(server, int(server_port))
    back.write(first)
    await asyncio.gather(carry(reader, back), carry(onward, writer))


async def main():
    listener = await asyncio.start_server(connected, "0.0.0.0", int(port))
    print("listening", flush=True)
    await listener.serve_forever()


asyncio.run(main())
