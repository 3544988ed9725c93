using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>The delegation of the magic name, wrong in one way at a time. Name servers listen at addresses of their own.</summary>
public sealed class DelegationCheckTests : IAsyncLifetime
{
    private const string Magic = DoctorWorld.Magic, Parent = "test", First = "a.throttle-mx.test", Second = "b.throttle-mx.test";

    private readonly DoctorWorld _world = new() { DnsPort = Ports.Free() };
    private readonly List<DnsListener> _listeners = [];
    private readonly IPAddress[] _addresses = [Loopback.Next(), Loopback.Next(), Loopback.Next()];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_magic_name_that_is_no_zone_needs_no_delegation() => await _world.ExpectAsync(FindingLevel.Pass, "delegation", $"{Magic} is a name in the zone above it");

    [Fact]
    public async Task Servers_that_agree_and_a_parent_that_leads_to_them()
    {
        Delegate();
        Serve(0, Soa(7));
        Serve(1, Soa(7));
        ServeParent([First, Second], glue: [First, Second]);
        await _world.ExpectAsync(FindingLevel.Pass, "ns", $"{Magic} is served by {First} (", Second);
        await _world.ExpectAsync(FindingLevel.Pass, "parent", "test delegates throttle-mx.test to the same servers, with their addresses");
    }

    [Fact]
    public async Task A_server_that_is_down_or_not_authoritative()
    {
        Delegate();
        Serve(0, Soa(7));
        await _world.ExpectAsync(FindingLevel.Warn, "ns", $"{Second} (", "does not answer");
        Serve(1, Soa(7), isAuthoritative: false);
        await _world.ExpectAsync(FindingLevel.Warn, "ns", $"{Second} (", "not authoritative");
    }

    [Fact]
    public async Task No_server_that_answers()
    {
        Delegate();
        await _world.ExpectAsync(FindingLevel.Fail, "ns", $"{First} (", "does not answer");
    }

    [Fact]
    public async Task A_server_without_an_address()
    {
        Delegate();
        _world.Dns.With(new NsRecord(Magic, 60, "c.throttle-mx.test"));
        Serve(0, Soa(7));
        Serve(1, Soa(7));
        await _world.ExpectAsync(FindingLevel.Fail, "ns", "c.throttle-mx.test, a name server of throttle-mx.test, has no address");
    }

    [Fact]
    public async Task One_server_only()
    {
        _world.Dns.With(new NsRecord(Magic, 60, First)).Host(First, _addresses[0].ToString());
        Serve(0, Soa(7));
        await _world.ExpectAsync(FindingLevel.Warn, "ns", $"{Magic} has one name server");
    }

    [Fact]
    public async Task Servers_with_different_versions()
    {
        Delegate();
        Serve(0, Soa(7));
        Serve(1, Soa(8));
        await _world.ExpectAsync(FindingLevel.Warn, "soa", "serve different versions", "serials 8 and 7");
    }

    [Fact]
    public async Task Nodes_that_give_the_time_as_serial_agree()
    {
        var now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Delegate();
        Serve(0, Soa(now));
        Serve(1, Soa(now + 30) with { PrimaryServer = Second });
        var report = await _world.ExpectAsync(FindingLevel.Pass, "ns", "is served by");
        Assert.DoesNotContain(report.Findings, f => f.Check == "soa");
    }

    [Fact]
    public async Task A_parent_that_names_other_servers_or_has_no_glue()
    {
        Delegate();
        Serve(0, Soa(7));
        Serve(1, Soa(7));
        ServeParent([First, "old.throttle-mx.test"], glue: [First]);
        await _world.ExpectAsync(FindingLevel.Warn, "parent", "delegates throttle-mx.test to a.throttle-mx.test, old.throttle-mx.test, and the zone itself names a.throttle-mx.test, b.throttle-mx.test");
        await _world.ExpectAsync(FindingLevel.Fail, "glue", "test has no address (glue) of old.throttle-mx.test");
    }

    [Fact]
    public async Task A_parent_that_knows_of_no_delegation()
    {
        Delegate();
        Serve(0, Soa(7));
        Serve(1, Soa(7));
        ServeParent([], glue: []);
        await _world.ExpectAsync(FindingLevel.Warn, "parent", "no name server of test says which servers throttle-mx.test has");
    }

    [Fact]
    public async Task Private_servers_are_not_asked()
    {
        Delegate();
        Serve(0, Soa(7));
        _world.Options = _world.Options with { AllowPrivateDestinations = false };
        await _world.ExpectAsync(FindingLevel.Fail, "ns", $"{First}, a name server of {Magic}, has no address that can be called");
    }

    private static SoaRecord Soa(uint serial) => new(Magic, 60, First, $"hostmaster.{Magic}", serial, 3600, 600, 86400, 60);

    private void Delegate() => _world.Dns
        .With(new NsRecord(Magic, 60, First), new NsRecord(Magic, 60, Second))
        .Host(First, _addresses[0].ToString())
        .Host(Second, _addresses[1].ToString());

    private void Serve(int server, SoaRecord soa, bool isAuthoritative = true) => Listen(server, query => query.Reply(DnsResponseCode.NoError) with
    {
        IsAuthoritative = isAuthoritative,
        Answers = query.Questions[0].Type == DnsType.Soa ? [soa] : [],
    });

    private void ServeParent(string[] servers, string[] glue)
    {
        _world.Dns.With(new NsRecord(Parent, 60, "ns.test")).Host("ns.test", _addresses[2].ToString());
        Listen(2, query => query.Reply(DnsResponseCode.NoError) with
        {
            Authorities = [.. servers.Select(server => new NsRecord(Magic, 60, server))],
            Additionals = [.. glue.Select(name => (DnsRecord)new AddressRecord(name, 60, IPAddress.Parse("192.0.2.53")))],
        });
    }

    private void Listen(int server, Func<DnsMessage, DnsMessage?> answer) => _listeners.Add(DnsListener.Start(new IPEndPoint(_addresses[server], _world.DnsPort), answer));
}
