using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.TrustList.Exports;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>Each export is read by the program it is made for, and gives the same answers as the list.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("postmap")]
    public async Task Postfix_reads_the_cidr_table()
    {
        var table = Exported.Write(_folder, "postfix");
        var answers = new Dictionary<IPAddress, bool>();
        foreach (var address in Exported.Questions)
        {
            // For a missing key postmap exits with 1 and prints nothing.
            var result = await Tool.RunAsync("postmap", "-q", address.ToString(), $"cidr:{table}");
            Assert.Equal("", result.Error);
            answers[address] = result.Output.Trim() == "permit";
        }

        Exported.Compare(answers);
    }

    [NeedsFact("exim")]
    public async Task Exim_reads_the_iplsearch_file()
    {
        var file = Exported.Write(_folder, "exim");
        var answers = new Dictionary<IPAddress, bool>();
        foreach (var address in Exported.Questions)
        {
            var result = (await Tool.RunAsync("exim", "-be", $"${{lookup{{{address}}}iplsearch{{{file}}}}}")).Expect(0);
            answers[address] = result.Output.Trim().Length > 0;
        }

        Exported.Compare(answers);
    }

    [NeedsFact("haproxy")]
    public async Task Haproxy_reads_the_acl()
    {
        var socket = _folder.File("socket");
        var configuration = _folder.Write("haproxy.cfg", $$"""
            defaults
              mode http
              timeout connect 30s
              timeout client 30s
              timeout server 30s
            frontend ask
              bind unix@{{socket}}
              acl trusted hdr_ip(x-address) -f {{Exported.Write(_folder, "haproxy")}}
              http-request return status 200 if trusted
              http-request return status 404

            """);
        (await Tool.RunAsync("haproxy", "-c", "-f", configuration)).Expect(0);
        await using var haproxy = Tool.Start("haproxy", ["-f", configuration]);
        await Eventually.HoldsAsync("HAProxy's socket", () => File.Exists(socket));

        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });
        var answers = new Dictionary<IPAddress, bool>();
        foreach (var address in Exported.Questions)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/") { Headers = { { "x-address", address.ToString() } } };
            using var response = await client.SendAsync(request);
            answers[address] = response.StatusCode == HttpStatusCode.OK;
        }

        Exported.Compare(answers);
    }

    [NeedsFact("nft", "unshare")]
    public async Task Nftables_reads_the_sets_and_a_second_list_replaces_the_first()
    {
        var script = Exported.Write(_folder, "nftables");
        var empty = _folder.Write("empty", "add table inet throttlenet\nadd set inet throttlenet trusted4 { type ipv4_addr; flags interval; }\n"
            + "add element inet throttlenet trusted4 { 10.0.0.0/8 }\n");
        var questions = Exported.Questions.Select(address =>
            $"nft get element inet throttlenet trusted{(address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6)} '{{ {address} }}' >/dev/null 2>&1 && echo {address}");
        var shell = $"set -e; nft -c -f {script}; nft -f {empty}; nft -f {script}; set +e; {string.Join("; ", questions)}; true";

        var listed = (await Tool.RunAsync("unshare", "--net", "sh", "-c", shell)).Expect(0).Output.Split('\n').ToHashSet();
        Exported.Compare(Exported.Questions.ToDictionary(address => address, address => listed.Contains(address.ToString())));
    }

    [NeedsFact("rbldnsd", "dig")]
    public async Task Rbldnsd_serves_the_zone_with_the_values_of_the_list()
    {
        var zone = Exported.Write(_folder, "rbldnsd");
        var address = Loopback.Next();
        await using var server = Tool.Start(
            "rbldnsd", ["-n", "-u", "nobody", "-w", _folder.Path, "-b", $"{address}/5353", $"list.test:combined:{Path.GetFileName(zone)}"]);
        await Eventually.FindAsync("rbldnsd", async () => (await DigAsync(address, "A", IPAddress.Parse("127.0.0.2"))).Length > 0 ? "up" : null);

        Assert.Equal("", await DigAsync(address, "A", IPAddress.Parse("127.0.0.1")));
        Assert.Equal("127.0.2.3", await DigAsync(address, "A", IPAddress.Parse("::ffff:127.0.0.2")));
        foreach (var question in Exported.Questions)
        {
            var expected = Exported.List.TryFind(question, out var entry) ? entry : null;
            Assert.Equal(expected is null ? "" : Dnswl.Answer(expected).ToString(), await DigAsync(address, "A", question));
            if (expected is not null)
            {
                // dig writes what is not ASCII as \DDD, octet by octet.
                var text = string.Concat(System.Text.Encoding.UTF8.GetBytes(Dnswl.Text(expected)).Select(octet =>
                    octet is (byte)'"' or (byte)'\\' ? $"\\{(char)octet}" : octet is < 32 or > 126 ? $"\\{octet:D3}" : $"{(char)octet}"));
                Assert.Equal($"\"{text}\"", await DigAsync(address, "TXT", question));
            }
        }
    }

    [NeedsFact("python3")]
    public async Task Python_reads_the_JSON()
    {
        var file = Exported.Write(_folder, "json");
        const string ask = """
            import ipaddress, json, sys
            networks = [ipaddress.ip_network(row["network"]) for row in json.load(open(sys.argv[1]))]
            print(json.dumps([any(ipaddress.ip_address(a) in n for n in networks) for a in sys.argv[2:]]))
            """;
        var result = (await Tool.RunAsync("python3", ["-c", ask, file, .. Exported.Questions.Select(address => address.ToString())])).Expect(0);
        var answers = JsonSerializer.Deserialize<bool[]>(result.Output)!;
        Exported.Compare(Exported.Questions.Zip(answers).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    private static async Task<string> DigAsync(IPAddress server, string type, IPAddress question)
    {
        // A mapped address is asked for as IPv6 here, where the DNS whitelist has its test point.
        var name = question.IsIPv4MappedToIPv6
            ? string.Join('.', Convert.ToHexStringLower(question.GetAddressBytes()).Reverse())
            : ReverseName.Of(question).Replace(".in-addr.arpa", "", StringComparison.Ordinal).Replace(".ip6.arpa", "", StringComparison.Ordinal);
        var result = await Tool.RunAsync("dig", "+short", "+tries=1", "+time=5", "-p", "5353", $"@{server}", type, $"{name}.list.test");
        return result.ExitCode == 0 ? result.Output.Trim() : "";
    }
}
