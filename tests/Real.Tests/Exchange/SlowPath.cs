using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>
/// A TCP relay before a node's exchange that simulates a path with delays and losses, because the kernel may lack netem. TCP turns losses
/// into delays, and so does the relay: each piece takes 100 ms. One piece in twenty takes 300 ms more, as after a
/// retransmission, and all later pieces wait for it.
/// </summary>
internal static class SlowPath
{
    private const string Script = """
        import asyncio, random, sys, time
        listen, port, to, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        random.seed(seed)
        async def carry(reader, writer):
            queue = asyncio.Queue(256)
            async def out():
                while True:
                    due, piece = await queue.get()
                    await asyncio.sleep(max(0, due - time.monotonic()))
                    if not piece:
                        writer.close()
                        return
                    writer.write(piece)
                    await writer.drain()
            task = asyncio.ensure_future(out())
            last = 0
            try:
                while True:
                    piece = await reader.read(16384)
                    last = max(last, time.monotonic() + 0.1 + (0.3 if random.random() < 0.05 else 0))
                    await queue.put((last, piece))
                    if not piece:
                        break
                await task
            except OSError:
                writer.close()
        async def serve(reader, writer):
            there, back = await asyncio.open_connection(listen, to)
            await asyncio.gather(carry(reader, back), carry(there, writer))
        async def main():
            server = await asyncio.start_server(serve, listen, port)
            print('open', flush=True)
            await server.serve_forever()
        asyncio.run(main())
        """;

    /// <summary>Starts the relay on a node's machine.</summary>
    /// <param name="port">The port that peers connect to.</param>
    /// <param name="to">The endpoint that the node listens on.</param>
    public static async Task<RunningProcess> OpenAsync(NetworkHost host, int port, int to, int seed)
    {
        var process = Tool.Start("python3", ["-c", Script, host.Address.ToString(), Text(port), Text(to), Text(seed)], host);
        await process.LineAsync("its start", l => l == "open");
        return process;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
