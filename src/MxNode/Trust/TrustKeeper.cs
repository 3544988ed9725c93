using System.Threading.Channels;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// Keeps the book in step with the logs on disk, the clock and the DNS: folds again when a log has changed or something is due,
/// and publishes. What a command appends is seen within a second, what comes from a peer at once.
/// </summary>
internal sealed class TrustKeeper(
    TrustStore store, TrustOptions options, HostAddresses addresses, TrustPublisher publisher, TimeProvider clock, ILogger<TrustKeeper> log)
    : BackgroundService
{
    /// <summary>How often the files are looked at: their lengths and times, nothing is read.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often host names are resolved again: hosts move seldom, and the DNS is not to be worn out.</summary>
    private static readonly TimeSpan NameInterval = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly LogReport _report = new(store, log);
    private FoldedList _list = FoldedList.Empty;
    private Task _resolving = Task.CompletedTask;
    private string _seen = "";
    private DateTimeOffset _namesDue;
    private int _looks;

    /// <summary>The logs were read anew.</summary>
    public event Action? Reloaded;

    /// <summary>The list as last folded.</summary>
    public FoldedList List => Volatile.Read(ref _list);

    /// <summary>How often it has looked, so that an observer knows when a change has been seen: two looks later.</summary>
    public int Looks => Volatile.Read(ref _looks);

    /// <summary>Makes it look now.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Reads the logs before the node serves anybody; the names follow.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Reload();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = clock.CreateTimer(_ => Wake(), null, LookInterval, LookInterval);
        do
        {
            if (!IsDue())
            {
                publisher.Confirm();
            }
            else
            {
                Reload();
            }

            if (_namesDue <= clock.GetUtcNow() && _resolving.IsCompleted)
            {
                // Beside the looks: a slow DNS must not keep a revocation waiting.
                _resolving = ResolveAsync(stoppingToken);
            }

            Interlocked.Increment(ref _looks);
        }
        while (await _wakes.Reader.ReadAsync(stoppingToken));
    }

    private bool IsDue()
    {
        try
        {
            return store.Stamp() != _seen || List.NextChange <= clock.GetUtcNow();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading will say what is wrong.
            return true;
        }
    }

    private void Reload()
    {
        // Stamped before reading: a change in between is seen at the next look. Noted after it: a failing disk is tried again.
        string stamp;
        TrustState state;
        try
        {
            stamp = store.Stamp();
            state = TrustState.Load(store, options.Roots, clock.GetUtcNow());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.Failed(exception);
            return;
        }

        _report.Tell(state);
        Volatile.Write(ref _list, state.List);
        _namesDue = state.List.HostNames.All(addresses.Knows) ? _namesDue : clock.GetUtcNow();
        var entries = publisher.Publish(() => List);
        publisher.Confirm();
        log.Folded(entries, state.Logs.Count, state.List.Delegations.Count);
        _seen = stamp;
        Reloaded?.Invoke();
    }

    private async Task ResolveAsync(CancellationToken cancel)
    {
        _namesDue = clock.GetUtcNow() + NameInterval;
        var wanted = List.HostNames.ToHashSet();
        try
        {
            await addresses.ResolveAsync(wanted, cancel);
        }
        catch (OperationCanceledException)
        {
            return; // stopping
        }

        if (wanted.Count > 0)
        {
            publisher.Publish(() => List);
        }
    }
}
