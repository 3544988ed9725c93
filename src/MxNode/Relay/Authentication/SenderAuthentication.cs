using System.Collections.Concurrent;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>What the sender checks of a node share. Thread-safe.</summary>
internal sealed class SenderAuthentication(IDnsResolver dns, AuthenticationSettings settings, AuthenticationMetrics metrics, TimeProvider clock) : IDisposable
{
    // Each holds at most WholeMost octets.
    private const int WholeTexts = 4;

    // Destinations remembered.
    private const int MostDestinations = 4096;

    private readonly ConcurrentDictionary<string, bool> _knowing = new();

    public IDnsResolver Dns => dns;

    public AuthenticationSettings Settings => settings;

    public AuthenticationMetrics Metrics => metrics;

    public TimeProvider Clock => clock;

    /// <summary>Bounds the large texts that are in memory as a whole at a time. Taken for memory and the processor, never while the DNS is asked.</summary>
    public SemaphoreSlim Places { get; } = new(WholeTexts);

    /// <summary>The check of one transaction's sender; null where there is none: it is switched off, or this node is the sender. Does no I/O.</summary>
    public SenderCheck? Begin(ClientFacts client, MailCommand mail) =>
        settings.Mode == AuthenticationMode.Off || client.IsNodeItself ? null : new SenderCheck(this, client, mail);

    /// <summary>Whether the last session with a destination learned the client's address by XCLIENT.</summary>
    public bool KnowsClients(Destination destination) => _knowing.GetValueOrDefault(destination.Key);

    /// <summary>Remembers whether a session with a destination learned the client's address.</summary>
    public void NoteSession(Destination destination, bool knowsClient)
    {
        // Most sessions change nothing. Counting a ConcurrentDictionary takes all its locks.
        if (_knowing.TryGetValue(destination.Key, out var known) && known == knowsClient)
        {
            return;
        }

        if (_knowing.Count >= MostDestinations)
        {
            _knowing.Clear();
        }

        _knowing[destination.Key] = knowsClient;
    }

    public void Dispose() => Places.Dispose();
}
