using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>The same list from our name server and from rbldnsd, asked by dig.</summary>
public sealed partial class DnswlTests : IDisposable
{
    private const string Zone = "list.test";
    private const int Port = 5353;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("rbldnsd", "dig")]
    public async Task Our_answers_are_those_of_rbldnsd()
    {
        var questions = Exported.Questions.Concat(new[] { "127.0.0.2", "127.0.0.1", "::ffff:7f00:2", "::ffff:7f00:1" }.Select(IPAddress.Parse))
            .SelectMany(address => new[] { ReverseName.Labels(address), ReverseName.Labels(address).ToUpperInvariant() })
            .Append("mail.example.org").Append("256.2.0.192")
            .SelectMany(labels => new[] { $"{labels}.{Zone} A", $"{labels}.{Zone} TXT", $"{labels}.{Zone} MX" })
            .Distinct().ToList();
        var batch = _folder.Write("questions", string.Join('\n', questions) + "\n");
        var (theirAddress, ourAddress) = (Loopback.Next(), Loopback.Next());
        var data = Exported.Write(_folder, "rbldnsd");
        await using var theirs = Tool.Start(
            "rbldnsd", ["-n", "-u", "nobody", "-w", _folder.Path, "-b", $"{theirAddress}/{Port}", $"{Zone}:combined:{Path.GetFileName(data)}"]);
        await using var ours = Serve(new IPEndPoint(ourAddress, Port));
        await Eventually.FindAsync("rbldnsd", async () =>
            (await Tool.RunAsync("dig", "+short", "+tries=1", "+time=1", "-p", $"{Port}", $"@{theirAddress}", $"2.0.0.127.{Zone}")).Output.Contains("127.0.", StringComparison.Ordinal) ? "up" : null);

        var expected = await DigAsync(theirAddress, batch);
        Assert.Equal(questions.Count, expected.Count);
        Assert.Equal(expected, await DigAsync(ourAddress, batch));
        Assert.Equal(expected, await DigAsync(ourAddress, batch, "+tcp"));
        Assert.Equal(expected, await DigAsync(ourAddress, batch, "+edns", "+cookie", "+nsid"));
    }

    [NeedsFact("dig")]
    public async Task Dig_accepts_the_other_answers()
    {
        var address = Loopback.Next();
        await using var ours = Serve(new IPEndPoint(address, Port));
        var batch = _folder.Write("questions", $"{Zone} SOA\n{Zone} NS\n{Zone} ANY\n{Zone} A\n2.0.192.{Zone} A\nexample.com A\n{Zone} AXFR\n");
        Assert.Equal(
            [
                "NOERROR qr aa: a.throttle-mx.test. hostmaster.list.test. SERIAL 3600 600 86400 60",
                "NOERROR qr aa: a.throttle-mx.test.",
                "NOERROR qr aa: a.throttle-mx.test. hostmaster.list.test. SERIAL 3600 600 86400 60",
                "NOERROR qr aa:",
                "NOERROR qr aa:",
                "REFUSED qr:",
                "REFUSED qr:",
            ],
            await DigAsync(address, batch));
    }

    private static DnsListener Serve(IPEndPoint endPoint)
    {
        var (time, nodes) = (TimeProvider.System, new LiveNodes());
        var book = new TrustBook(time);
        book.Replace(Exported.List);
        book.Confirm();
        var servers = new NameServers(new TrustOptions(), new NetworkOptions(), new OwnIdentity("a.throttle-mx.test"), nodes);
        return DnsListener.Start(endPoint, new ZoneTable([new DnswlZone(Zone, servers, book, new LiveNodes(), time)], () => false).Answer);
    }

    /// <summary>An answer as its code, its flags and the data of its records.</summary>
    private static async Task<IReadOnlyList<string>> DigAsync(IPAddress server, string batch, params string[] options)
    {
        var result = await Tool.RunAsync("dig", ["+norecurse", "+noedns", "+tries=1", "+time=10", "+noall", "+comments", "+answer", "-p", $"{Port}", .. options, $"@{server}", "-f", batch], input: null);
        Assert.DoesNotContain("Warning", result.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("malformed", result.Output, StringComparison.OrdinalIgnoreCase);
        var answers = new List<string>();
        foreach (var line in result.Output.Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                answers.Add(header.Groups[1].Value);
            }
            else if (Flags().Match(line) is { Success: true } flags)
            {
                answers[^1] += $" {flags.Groups[1].Value}:";
            }
            else if (Record().Match(line) is { Success: true } record)
            {
                answers[^1] += " " + Serial().Replace(record.Groups[1].Value, " SERIAL ");
            }
        }

        return answers;
    }

    [GeneratedRegex("->>HEADER<<- .*status: ([A-Z]+)")]
    private static partial Regex Header();

    [GeneratedRegex("^;; flags: ([a-z ]+);")]
    private static partial Regex Flags();

    [GeneratedRegex(@"^[^;\s]\S*\s+\d+\s+IN\s+[A-Z]+\s+(.*)$")]
    private static partial Regex Record();

    [GeneratedRegex(@" \d{9,10} ")]
    private static partial Regex Serial();
}
