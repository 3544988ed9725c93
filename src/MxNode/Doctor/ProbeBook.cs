using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Calls each mail server once for all checks.</summary>
internal sealed class ProbeBook(SmtpProbe probe, OwnIdentity self)
{
    private readonly ConcurrentDictionary<(string Host, IPEndPoint EndPoint), Lazy<Task<ProbeReport>>> _calls = new();

    /// <summary>Calls a relay as a sender does. The sender names itself by its address, because a relay refuses its own name.</summary>
    /// <param name="magic">The magic name that led to it.</param>
    /// <param name="endPoint">Where it is called.</param>
    /// <param name="recipient">The recipient of the trial; null: none.</param>
    /// <param name="cancel">The deadline.</param>
    public Task<ProbeReport> CallRelayAsync(string magic, IPEndPoint endPoint, Mailbox? recipient, CancellationToken cancel) =>
        OnceAsync(magic, endPoint, () => probe.CallAsync(magic, endPoint, null, recipient, cancel));

    /// <summary>Calls a real MX as this node does, without a trial.</summary>
    /// <param name="host">The MX's name.</param>
    /// <param name="endPoint">Where it is called.</param>
    /// <param name="cancel">The deadline.</param>
    public Task<ProbeReport> CallServerAsync(string host, IPEndPoint endPoint, CancellationToken cancel) =>
        OnceAsync(host, endPoint, () => probe.CallAsync(host, endPoint, self.HostName, null, cancel));

    private Task<ProbeReport> OnceAsync(string host, IPEndPoint endPoint, Func<Task<ProbeReport>> call) =>
        _calls.GetOrAdd((host, endPoint), _ => new Lazy<Task<ProbeReport>>(call)).Value;
}
