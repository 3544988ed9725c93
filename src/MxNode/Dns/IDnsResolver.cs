using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Asks the DNS. It is an interface because the DNS is outside this process.</summary>
internal interface IDnsResolver
{
    /// <summary>
    /// The records of one type at a name, aliases followed. Answers are cached. It takes bounded time and throws for no fault of the
    /// network; a text that cannot be a DNS name gives <see cref="DnsStatus.NameError"/>.
    /// </summary>
    /// <param name="name">Canonical form: lower case, ASCII, no trailing dot.</param>
    /// <param name="type">The record type.</param>
    /// <param name="cancel">Ends this caller's wait only.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel);

    /// <summary>As <see cref="QueryAsync"/>, but an answer cached more than some seconds ago is not used. Recursive servers may still use their own caches.</summary>
    /// <inheritdoc cref="QueryAsync"/>
    public ValueTask<DnsAnswer> QueryFreshAsync(string name, DnsType type, CancellationToken cancel) => QueryAsync(name, type, cancel);
}
