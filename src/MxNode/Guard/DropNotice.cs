using System.Net;
using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The last decision of a guard, or of an operator, about one host: it is dropped, or let in again.</summary>
/// <param name="Address">An address of the host; the decision holds for its whole block.</param>
/// <param name="At">When it was decided, milliseconds since 1970. The later decision about a host wins.</param>
/// <param name="Until">Until when the host is dropped, milliseconds since 1970; 0: it is let in.</param>
/// <param name="Forgives">An operator let it in, so that its counts are forgotten too.</param>
internal sealed record DropNotice(string Address, long At, long Until, bool Forgives)
{
    [JsonIgnore]
    public bool IsDrop => Until > 0;

    /// <summary>The address; null if it is not one.</summary>
    public IPAddress? Parse() => IPAddress.TryParse(Address, out var address) ? address : null;

    /// <summary>Whether this decision replaces another one about the same host.</summary>
    public bool Replaces(DropNotice? other) => other is null || At > other.At || (At == other.At && !IsDrop && other.IsDrop);

    public static DropNotice Of(DroppedHost host, TimeSpan dropTime) =>
        new(host.Address.ToString(), (host.Until - dropTime).ToUnixTimeMilliseconds(), host.Until.ToUnixTimeMilliseconds(), Forgives: false);
}
