namespace ThrottleNet.MxNode.Inbound;

/// <summary>The certificates of STARTTLS. A client that names a host (SNI; RFC 6066, section 3) gets the first one for that name; any other client gets the first one of all.</summary>
/// <param name="All">At least one; the first is that of <c>Smtp:Certificate</c>, if it can be read.</param>
internal sealed record ServerTlsChoice(IReadOnlyList<ServerTls> All)
{
    /// <summary>The certificate for a client.</summary>
    /// <param name="host">The host that the client names; "" for none.</param>
    public ServerTls For(string host)
    {
        var name = host.ToLowerInvariant();
        return All.FirstOrDefault(tls => tls.IsFor(name)) ?? All[0];
    }
}
