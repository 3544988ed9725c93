using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>A cluster of two gateways and an inner node beside another operator's single node, all processes of this machine.</summary>
internal sealed class GatewayCluster : IAsyncDisposable
{
    private const int PeerJoined = 4010;
    private const string Inner = "b";

    private static readonly string[] Gateways = ["a", "c"];

    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki = new();
    private readonly Dictionary<string, string> _addresses = [];
    private LocalCluster _cluster = null!;
    private NodeProcess _peer = null!;
    private int _senders;

    private GatewayCluster()
    {
    }

    /// <summary>The other operator's node.</summary>
    public NodeProcess Peer => _peer;

    public static async Task<GatewayCluster> StartAsync()
    {
        var world = new GatewayCluster();
        try
        {
            await world.BuildAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>An address that no node has counted before.</summary>
    public IPAddress NewSender() => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.{20 + _senders++}.0.1"));

    /// <summary>Sends messages over the cluster's inner node.</summary>
    public async Task SendAsync(IPAddress source, int messages)
    {
        var spray = await Spray.RunAsync(null, source, messages, [_cluster[Inner].Smtp]);
        Assert.Equal(messages, spray.Accepted);
    }

    /// <summary>Kills the gateway that reports the cluster's counts.</summary>
    public async Task KillSpeakerAsync()
    {
        var speaker = await Eventually.FindAsync("a speaker", async () =>
        {
            foreach (var name in Gateways.Where(g => !_cluster[g].HasExited))
            {
                if ((await _cluster[name].StatusAsync()).GetProperty("cluster").GetProperty("speaks").GetBoolean())
                {
                    return name;
                }
            }

            return null;
        });
        await _cluster[speaker].KillAsync();
    }

    /// <summary>The attempts an hour that the cluster reported to the other operator.</summary>
    public async Task<double> ReportedAsync(IPAddress source) => (await _peer.CountsAsync(source)).Others;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_peer is not null)
        {
            await _peer.DisposeAsync();
        }

        _pki.Dispose();
        _folder.Dispose();
    }

    private async Task BuildAsync()
    {
        foreach (var name in Gateways.Append("p"))
        {
            _addresses[name] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Free()}");
        }

        _peer = await NodeProcess.StartAsync(_folder, ["Node:Name=p", .. Exchange("p", "other")]);
        var members = $"Cluster:Members=file:{_folder.File("members.json")}";
        _cluster = await LocalCluster.StartAsync(name => name == Inner ? [members] : [members, .. Exchange(name, "cluster")], Gateways[0], Inner, Gateways[1]);
        foreach (var gateway in Gateways)
        {
            await _peer.LogLineAsync($"a link to {gateway}", l => l.EventId == PeerJoined && l.Message.Contains($"peer {gateway} of", StringComparison.Ordinal));
        }
    }

    private string[] Exchange(string name, string @operator)
    {
        var (certificate, key) = _pki.Issue(name, @operator);
        return
        [
            $"Exchange:Listen={_addresses[name]}", $"Exchange:Peers={string.Join(',', _addresses.Where(a => a.Key != name).Select(a => a.Value))}",
            $"Exchange:Certificate={certificate}", $"Exchange:Key={key}", $"Exchange:Authority={_pki.Authority}",
        ];
    }
}
