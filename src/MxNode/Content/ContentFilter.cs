using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Content;

/// <summary>One filter that the operator named: its connections, those in use and those kept, and its health.</summary>
internal sealed class ContentFilter : IDisposable
{
    // Connections kept open without a session, and for how long: enough for a burst, and less than any filter's own patience.
    private const int MaxKept = 16;
    private static readonly TimeSpan KeepTime = TimeSpan.FromSeconds(20);

    // The time a filter has to start another session on a kept connection, and the back-off after it failed to. No client waits for it.
    private static readonly TimeSpan KeepPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepRetry = TimeSpan.FromMinutes(10);

    private readonly FilterAddress _address;
    private readonly ContentOptions _options;
    private readonly long _maxBody;
    private readonly DescriptorBudget _descriptors;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;
    private readonly Stack<FilterConnection> _kept = new();
    private readonly Lock _lock = new();
    private readonly ITimer _sweep;
    private readonly ILogger _logger;
    private readonly HashSet<string> _impossible = [];
    private long? _keepsNoneSince;

    public ContentFilter(FilterAddress address, ContentOptions options, long maxBody, DescriptorBudget descriptors, TimeProvider time, ILogger<ContentFilter> logger)
    {
        _address = address;
        _options = options;
        _maxBody = maxBody;
        _descriptors = descriptors;
        _time = time;
        _slots = new SemaphoreSlim(options.MaxConnections);
        Health = new FilterHealth(address.Text, options, time, logger);
        _logger = logger;
        _sweep = time.CreateTimer(static filter => ((ContentFilter)filter!).CloseKept(KeepTime), this, KeepTime, KeepTime);
    }

    public string Name => _address.Text;

    public FilterHealth Health { get; }

    /// <summary>
    /// Takes one of the connections that may be open at a time. Before the first message only half of them are taken, and no client waits:
    /// clients that are slowed down before MAIL must not keep the filter from clients that send.
    /// </summary>
    /// <param name="early">No message is under way.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="gone">The client is gone.</param>
    /// <exception cref="FilterException">None was free in time.</exception>
    public async ValueTask<bool> TryReserveAsync(bool early, PhaseBudget budget, CancellationToken gone)
    {
        if (early)
        {
            return _slots.CurrentCount > _options.MaxConnections / 2 && _slots.Wait(0, CancellationToken.None);
        }

        using var late = new CancellationTokenSource(budget.Next(), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, gone);
        try
        {
            await _slots.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException e)
        {
            throw new FilterException(FilterFault.Busy, $"all {_options.MaxConnections} connections with it are in use (Content:MaxConnections)", e);
        }
    }

    /// <summary>Gives back what <see cref="TryReserveAsync"/> took.</summary>
    public void Release() => _slots.Release();

    /// <summary>A connection on which a client may be reported: a kept one, or a new one.</summary>
    /// <param name="fresh">Only a new one will do.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="gone">The client is gone.</param>
    /// <exception cref="FilterException">The filter does not answer.</exception>
    public async ValueTask<FilterConnection> ConnectAsync(bool fresh, PhaseBudget budget, CancellationToken gone)
    {
        while (!fresh && TakeKept() is { } kept)
        {
            if (!kept.IsStale())
            {
                kept.Bind(gone);
                return kept;
            }

            await kept.DisposeAsync();
        }

        return await FilterConnection.OpenAsync(_address, _maxBody, budget, _time, _descriptors, gone);
    }

    /// <summary>Ends a session with the filter; the connection is kept where the filter allows it.</summary>
    public async ValueTask ReturnAsync(FilterConnection connection)
    {
        var budget = new PhaseBudget(KeepPatience, KeepPatience, _time);
        if (connection.Protocol.Options is not { CanBeKept: true } || !MayKeep())
        {
            await connection.QuitAsync(budget);
        }
        else if (await connection.TryKeepAsync(budget, _time.GetTimestamp()))
        {
            lock (_lock)
            {
                _kept.Push(connection);
            }
        }
        else
        {
            lock (_lock)
            {
                _keepsNoneSince = _time.GetTimestamp();
            }

            await connection.DisposeAsync();
        }
    }

    /// <summary>Logs a change that this node cannot make, each kind of it once.</summary>
    public void ReportImpossible(string change)
    {
        lock (_lock)
        {
            if (_impossible.Add(change))
            {
                ContentLog.CannotBeDone(_logger, Name, change);
            }
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        CloseKept(TimeSpan.Zero);
        _slots.Dispose();
    }

    private bool MayKeep()
    {
        lock (_lock)
        {
            return _kept.Count < MaxKept && (_keepsNoneSince is not { } since || _time.GetElapsedTime(since) >= KeepRetry);
        }
    }

    private FilterConnection? TakeKept()
    {
        lock (_lock)
        {
            return _kept.TryPop(out var connection) ? connection : null;
        }
    }

    private void CloseKept(TimeSpan age)
    {
        List<FilterConnection> old;
        lock (_lock)
        {
            old = [.. _kept.Where(c => _time.GetElapsedTime(c.KeptAt) >= age)];
            var young = _kept.Except(old).Reverse().ToList();
            _kept.Clear();
            young.ForEach(_kept.Push);
        }

        foreach (var connection in old)
        {
            connection.DisposeAsync().AsTask().ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }
}
