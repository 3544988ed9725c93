using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.TlsPolicy;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>
/// A domain with a magic MX and one real MX, the DNS that says so, and a mail server behind each. All is well with it until a test changes something.
/// The servers have addresses of their own on the loopback interface and one port.
/// </summary>
internal sealed class DoctorWorld : IAsyncDisposable
{
    public const string Domain = "example.com", Magic = "throttle-mx.test", Mail = "mail.example.com";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ScriptedHop> _hops = [];

    public DoctorWorld()
    {
        Port = Ports.Free();
        Relay = Start();
        Server = Start();
        Relay.Offers = [.. Relay.Offers, "STARTTLS"];
        Relay.Certificate = Authority.Issue(Magic);
        Relay.CertificateChain = Server.CertificateChain = [Authority.Intermediate];
        Server.Offers = [.. Server.Offers, "STARTTLS", "XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT"];
        Server.Certificate = Authority.Issue(Mail);
        Dns.Mx(Domain, (0, Magic), (10, Mail)).Host(Magic, AddressOf(Relay)).Host(Mail, AddressOf(Server));
        Options = new RelayOptions { Port = Port, AllowPrivateDestinations = true };
        Viewpoint = new Viewpoint { Addresses = () => [Relay.EndPoint.Address] };
    }

    /// <summary>Issued the servers' certificates. This machine trusts it and no other.</summary>
    public WebAuthority Authority { get; } = new();

    /// <summary>Serves the MTA-STS policy.</summary>
    public PolicyServer Policies { get; } = new();

    public int Port { get; }

    public FakeDns Dns { get; } = new();

    /// <summary>The relay behind the magic MX.</summary>
    public ScriptedHop Relay { get; }

    /// <summary>The domain's real MX.</summary>
    public ScriptedHop Server { get; }

    public RelayOptions Options { get; set; }

    /// <summary>By default this machine is the relay.</summary>
    public Viewpoint Viewpoint { get; set; }

    /// <summary>The port of name servers.</summary>
    public int DnsPort { get; set; } = 53;

    /// <summary>Whether the resolvers' word about DNSSEC is taken.</summary>
    public bool TrustAd { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Starts another mail server, at an address of its own.</summary>
    public ScriptedHop Start()
    {
        var hop = new ScriptedHop(new IPEndPoint(Loopback.Next(), Port));
        _hops.Add(hop);
        return hop;
    }

    /// <summary>Stops a mail server.</summary>
    public async Task StopAsync(ScriptedHop hop)
    {
        _hops.Remove(hop);
        await hop.DisposeAsync();
    }

    public static string AddressOf(ScriptedHop hop) => hop.EndPoint.Address.ToString();

    /// <summary>The domain has these MX records instead.</summary>
    public DoctorWorld Publish(params (ushort Preference, string Exchange)[] exchanges)
    {
        Dns.Mx(Domain, exchanges);
        return this;
    }

    public Task<DoctorReport> ExamineAsync() => ExamineAsync(Deadline, null);

    public async Task<DoctorReport> ExamineAsync(TimeSpan deadline, IProgress<string>? progress)
    {
        IDnsResolver dns = Viewpoint.AsIf is { } magic ? new PlannedDns(Dns, Domain, magic) : Dns;
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(Clock)
            .AddSingleton(dns)
            .AddSingleton(new DnsOptions { TrustAd = TrustAd })
            .AddSingleton(new TrustAnchors([Authority.Root]))
            .AddSingleton(new MtaStsFetcher(Policies, Clock))
            .AddRelay(new NetworkOptions { Names = [Magic] }, Options, new OwnIdentity("a.node.test"), _folder.Path)
            .AddDoctor(Viewpoint)
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ZoneServers>(provider, DnsPort))
            .BuildServiceProvider();
        return await services.GetRequiredService<DomainDoctor>().ExamineAsync(Domain, deadline, progress, CancellationToken.None);
    }

    /// <summary>Examines the domain, and expects a finding of that level and check whose text, or advice, has these words.</summary>
    public async Task<DoctorReport> ExpectAsync(FindingLevel level, string check, params string[] words)
    {
        var report = await ExamineAsync();
        Assert.True(
            report.Findings.Any(f => f.Level == level && f.Check == check && words.All(w => $"{f.Text} {f.Advice}".Contains(w, StringComparison.Ordinal))),
            $"no {level} of {check} with {string.Join(", ", words)} in:\n{string.Join('\n', report.Findings)}");
        Assert.True(report.Level >= level);
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hop in _hops)
        {
            await hop.DisposeAsync();
        }

        _folder.Dispose();
    }
}
