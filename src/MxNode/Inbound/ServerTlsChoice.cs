using System.Globalization;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The certificates of STARTTLS. A client that names a host (SNI; RFC 6066, section 3) gets the first one for that name; any other client gets the first one of all.</summary>
/// <param name="All">At least one; the first is that of <c>Smtp:Certificate</c>, if it can be read.</param>
internal sealed record ServerTlsChoice(IReadOnlyList<ServerTls> All)
{
    /// <summary>The certificate for a client.</summary>
    /// <param name="host">The host that the client names, in Unicode or in A-labels; "" for none.</param>
    public ServerTls For(string host)
    {
        var name = ToAscii(host).ToLowerInvariant();
        return All.FirstOrDefault(tls => tls.IsFor(name)) ?? All[0];
    }

    // The client sends an internationalized name in A-labels, as certificates have it (RFC 6066, section 3). The framework decodes it into Unicode.
    private static string ToAscii(string host)
    {
        try
        {
            return new IdnMapping().GetAscii(host);
        }
        catch (ArgumentException)
        {
            return host;
        }
    }
}
