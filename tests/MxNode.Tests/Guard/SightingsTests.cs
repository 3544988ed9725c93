using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Exchange;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Guard;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>A guard that asks relays under mutual TLS, and how it answers when they are down.</summary>
public sealed class SightingsTests : ExchangeTests
{
    private const int PeerRefused = 4012;

    private static readonly IPAddress Host = IPAddress.Parse("192.0.2.7");

    [Fact]
    public async Task A_guard_gets_the_relays_sightings()
    {
        Pki.Issue("a", "operator-a", more: ["203.0.113.9"]);
        await using var relay = await RelayAsync("a", "198.51.100.0/24");
        await using var guard = await GuardAsync(relay.Address);
        using var postfix = await GuardNode.ConnectAsync(guard.Host.Guard[0]);

        Assert.StartsWith("DEFER 4.7.1 This domain", await postfix.AskAsync($"{Host}"), StringComparison.Ordinal);
        Assert.Equal("DUNNO", await postfix.AskAsync("198.51.100.1"));
        Assert.Equal("DUNNO", await postfix.AskAsync("203.0.113.9")); // the relay's own address, from its certificate
        await relay.RegisterAsync(IpBlock.Of(Host));
        Assert.StartsWith("DEFER 4.7.1 throttle-mx.test limits how much mail", await postfix.AskAsync($"{Host}"), StringComparison.Ordinal);
        Assert.DoesNotContain(guard.Log.Lines, e => e.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task When_a_relay_is_down_the_guard_asks_the_next_and_without_any_it_defers_everybody()
    {
        var a = await RelayAsync("a");
        await using var b = await RelayAsync("b", "198.51.100.0/24");
        await using var guard = await GuardAsync(a.Address, b.Address);
        using var postfix = await GuardNode.ConnectAsync(guard.Host.Guard[0]);
        Assert.StartsWith("DEFER 4.7.1", await postfix.AskAsync("198.51.100.1"), StringComparison.Ordinal);
        await a.DisposeAsync();
        Assert.Equal("DUNNO", await postfix.AskAsync("198.51.100.2"));
        await guard.Log.UntilAsync(5010);

        await b.DisposeAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("DEFER 4.3.0", await postfix.AskAsync($"{Host}", $"{i}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_node_that_one_relay_does_not_know_may_be_known_to_another()
    {
        Pki.Issue("b", "operator-b", more: ["203.0.113.9"]);
        await using var a = await RelayAsync("a");
        await using var b = await RelayAsync("b", "2001:db8::1");
        await using var guard = await GuardAsync(a.Address, b.Address);
        using var postfix = await GuardNode.ConnectAsync(guard.Host.Guard[0]);
        Assert.Equal("DUNNO", await postfix.AskAsync("203.0.113.9"));
        var sighting = await guard.Services.GetRequiredService<ISightings>().AskAsync(IPAddress.Parse("2001:db8::bad"), default);
        Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: false, InTrustedBlock: true), sighting);
    }

    [Fact]
    public async Task A_relay_that_went_down_is_still_known()
    {
        Pki.Issue("b", "operator-b", more: ["203.0.113.9"]);
        await using var a = await RelayAsync("a");
        await using var b = await StartAsync("b", a.Address);
        await using var guard = await GuardAsync(a.Address);
        using var postfix = await GuardNode.ConnectAsync(guard.Host.Guard[0]);
        await a.Log.LineAsync(4030, "203.0.113.9");
        await b.StopAsync();
        await a.Log.LineAsync(4031, "203.0.113.9");
        Assert.Equal("DUNNO", await postfix.AskAsync("203.0.113.9"));
    }

    [Fact]
    public async Task A_member_that_takes_no_mail_is_not_a_relay_and_its_address_does_not_pass()
    {
        var (certificate, key) = Pki.Issue("a", "operator-a", more: ["203.0.113.9", "a.throttle-mx.test"]);
        await using var node = await GuardNode.StartAsync(c => c with
        {
            Smtp = new() { Listen = [] },
            Guard = new() { Listen = [new(IPAddress.Loopback, 0)] },
            Exchange = new() { Listen = new(IPAddress.Loopback, 0), Certificate = certificate, Key = key, Authority = Pki.Authority },
        });
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        Assert.StartsWith("DEFER 4.7.1", await postfix.AskAsync($"{Host}", more: "server_address=203.0.113.9\nserver_port=25\n"), StringComparison.Ordinal);
        Assert.StartsWith("DEFER 4.7.1", await postfix.AskAsync("203.0.113.9"), StringComparison.Ordinal);
        var nodes = node.Services.GetRequiredService<LiveNodes>();
        Assert.Empty(nodes.Addresses);
        Assert.Contains(IPAddress.Parse("203.0.113.9"), nodes.Named["a.throttle-mx.test"]);
    }

    [Fact]
    public async Task A_relay_that_still_looks_for_its_peers_does_not_report_a_host_as_unknown()
    {
        await using var relay = await StartAsync("a", "127.0.0.1:1");
        await using var guard = await GuardAsync(relay.Address);
        using var postfix = await GuardNode.ConnectAsync(guard.Host.Guard[0]);
        Assert.StartsWith("DEFER 4.3.0", await postfix.AskAsync($"{Host}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    public async Task A_stranger_at_one_guard_is_seen_at_the_others_and_stays_a_stranger_at_the_first(string stranger)
    {
        await using var relay = await RelayAsync("a");
        await using var first = await GuardAsync("guard", [relay.Address]);
        await using var second = await GuardAsync("guard2", [relay.Address]);
        using var atFirst = await GuardNode.ConnectAsync(first.Host.Guard[0]);
        using var atSecond = await GuardNode.ConnectAsync(second.Host.Guard[0]);
        Assert.StartsWith("DEFER 4.7.1 This domain takes mail from unknown hosts", await atFirst.AskAsync(stranger), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the report", () => relay.Services.GetRequiredService<StrangerTable>().Count == 1);
        Assert.StartsWith("DEFER 4.7.1 throttle-mx.test limits how much mail", await atSecond.AskAsync(stranger), StringComparison.Ordinal);
        Assert.StartsWith("DEFER 4.7.1 This domain takes mail from unknown hosts", await atFirst.AskAsync(stranger, "2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_report_is_read_up_to_its_limit()
    {
        await using var relay = await RelayAsync("a");
        using var certificate = Load(Pki.Issue("g", "operator-g", guard: true));
        using var channel = Channel(relay, certificate);
        var sightings = new Sightings.SightingsClient(channel);
        var report = new StrangerReport { Addresses = { Google.Protobuf.ByteString.Empty, Google.Protobuf.ByteString.CopyFrom(1, 2, 3) } };
        for (var i = 0; i < 100; i++)
        {
            report.Addresses.Add(Google.Protobuf.ByteString.CopyFrom(192, 0, 2, (byte)i));
        }

        await sightings.ReportAsync(report);
        Assert.InRange(relay.Services.GetRequiredService<StrangerTable>().Count, 40, StrangerReports.Most);
        report.Addresses.Add(Google.Protobuf.ByteString.CopyFrom(new byte[2000]));
        var tooLong = await Assert.ThrowsAsync<RpcException>(async () => await sightings.ReportAsync(report));
        Assert.Equal(StatusCode.ResourceExhausted, tooLong.StatusCode);
    }

    [Fact]
    public async Task A_guards_certificate_may_ask_for_sightings_and_may_not_link()
    {
        await using var relay = await RelayAsync("a");
        using var certificate = Load(Pki.Issue("g", "operator-g", guard: true));
        using var channel = Channel(relay, certificate);
        var sightings = new Sightings.SightingsClient(channel);
        Assert.False((await sightings.AskAsync(new() { Address = Google.Protobuf.ByteString.CopyFrom(Host.GetAddressBytes()) })).Seen);
        var malformed = await Assert.ThrowsAsync<RpcException>(async () => await sightings.AskAsync(new()));
        Assert.Equal(StatusCode.InvalidArgument, malformed.StatusCode);

        using var link = new Wire.Exchange.ExchangeClient(channel).Link();
        var refused = await Assert.ThrowsAsync<RpcException>(() => link.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        await relay.Log.LineAsync(PeerRefused, "a guard's (OU=guard)");
        Assert.Null(relay.Services.GetRequiredService<PeerAdmission>().Admit(certificate.RawData));
    }

    [Fact]
    public async Task Without_a_certificate_of_the_network_a_client_gets_no_sightings()
    {
        using var other = new TestPki();
        await using var relay = await RelayAsync("a");
        using var certificate = Load(other.Issue("g", "operator-g", guard: true));
        using var channel = Channel(relay, certificate);
        await Assert.ThrowsAsync<RpcException>(async () => await new Sightings.SightingsClient(channel).AskAsync(new() { Address = Google.Protobuf.ByteString.CopyFrom(Host.GetAddressBytes()) }));
        await relay.Log.LineAsync(PeerRefused, "not by this network's authority");
    }

    [Fact]
    public async Task A_node_with_a_guards_certificate_does_not_join()
    {
        Pki.Issue("a", "operator-a", guard: true);
        var failure = await Assert.ThrowsAsync<StartException>(() => RelayAsync("a"));
        Assert.Contains("is a guard's", failure.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Load((string Certificate, string Key) files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    private static GrpcChannel Channel(ExchangeNode node, X509Certificate2 certificate) => PeerTransport.CreateChannel(
        new Uri($"https://{node.Address}"),
        PeerTransport.CreateHandler(new()
        {
            RemoteCertificateValidationCallback = (_, server, _, _) => server?.Subject.Contains("CN=a", StringComparison.Ordinal) == true,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
        }),
        ExchangeLimits.FrameSize);

    private Task<ExchangeNode> RelayAsync(string name, params string[] trusted) =>
        StartAsync(name, [], c => c with { Trust = new() { Entries = trusted } });

    private Task<GuardNode> GuardAsync(params string[] relays) => GuardAsync("guard", [.. relays]);

    private Task<GuardNode> GuardAsync(string name, IReadOnlyList<string> relays)
    {
        var (certificate, key) = Pki.Issue(name, "operator-g", guard: true);
        return GuardNode.StartAsync(c => c with
        {
            Smtp = new() { Listen = [] },
            Guard = new() { Listen = [new(IPAddress.Loopback, 0)], Relays = relays, RelayTimeout = TimeSpan.FromSeconds(30) },
            Exchange = new() { Certificate = certificate, Key = key, Authority = Pki.Authority },
        });
    }
}
