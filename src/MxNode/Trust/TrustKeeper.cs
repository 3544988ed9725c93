using System.Net;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// Keeps the book in step with the logs on disk, the clock and the DNS: folds again when a log has changed or something is due,
/// swaps the index, and exports. Whoever appends to the store, a command or a peer, is seen within a second.
/// </summary>
internal sealed class TrustKeeper(
    TrustBook book, TrustStore store, TrustOptions options, NameConfirmer names, TrustExporter exporter, TimeProvider clock, ILogger<TrustKeeper> log)
    : BackgroundService
{
    /// <summary>How often the files are looked at: their lengths and times, nothing is read.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often host names are resolved again: hosts move seldom, and the DNS is not to be worn out.</summary>
    private static readonly TimeSpan NameInterval = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _addresses = [];
    private readonly Queue<string> _unresolved = [];
    private FoldedList _list = FoldedList.Empty;
    private string _seen = "";
    private DateTimeOffset _namesDue;
    private int _looks;

    /// <summary>The list as last folded.</summary>
    public FoldedList List => Volatile.Read(ref _list);

    /// <summary>How often it has looked, so that an observer knows when a change has been seen: two looks later.</summary>
    public int Looks => Volatile.Read(ref _looks);

    /// <summary>Reads the logs before the node serves anybody; the names follow.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Reload();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, clock);
        do
        {
            if (!IsDue())
            {
                book.Confirm();
            }
            else
            {
                Reload();
            }

            if (_namesDue <= clock.GetUtcNow())
            {
                NoteNames();
            }

            await ResolveAsync(stoppingToken);

            Interlocked.Increment(ref _looks);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
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

        Report(state);
        Volatile.Write(ref _list, state.List);
        _namesDue = state.List.HostNames.All(_addresses.ContainsKey) ? _namesDue : clock.GetUtcNow();
        Publish();
        book.Confirm();
        log.Folded(book.Index.Count, state.Logs.Count, state.List.Delegations.Count);
        _seen = stamp;
    }

    private void Report(TrustState state)
    {
        foreach (var (author, reading) in state.Logs)
        {
            foreach (var fault in reading.Faults)
            {
                log.Damaged(store.LogPath(author), fault);
            }

            if (reading.Torn is { } torn)
            {
                log.Torn(store.LogPath(author), torn);
            }
        }

        foreach (var fork in state.List.Forks)
        {
            log.Forked(fork);
        }
    }

    private void NoteNames()
    {
        _namesDue = clock.GetUtcNow() + NameInterval;
        var wanted = List.HostNames.ToHashSet();
        foreach (var gone in _addresses.Keys.Where(name => !wanted.Contains(name)).ToList())
        {
            _addresses.Remove(gone);
        }

        _unresolved.Clear();
        foreach (var name in wanted.OrderBy(_addresses.ContainsKey))
        {
            _unresolved.Enqueue(name);
        }
    }

    /// <summary>Resolves for a while, and the rest after the next look: a slow DNS must not keep a revocation waiting.</summary>
    private async Task ResolveAsync(CancellationToken cancel)
    {
        var from = clock.GetTimestamp();
        while (clock.GetElapsedTime(from) < LookInterval && _unresolved.TryDequeue(out var name))
        {
            var confirmation = await names.ConfirmAsync(name, cancel);
            if (confirmation.Complete && confirmation.Confirmed.Count == 0)
            {
                log.Unconfirmed(name);
            }

            // While the DNS is silent, what it said last stays.
            if (confirmation.Complete || !_addresses.ContainsKey(name))
            {
                _addresses[name] = confirmation.Confirmed;
            }

            if (_unresolved.Count == 0)
            {
                Publish();
            }
        }
    }

    private void Publish()
    {
        book.Replace(ListIndex.Build(TrustServices.LocalEntries(options), List, name => _addresses.GetValueOrDefault(name) ?? []));
        exporter.Export(book.Index);
    }
}
