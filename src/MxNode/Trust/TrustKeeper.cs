using System.Threading.Channels;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>
/// Keeps the book current with the logs on disk, the clock and the DNS: folds the logs again when one has changed or an entry
/// expires, and publishes the list. What a command appends is in force within a second, what comes from a peer at once.
/// </summary>
internal sealed class TrustKeeper : KeptService
{
    /// <summary>How often the files' lengths and times are compared. Their content is read only when these have changed.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often host names are resolved again: hosts move seldom, and each name costs several queries.</summary>
    private static readonly TimeSpan NameInterval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TrustStore _store;
    private readonly Live<TrustOptions> _options;
    private readonly HostAddresses _addresses;
    private readonly TrustPublisher _publisher;
    private readonly ILogger<TrustKeeper> _log;
    private readonly NodeHealth _nodeHealth;
    private readonly ComponentHealth _health;
    private readonly ComponentHealth _names;
    private readonly LogReport _report;
    private FoldedList _list = FoldedList.Empty;
    private Task _resolving = Task.CompletedTask;
    private string _readStamp = "";
    private TrustOptions? _foldedWith;
    private DateTimeOffset _namesDue;
    private long _lastLook = DateTimeOffset.MinValue.UtcTicks;

    public TrustKeeper(TrustStore store, HostAddresses addresses, TrustPublisher publisher, NodeHealth health, ILogger<TrustKeeper> log)
        : base("trusted list", health)
    {
        (_store, _addresses, _publisher, _log, _nodeHealth) = (store, addresses, publisher, log, health);
        _options = publisher.Options;
        _health = health.Of("trust logs", LookInterval, LongestPause);
        _names = health.Of("trusted host names", NameInterval, NameInterval);
        _report = new LogReport(store, log);
        _options.Changed += Wake;
    }

    /// <summary>Raised when the logs were read again.</summary>
    public event Action? Reloaded;

    /// <summary>The list as last folded.</summary>
    public FoldedList List => Volatile.Read(ref _list);

    /// <summary>When the last complete comparison of the files began.</summary>
    public DateTimeOffset LastLook => new(Volatile.Read(ref _lastLook), TimeSpan.Zero);

    /// <summary>Starts a comparison of the files now.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Reads the logs before the node serves clients. Host names are resolved afterwards.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Reload();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        await using var timer = Time.CreateTimer(_ => Wake(), null, LookInterval, LookInterval);
        do
        {
            await AttemptAsync(LookAsync, stopping);
        }
        while (await _wakes.Reader.ReadAsync(stopping));
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        var begun = Time.GetUtcNow();
        await DiskThread.RunAsync(Look).WaitAsync(stopping);
        if (_namesDue <= begun && _resolving.IsCompleted)
        {
            // Not awaited here: a slow DNS must not delay a revocation.
            _resolving = _nodeHealth.AttemptAsync(_names, ResolveAsync, stopping);
        }

        Volatile.Write(ref _lastLook, begun.UtcTicks);
    }

    // Waits for the disk. One at a time, and not while the node starts.
    private void Look()
    {
        if (_health.IsFailing ? _health.IsDue : IsChanged())
        {
            Reload();
        }
        else if (!_health.IsFailing)
        {
            _publisher.Confirm();
        }

        _publisher.RetryExports();
    }

    private bool IsChanged()
    {
        try
        {
            return _store.Stamp() != _readStamp || !ReferenceEquals(_foldedWith, _options.Current) || List.NextChange <= Time.GetUtcNow();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading the logs gives the reason.
            return true;
        }
    }

    private void Reload()
    {
        // The stamp is taken before reading, so that a change in between is found at the next look. It is kept only after reading, so
        // that a failed read is repeated.
        string stamp;
        TrustState state;
        var options = _options.Current;
        try
        {
            stamp = _store.Stamp();
            state = TrustState.Load(_store, options.Roots, Time.GetUtcNow());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (_health.Failed(exception.Message))
            {
                _log.Failed(OrdinaryFault.ReasonOf(exception), OrdinaryFault.TraceOf(exception));
            }

            return;
        }

        if (_health.Worked())
        {
            _log.ReadAgain();
        }

        _report.Report(state);
        Volatile.Write(ref _list, state.List);
        _namesDue = state.List.HostNames.All(_addresses.Knows) ? _namesDue : Time.GetUtcNow();
        var entries = _publisher.Publish(() => List);
        _publisher.Confirm();
        _log.Folded(entries, state.Logs.Count, state.List.Delegations.Count);
        (_readStamp, _foldedWith) = (stamp, options);
        Reloaded?.Invoke();
    }

    private async Task ResolveAsync(CancellationToken cancel)
    {
        _namesDue = Time.GetUtcNow() + NameInterval;
        var wanted = List.HostNames.ToHashSet();
        await _addresses.ResolveAsync(wanted, cancel);
        if (wanted.Count > 0)
        {
            _publisher.Publish(() => List);
        }
    }
}
