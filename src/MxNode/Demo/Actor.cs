using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>One sender in the demo, and a count of its messages by outcome.</summary>
/// <param name="name">What people call it, e.g. "a spammer".</param>
/// <param name="address">The source address of all its connections.</param>
/// <param name="does">What it does, in a few words.</param>
/// <param name="promised">The outcome that the network promises, in a few words.</param>
/// <param name="kept">Tells whether the counts are the promised ones.</param>
/// <param name="acts">Sends the messages, and reports each outcome to <see cref="Note"/>.</param>
internal sealed class Actor(string name, IPAddress address, string does, string promised, Func<Actor, bool> kept, Func<Actor, CancellationToken, Task> acts)
{
    private readonly ConcurrentDictionary<string, int> _reasons = new();
    private int _sent;
    private int _delivered;
    private int _deferred;
    private int _refused;

    public string Name => name;

    public IPAddress Address => address;

    public string Does => does;

    public string Promised => promised;

    public bool Kept => kept(this);

    /// <summary>Attempts so far, whatever came of them.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Attempts that were answered 250.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Attempts that were answered 4xx, or ended by a closed connection.</summary>
    public int Deferred => Volatile.Read(ref _deferred);

    /// <summary>Attempts that were answered 5xx.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>The most frequent reply among the attempts that were not delivered; empty if there are none.</summary>
    public string Why => _reasons.OrderByDescending(r => r.Value).Select(r => r.Key).FirstOrDefault("");

    public bool IsDone { get; private set; }

    public async Task ActAsync(CancellationToken cancel)
    {
        await acts(this, cancel);
        IsDone = true;
    }

    /// <summary>Counts one attempt.</summary>
    /// <param name="reply">The reply that decided it; null if the server closed the connection instead.</param>
    public void Note(SmtpReply? reply)
    {
        Interlocked.Increment(ref _sent);
        if (reply is { IsPositive: true })
        {
            Interlocked.Increment(ref _delivered);
            return;
        }

        _ = reply is { IsPermanent: true } ? Interlocked.Increment(ref _refused) : Interlocked.Increment(ref _deferred);
        _reasons.AddOrUpdate(reply?.ToString() ?? "connection closed", 1, (_, count) => count + 1);
    }
}
