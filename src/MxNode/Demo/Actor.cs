using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>Somebody who sends mail in the demo, and what came of it.</summary>
/// <param name="name">Who.</param>
/// <param name="address">Where from.</param>
/// <param name="does">What they do, in a few words.</param>
/// <param name="promised">What is to come of it, for people.</param>
/// <param name="kept">Whether it did.</param>
/// <param name="acts">How they do it.</param>
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

    public int Sent => Volatile.Read(ref _sent);

    public int Delivered => Volatile.Read(ref _delivered);

    public int Deferred => Volatile.Read(ref _deferred);

    public int Refused => Volatile.Read(ref _refused);

    /// <summary>The reply that most of what did not pass has got.</summary>
    public string Why => _reasons.OrderByDescending(r => r.Value).Select(r => r.Key).FirstOrDefault("");

    public bool IsDone { get; private set; }

    public async Task ActAsync(CancellationToken cancel)
    {
        await acts(this, cancel);
        IsDone = true;
    }

    /// <summary>Counts one attempt and its end; no reply is a connection that was closed.</summary>
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
