using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How the node takes mail in. Every limit protects memory, sockets or patience; the doc comment says which.</summary>
internal sealed record SmtpOptions
{
    /// <summary>Where SMTP is spoken; none on a node that is only a guard, a direct map or a list in the DNS.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Loopback, 2525)];

    /// <summary>How long an untrusted client waits for the greeting; a client that sends before it is an early talker.</summary>
    [Reloadable]
    public TimeSpan GreetDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Octets of a message (RFC 1870), announced as SIZE. Set it to what the largest of the protected domains' own mail servers takes:
    /// a larger message is refused here.
    /// </summary>
    public long MaxMessageSize { get; init; } = 25 * 1024 * 1024;

    /// <summary>The most connections in all. The limits of descriptors and memory may allow fewer; the node says so when it starts.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Connections from one host block, so that one machine cannot hold all of them.</summary>
    [Reloadable]
    public int MaxConnectionsPerBlock { get; init; } = 50;

    /// <summary>Connections from one site (IPv4 /24), so that neighbouring hosts cannot hold all of them together.</summary>
    [Reloadable]
    public int MaxConnectionsPerSite { get; init; } = 500;

    /// <summary>Connections from one region (IPv4 /16).</summary>
    [Reloadable]
    public int MaxConnectionsPerRegion { get; init; } = 5000;

    /// <summary>Recipients of one transaction (RFC 5321, section 4.5.3.1.8 wants at least 100), announced by LIMITS RCPTMAX (RFC 9422).</summary>
    [Reloadable]
    public int MaxRecipients { get; init; } = 100;

    /// <summary>The error that closes the session: a client that errs so often is a script.</summary>
    [Reloadable]
    public int MaxErrors { get; init; } = 10;

    /// <summary>Commands between two messages that bring no mail nearer (NOOP, RSET, VRFY, HELP, EHLO again); a mail server needs a few.</summary>
    [Reloadable]
    public int MaxIdleCommands { get; init; } = 100;

    /// <summary>Silence before a command that closes the session (RFC 5321, section 4.5.3.2.7); shorter under pressure.</summary>
    [Reloadable]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Silence within a message's text that closes the session.</summary>
    [Reloadable]
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a whole text may take, however steadily it trickles: the largest message over a line of 64 kbit/s.</summary>
    [Reloadable]
    public TimeSpan TextTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What to do about CR or LF without the other in a message's text. In both cases none is ever passed on.</summary>
    [Reloadable]
    public BareLineEnds BareLineEnds { get; init; } = BareLineEnds.Normalise;

    /// <summary>Hosts that may name another client by XCLIENT.</summary>
    [Reloadable]
    public IReadOnlyList<IPNetwork> XClientFrom { get; init; } = [];

    /// <summary>Load balancers that must name the client by a PROXY header.</summary>
    [Reloadable]
    public IReadOnlyList<IPNetwork> ProxyFrom { get; init; } = [];

    /// <summary>PEM file of the STARTTLS certificate with its chain; null for a self-signed one made at the first start.</summary>
    [Reloadable]
    public string? Certificate { get; init; }

    /// <summary>PEM file of the certificate's key.</summary>
    [Reloadable]
    public string? Key { get; init; }

    /// <summary>
    /// Further certificates, each PEM file with that of its key. A client that names a host (SNI) gets the first certificate for that name: the node's
    /// own name, the magic name.
    /// </summary>
    [Reloadable]
    public IReadOnlyDictionary<string, string> Certificates { get; init; } = new Dictionary<string, string>();

    /// <summary>A page for deferred senders; it ends every 421 and 451 about rate. {address} and {id} are filled in (<see cref="HelpLink"/>).</summary>
    public string? HelpUrl { get; init; }

    /// <summary>Where this node serves such a page itself, by HTTP. <see cref="HelpUrl"/> then has address={address} and id={id} in its query.</summary>
    public IReadOnlyList<IPEndPoint>? HelpListen { get; init; }

    /// <summary>The endpoints of <see cref="HelpListen"/>; none by default.</summary>
    public IReadOnlyList<IPEndPoint> HelpEndPoints => HelpListen ?? [];

    public IEnumerable<string> Validate(string section)
    {
        foreach (var problem in HelpLink.Validate(HelpUrl, $"{section}:{nameof(HelpUrl)}"))
        {
            yield return problem;
        }

        foreach (var problem in HelpEndPoints.ValidateListen(section, nameof(HelpListen)))
        {
            yield return problem;
        }

        if (HelpEndPoints.Count > 0 && (HelpUrl is null || !HelpUrl.Contains("address={address}", StringComparison.Ordinal) || !HelpUrl.Contains("id={id}", StringComparison.Ordinal)))
        {
            yield return $"{section}:{nameof(HelpUrl)}: {(HelpUrl is null ? "is not set" : $"\"{HelpUrl}\" lacks address={{address}} or id={{id}}")}, so no sender would find the page of {nameof(HelpListen)}; set it to one like http://a.throttle-mx.example.net/?address={{address}}&id={{id}}";
        }

        foreach (var problem in Listen.ValidateListen(section))
        {
            yield return problem;
        }

        if (GreetDelay < TimeSpan.Zero || GreetDelay > TimeSpan.FromSeconds(60))
        {
            yield return $"{section}:GreetDelay: {GreetDelay} is out of range; clients give up later: set 00:00:00 to 00:01:00";
        }

        if (MaxMessageSize is < 65_536 or > 2L * 1024 * 1024 * 1024)
        {
            yield return $"{section}:MaxMessageSize: {MaxMessageSize} is out of range; set 65536 to 2147483648 octets";
        }

        foreach (var (name, value) in new[] { (nameof(MaxConnections), MaxConnections), (nameof(MaxConnectionsPerBlock), MaxConnectionsPerBlock), (nameof(MaxConnectionsPerSite), MaxConnectionsPerSite), (nameof(MaxConnectionsPerRegion), MaxConnectionsPerRegion), (nameof(MaxErrors), MaxErrors), (nameof(MaxIdleCommands), MaxIdleCommands) })
        {
            if (value < 1)
            {
                yield return $"{section}:{name}: {value} is out of range; set 1 or more";
            }
        }

        if (MaxRecipients is < 1 or > 1000)
        {
            yield return $"{section}:MaxRecipients: {MaxRecipients} is out of range; set 1 to 1000 (RFC 5321 wants at least 100)";
        }

        foreach (var (name, value) in new[] { (nameof(IdleTimeout), IdleTimeout), (nameof(DataTimeout), DataTimeout), (nameof(TextTimeout), TextTimeout) })
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(6))
            {
                yield return $"{section}:{name}: {value} is out of range; set 00:00:01 to 06:00:00";
            }
        }

        if (Certificate is null != Key is null)
        {
            yield return $"{section}:{(Certificate is null ? nameof(Certificate) : nameof(Key))}: is missing; set both Certificate and Key to PEM files, or neither";
        }

        foreach (var (name, file) in new[] { (nameof(Certificate), Certificate), (nameof(Key), Key) })
        {
            if (file is not null && !File.Exists(file))
            {
                yield return $"{section}:{name}: {file} does not exist; name a PEM file";
            }
        }

        if (Certificate is { } certificate && Key is { } key && File.Exists(certificate) && File.Exists(key) && CertificateFiles.WhatIsWrong(certificate, key) is { } fault)
        {
            yield return $"{section}:{nameof(Certificate)}: {certificate} and {key} are no certificate and its key ({fault}); correct the files";
        }

        foreach (var (further, itsKey) in Certificates)
        {
            if (CertificateFiles.WhatIsWrong(further, itsKey) is { } wrong)
            {
                yield return $"{section}:{nameof(Certificates)}: {further} and {itsKey} are no certificate and its key ({wrong}); correct the files";
            }
        }
    }
}
