using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>
/// A small internet with a node, a Postfix as real MX of several domains, a validating unbound, a signed zone secure.test, and a web server with the MTA-STS
/// policies of policy.test and others. The authority is the only one that the node trusts.
/// </summary>
internal sealed class PolicyWorld : IAsyncDisposable
{
    public const string Mx = "mail.secure.test", Relay = "throttle-mx.secure.test";

    /// <summary>NAME.test has an MTA-STS record, and the web server has its policy, once it is published.</summary>
    private static readonly string[] PolicyNames = ["policy", "listed", "nomagic", "noreal", "testing", "modenone", "badcert", "unreachable", "badrecord"];

    private static readonly IPAddress NodeAddress = IPAddress.Parse("10.77.0.1"), MxAddress = IPAddress.Parse("10.77.0.2"), SenderAddress = IPAddress.Parse("10.77.0.3");

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _folder = new();
    private NameServer _names = null!;
    private WebServer? _web;

    private PolicyWorld()
    {
        Certificate = Authority.Issue(Mx, "mail-ta.secure.test");
        RelayCertificate = Authority.Issue(Relay);
        foreach (var (name, certificate) in new[] { ("mx", Certificate), ("self", SelfSigned), ("web", Authority.Issue([.. PolicyNames.Select(name => $"mta-sts.{name}.test")])), ("relay", RelayCertificate) })
        {
            _folder.Write($"{name}.pem", Authority.ChainPem(certificate));
            _folder.Write($"{name}.key", WebAuthority.KeyPem(certificate));
        }

        _folder.Write("self.pem", SelfSigned.ExportCertificatePem() + "\n");
        _folder.Write("root.pem", Authority.Root.ExportCertificatePem() + "\n");
    }

    public WebAuthority Authority { get; } = new();

    /// <summary>The MX has this certificate, until <see cref="UseCertificateAsync"/>.</summary>
    public X509Certificate2 Certificate { get; }

    public X509Certificate2 SelfSigned { get; } = WebAuthority.SelfSigned(Mx);

    public X509Certificate2 RelayCertificate { get; }

    public NetworkHost NodeHost { get; private set; } = null!;

    public NetworkHost SenderHost { get; private set; } = null!;

    public NetworkHost MxHost { get; private set; } = null!;

    public NodeProcess Node { get; private set; } = null!;

    public PostfixInstance Destination { get; private set; } = null!;

    public IEnumerable<string> PolicyRequests => _web!.Requests;

    public static async Task<PolicyWorld> StartAsync(params string[] nodeSettings)
    {
        var world = new PolicyWorld();
        var network = await TestNetwork.CreateAsync();
        world._parts.Push(network);
        world.NodeHost = await network.AddAsync(NodeAddress);
        world.MxHost = await network.AddAsync(MxAddress);
        world.SenderHost = await network.AddAsync(SenderAddress);
        world._parts.Push(world._names = await NameServer.StartAsync(network, world.Names(), "3.0 PTR sender.people.test.\n", world.Zone()));
        await world.UseCertificateAsync("mx");
        await world.UseRelayCertificateAsync("relay");
        world._parts.Push(world.Destination = await PostfixInstance.StartDestinationAsync(
            world.MxHost,
            Mx,
            "someone@good.secure.test",
            NodeAddress,
            guard: null,
            "virtual_mailbox_domains = static:all",
            "virtual_mailbox_maps = static:inbox/",
            "smtpd_tls_security_level = may",
            "smtpd_tls_loglevel = 1",
            $"smtpd_tls_chain_files = {world.File("current.key")} {world.File("current.pem")}"));
        await world.StartWebAsync();
        await world.StartNodeAsync(nodeSettings);
        return world;
    }

    /// <summary>A file of the world's: mx.pem, mx.key, self.pem, self.key, root.pem and others.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>The MX has another certificate from now on.</summary>
    /// <param name="name">mx or self.</param>
    public async Task UseCertificateAsync(string name)
    {
        Copy(name, "current");
        if (Destination is not null)
        {
            await Destination.ReloadAsync();
        }
    }

    /// <summary>The relay has another certificate from now on.</summary>
    /// <param name="name">relay or self.</param>
    public async Task UseRelayCertificateAsync(string name)
    {
        Copy(name, "relay-current");
        if (Node is not null)
        {
            await Node.ReloadAsync();
        }
    }

    /// <summary>Publishes a policy.</summary>
    public void Publish(string policy, string domain = "policy.test") => System.IO.File.WriteAllText(Path.Combine(_folder.Make($"web/mta-sts.{domain}/.well-known"), "mta-sts.txt"), policy);

    /// <summary>Publishes another id of that policy, and waits until the resolver gives it.</summary>
    public async Task PublishIdAsync(int id)
    {
        var record = string.Create(CultureInfo.InvariantCulture, $"\"v=STSv1; id={id};\"");
        await _names.ChangeAsync(line => line.StartsWith("_mta-sts.policy", StringComparison.Ordinal) ? $"_mta-sts.policy 1 TXT {record}" : line);
        await Eventually.HoldsAsync("the new id", async () =>
            (await Tool.RunAsync("dig", ["+short", "+time=1", "+tries=1", $"@{TestNetwork.ResolverAddress}", "_mta-sts.policy.test", "TXT"], host: NodeHost)).Output.Contains(record, StringComparison.Ordinal));
    }

    /// <summary>The web server fails from now on.</summary>
    public async Task StopWebAsync()
    {
        await _web!.DisposeAsync();
        _web = null;
    }

    public async Task StartWebAsync(string certificate = "web") =>
        _web = await WebServer.StartAsync(MxHost, MxAddress, _folder.File("web"), File($"{certificate}.pem"), File($"{certificate}.key"));

    public async Task StartNodeAsync(params string[] settings) => _parts.Push(Node = await NodeProcess.StartUnderAsync(Trusting(), _folder, NodeHost, Settings(settings)));

    /// <summary>Runs the doctor on the relay, with its configuration: the report in JSON.</summary>
    public async Task<JsonElement> ExamineAsync(string domain)
    {
        string[] command = [.. Trusting(), .. NodeCommandLine.Command, "doctor", domain, "--json", "--config", File("node.json"), .. Settings([]).SelectMany(setting => new[] { "--set", setting })];
        var result = await Tool.RunAsync(command[0], command[1..], host: NodeHost);
        Assert.True(result.ExitCode is 0 or 1, result.ToString());
        return JsonElement.Parse(result.Output);
    }

    /// <summary>Sends a message to a domain through the node. Gives the last reply to it: the line of swaks that has it.</summary>
    public async Task<string> SendAsync(string domain)
    {
        var result = await Tool.RunAsync("swaks", ["--server", NodeAddress.ToString(), "--from", "friend@people.test", "--to", $"someone@{domain}", "--helo", "sender.people.test"], host: SenderHost);
        return result.Output.Split('\n').Last(line => line.StartsWith('<') && !line.Contains(" 221 ", StringComparison.Ordinal)).TrimStart('<', '-', '*', ' ');
    }

    /// <summary>What the node's log line says of the last session: TLS demanded and reached.</summary>
    public async Task<(string Demanded, string Reached)> LastTlsAsync(int sessions)
    {
        await Eventually.HoldsAsync("the session's line", () => Node.Log.Count(line => line.EventId == 1000) >= sessions);
        var state = Node.Log.Last(line => line.EventId == 1000).State;
        return (state["TlsDemanded"], state["TlsReached"]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
        {
            await _web.DisposeAsync();
        }

        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    // The world's authority is the only one that the program trusts.
    private string[] Trusting() => ["env", $"SSL_CERT_FILE={File("root.pem")}", "SSL_CERT_DIR=/nonexistent"];

    private string[] Settings(string[] settings) =>
    [
        $"Smtp:Listen:0={NodeAddress}:25", "Relay:AllowPrivateDestinations=true", "Dns:TrustAd=true", $"Network:Names:0={Relay}",
        $"Smtp:Certificate={File("relay-current.pem")}", $"Smtp:Key={File("relay-current.key")}", "Relay:IdleTimeout=00:00:00.001", "Trust:Entries:0=10.77.0.0/24", .. settings,
    ];

    private void Copy(string from, string to)
    {
        foreach (var kind in new[] { "pem", "key" })
        {
            System.IO.File.Copy(File($"{from}.{kind}"), File($"{to}.{kind}"), overwrite: true);
        }
    }

    private static string Tlsa(string host, int usage, X509Certificate2 certificate) =>
        string.Create(CultureInfo.InvariantCulture, $"_25._tcp.{host} TLSA {usage} 1 1 {Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()))}\n");

    private string Names() => $"""
        sender.people A {SenderAddress}
        plain MX 0 {Relay}.
        plain MX 10 mail.plain
        mail.plain A {MxAddress}
        mail.badcert A {MxAddress}
        {string.Join('\n', PolicyNames.Select(PolicyRecords))}
        throttle-mx.plain A {NodeAddress}

        """ + Tlsa("mail.plain", 3, SelfSigned);

    private static string PolicyRecords(string name) => $"""
        {name} MX 0 {Relay}.
        {name} MX 10 {(name == "badcert" ? "mail.badcert.test" : Mx)}.
        mta-sts.{name} A {MxAddress}
        _mta-sts.{name} 1 TXT "v=STSv1; {(name == "badrecord" ? "" : "id=1;")}"
        """;

    // Each domain below secure.test has one MX of its own, at the same address.
    private SignedZone Zone()
    {
        var records = $"throttle-mx A {NodeAddress}\nmail A {MxAddress}\n" + Tlsa("throttle-mx", 3, RelayCertificate) + Tlsa("mail", 3, Certificate);
        foreach (var (name, tlsa) in new[] { ("good", Certificate), ("wrong", SelfSigned), ("bogus", Certificate), ("none", null) })
        {
            records += $"{name} MX 0 throttle-mx\n{name} MX 10 mx-{name}\nmx-{name} A {MxAddress}\n" + (tlsa is null ? "" : Tlsa($"mx-{name}", 3, tlsa));
        }

        // A record of a usage that mail does not know, and a name of the relay whose record is not of its certificate.
        records += $"unusable MX 0 throttle-mx\nunusable MX 10 mx-unusable\nmx-unusable A {MxAddress}\n" + Tlsa("mx-unusable", 1, Certificate);
        records += $"relaywrong MX 0 bad.throttle-mx\nrelaywrong MX 10 mx-good\nbad.throttle-mx A {NodeAddress}\n" + Tlsa("bad.throttle-mx", 3, SelfSigned);
        records += $"authority MX 0 throttle-mx\nauthority MX 10 mail-ta\nmail-ta A {MxAddress}\n" + Tlsa("mail-ta", 2, Authority.Root);
        return new SignedZone("secure.test", records)
        {
            // The record is another than the one that was signed.
            Poison = line => line.StartsWith("_25._tcp.mx-bogus.", StringComparison.Ordinal) && line.Contains("\tTLSA\t", StringComparison.Ordinal) && !line.Contains("RRSIG", StringComparison.Ordinal)
                ? line[..^8] + "00000000" : line,
        };
    }
}
