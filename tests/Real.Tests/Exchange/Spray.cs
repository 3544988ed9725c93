using System.Globalization;
using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>Messages from one host over several nodes, one session each. All sessions start within a second.</summary>
/// <param name="Accepted">Answered 250 after the text.</param>
/// <param name="Deferred">Answered 4xx at some point.</param>
/// <param name="Refused">Answered 5xx.</param>
/// <param name="Unreached">No connection, or it broke without an answer.</param>
internal sealed record Spray(int Accepted, int Deferred, int Refused, int Unreached)
{
    private const string Script = """
        import asyncio, json, sys
        source, count, *targets = sys.argv[1:]
        count = int(count)
        outcomes = {'accepted': 0, 'deferred': 0, 'refused': 0, 'unreached': 0}
        async def answer(reader):
            while True:
                line = await asyncio.wait_for(reader.readline(), 120)
                if len(line) < 4 or line[3:4] != b'-':
                    return line[:1].decode()
        async def talk(i):
            address, port = targets[i % len(targets)].rsplit(':', 1)
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(address, int(port), local_addr=(source, 0)), 60)
            try:
                code = await answer(reader)
                for line in ['EHLO client.test', 'MAIL FROM:<win@lottery.test>', f'RCPT TO:<user{i}@example.test>', 'DATA', 'Subject: hello\r\n\r\nhello\r\n.']:
                    if code not in '23' or not code:
                        break
                    writer.write((line + '\r\n').encode())
                    code = await answer(reader)
                return code
            finally:
                writer.close()
        async def one(i):
            await asyncio.sleep(i / count)
            try:
                code = await talk(i)
            except (OSError, asyncio.TimeoutError):
                code = ''
            outcomes[{'2': 'accepted', '4': 'deferred', '5': 'refused'}.get(code, 'unreached')] += 1
        async def main():
            await asyncio.gather(*(one(i) for i in range(count)))
            print(json.dumps(outcomes))
        asyncio.run(main())
        """;

    /// <param name="from">The machine that sends; null for this one.</param>
    /// <param name="source">The address that it sends from.</param>
    /// <param name="messages">Their number.</param>
    /// <param name="nodes">Where the nodes speak SMTP.</param>
    public static async Task<Spray> RunAsync(NetworkHost? from, IPAddress source, int messages, IEnumerable<IPEndPoint> nodes)
    {
        string[] arguments = ["-c", Script, source.ToString(), messages.ToString(CultureInfo.InvariantCulture), .. nodes.Select(n => n.ToString())];
        var process = Tool.Start("python3", arguments, from);
        await using (process)
        {
            var line = await process.LineAsync("its outcome", l => l.StartsWith('{'), TimeSpan.FromMinutes(4));
            return JsonSerializer.Deserialize<Spray>(line, JsonSerializerOptions.Web)!;
        }
    }
}
