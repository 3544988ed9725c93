using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What TLS was demanded of a next hop and what was reached, for logs and metrics.</summary>
/// <param name="Demanded"><see cref="TlsDemand.Word"/>.</param>
/// <param name="Reached">plain, encrypted, trusted, dane; "none" where no session was had.</param>
internal sealed record TlsReport(string Demanded, string Reached)
{
    /// <summary>No next hop was asked.</summary>
    public static readonly TlsReport None = new("none", "none");
}
