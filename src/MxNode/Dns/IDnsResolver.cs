using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Asks the DNS. An interface because the DNS is another process.</summary>
internal interface IDnsResolver
{
    /// <summary>
    /// The records of one kind at a name, aliases followed. It is cached, takes bounded time and never throws for what the
    /// network does; a name that cannot stand in the DNS does not exist.
    /// </summary>
    /// <param name="name">Canonical form: lower case, ASCII, no trailing dot.</param>
    /// <param name="type">The kind.</param>
    /// <param name="cancel">Ends this caller's wait only.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel);
}
