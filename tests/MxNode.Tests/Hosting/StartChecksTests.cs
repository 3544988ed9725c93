using System.Buffers.Binary;
using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Hosting;

/// <summary>check-config finds, in the same words, each reason for which a node does not start.</summary>
public sealed class StartChecksTests : IDisposable
{
    private static readonly IPAddress NotHere = IPAddress.Parse("192.0.2.1");

    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki = new();
    private readonly TestPki _cluster = new("relays", isCluster: true);

    public static TheoryData<string, string> Cases => new()
    {
        { "an address of another machine", "Smtp:Listen: cannot listen on 192.0.2.1:2525 (" },
        { "an admin address of another machine", "Admin:Listen: cannot listen on 192.0.2.1:8025 (" },
        { "a name server's address of another machine", "Trust:DnsListen: cannot listen on 192.0.2.1:5353 (" },
        { "a source address of another machine", "Relay:SourceAddresses: mail cannot leave from 192.0.2.1 (" },
        { "a guard's certificate", "Exchange:Certificate: the certificate is a guard's" },
        { "an expired certificate", "node.pem: is valid from " },
        { "a cluster's authority of another name", "Cluster:Authority: " },
        { "a cluster's certificate that expired", "Cluster:Certificate: " },
        { "a cluster's key that is none", "Cluster:Certificate, Key or Authority cannot be used (" },
        { "data of a newer program", "Node:DataDirectory: " },
        { "data with a damaged version", "\"throttlenet-data N\"" },
        { "a queue of a newer program", "was written by a newer program (format 2, this one reads up to 1)" },
    };

    public void Dispose()
    {
        _folder.Dispose();
        _pki.Dispose();
        _cluster.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_run_refuses_is_found_before(string what, string text)
    {
        var configuration = Prepare(what);
        Assert.DoesNotContain(configuration.Validate(), error => !error.Contains("192.0.2.1", StringComparison.Ordinal));
        var found = await StartChecks.FindAsync(configuration, TimeProvider.System);
        var refusal = await Assert.ThrowsAsync<StartException>(async () =>
        {
            await using var node = NodeHost.Create(configuration, TimeProvider.System, _ => { });
            await node.StartAsync();
        });
        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal([refusal.Message], found);
    }

    [Fact]
    public async Task A_node_that_starts_has_no_fault_before_and_while_it_runs()
    {
        var configuration = Base() with { Smtp = new() { Listen = [new(IPAddress.Loopback, Ports.Free())], GreetDelay = TimeSpan.Zero } };
        Assert.Empty(await StartChecks.FindAsync(configuration, TimeProvider.System));
        await using var node = NodeHost.Create(configuration, TimeProvider.System, _ => { });
        await node.StartAsync();
        Assert.Empty(await StartChecks.FindAsync(configuration, TimeProvider.System)); // its port and its directory are in use by itself
        await node.StopAsync();
    }

    [Fact]
    public void One_endpoint_for_two_features_is_an_error()
    {
        var twice = new IPEndPoint(IPAddress.Loopback, 2525);
        var errors = (Base() with { Smtp = new() { Listen = [twice] }, Admin = new() { Listen = twice } }).Validate();
        Assert.Equal("Admin:Listen: 127.0.0.1:2525 is also Smtp:Listen; name another port for one of them", Assert.Single(errors));
    }

    [Theory]
    [InlineData(null, "does not exist")]
    [InlineData(" \n", "is empty")]
    public void A_password_file_without_a_password_is_an_error(string? content, string fault)
    {
        var file = _folder.File("password");
        if (content is not null)
        {
            File.WriteAllText(file, content);
        }

        var options = new MxNode.Cluster.ClusterOptions { Name = "relays", Listen = IPEndPoint.Parse("127.0.0.1:8027"), Members = "redis:127.0.0.1:6379", MembersPasswordFile = file };
        Assert.Equal($"Cluster:MembersPasswordFile: {file} {fault}; name a file with the password of redis", Assert.Single(options.Validate("Cluster")));
    }

    private NodeConfiguration Base() => new()
    {
        Node = new() { DataDirectory = _folder.Make("data") },
        Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero },
        Throttle = InboundRig.NoThrottle,
        Admin = new() { Listen = null },
    };

    private NodeConfiguration Prepare(string what) => what switch
    {
        "an address of another machine" => Base() with { Smtp = new() { Listen = [new(NotHere, 2525)] } },
        "an admin address of another machine" => Base() with { Admin = new() { Listen = new(NotHere, 8025), TokenFile = Token() } },
        "a name server's address of another machine" => Base() with { Trust = new() { Zone = "list.throttle-mx.test", DnsListen = ["192.0.2.1:5353"] } },
        "a source address of another machine" => Base() with { Relay = new() { SourceAddresses = [NotHere] } },
        "a guard's certificate" => Exchange(_pki, guard: true),
        "an expired certificate" => Exchange(_pki, at: TimeProvider.System.GetUtcNow().AddDays(-20)),
        "a cluster's authority of another name" => Cluster(name: "others"),
        "a cluster's certificate that expired" => Cluster(at: TimeProvider.System.GetUtcNow().AddDays(-20)),
        "a cluster's key that is none" => Cluster(spoilKey: true),
        "data of a newer program" => WithFile("format", "throttlenet-data 2\n"),
        "data with a damaged version" => WithFile("format", "gibberish"),
        _ => WithQueueOf(version: 2),
    };

    private NodeConfiguration Exchange(TestPki pki, bool guard = false, DateTimeOffset? at = null)
    {
        var (certificate, key) = pki.Issue("node", "acme", at: at, guard: guard);
        return Base() with { Throttle = new(), Exchange = new() { Listen = new(IPAddress.Loopback, 0), Certificate = certificate, Key = key, Authority = pki.Authority } };
    }

    private NodeConfiguration Cluster(string name = "relays", DateTimeOffset? at = null, bool spoilKey = false)
    {
        var (certificate, key) = _cluster.Issue("node", "acme", at: at);
        if (spoilKey)
        {
            File.WriteAllText(key, "no key");
        }

        return Base() with
        {
            Cluster = new()
            {
                Name = name,
                Listen = new(IPAddress.Loopback, Ports.Free()),
                Members = $"file:{_folder.File("members")}",
                Certificate = certificate,
                Key = key,
                Authority = _cluster.Authority,
            },
        };
    }

    private NodeConfiguration WithFile(string name, string content)
    {
        var configuration = Base();
        File.WriteAllText(Path.Combine(configuration.Node.DataDirectory, name), content);
        return configuration;
    }

    private NodeConfiguration WithQueueOf(int version)
    {
        var configuration = Base();
        var folder = Directory.CreateDirectory(Path.Combine(configuration.Node.DataDirectory, SpoolServices.Folder)).FullName;
        Span<byte> header = stackalloc byte[Segment.HeaderLength];
        var segment = Segment.Create(folder, 1, 1);
        segment.WriteHeader(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], RecordFrame.Sum(0, header[..16]));
        File.WriteAllBytes(segment.Path, header.ToArray());
        return configuration;
    }

    private string Token()
    {
        var file = _folder.File("token");
        File.WriteAllText(file, new string('t', 40));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
