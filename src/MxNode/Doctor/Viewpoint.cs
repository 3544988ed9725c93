using System.Net;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>From where the doctor looks: the configuration it was given, and this machine.</summary>
internal sealed record Viewpoint
{
    /// <summary>What the certificate of this relay names; null if other relays do not know this node as a relay.</summary>
    public SubjectAltNames? Certificate { get; init; }

    /// <summary>Asks the running node for its peers; null when it does not answer.</summary>
    public Func<CancellationToken, Task<ExchangeReport?>> PeersAsync { get; init; } = _ => Task.FromResult<ExchangeReport?>(null);

    /// <summary>This node's section <c>Guard</c>.</summary>
    public GuardOptions Guard { get; init; } = new();

    /// <summary>Asks the running node, or the guard, what the network knows of an address; null when it does not answer.</summary>
    public Func<IPAddress, CancellationToken, Task<SightingReport?>> AskAsync { get; init; } = (_, _) => Task.FromResult<SightingReport?>(null);

    /// <summary>Octets of the largest message that this node takes (<c>Smtp:MaxMessageSize</c>).</summary>
    public long MaxMessageSize { get; init; } = long.MaxValue;

    /// <summary>The magic MX that is assumed to be published; null: the records are checked as they are.</summary>
    public string? AsIf { get; init; }

    /// <summary>Gives this machine's addresses.</summary>
    public Func<IEnumerable<IPAddress>> Addresses { get; init; } = OwnAddresses.OfInterfaces;
}
