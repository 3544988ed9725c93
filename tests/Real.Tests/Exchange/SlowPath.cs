using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>
/// A way to a node's exchange that delays and loses, where the kernel has no netem: a TCP relay in front of it. TCP hides losses
/// and shows them as delays, so that is what the relay makes of them: each piece takes 100 ms, and one in twenty 300 ms
/// more, as after a retransmission, with all that follows behind it.
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

    /// <summary>Opens it on a node's machine.</summary>
    /// <param name="port">Where others come in.</param>
    /// <param name="to">Where the node listens.</param>
    public static async Task<RunningProcess> OpenAsync(NetworkHost host, int port, int to, int seed)
    {
        var process = RunningProcess.Start("python3", ["-c", Script, host.Address.ToString(), Text(port), Text(to), Text(seed)], host);
        await process.LineAsync("its start", l => l == "open");
        return process;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
