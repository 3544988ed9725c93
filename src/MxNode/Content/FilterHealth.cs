namespace ThrottleNet.MxNode.Content;

/// <summary>
/// Whether a filter works: a failure is logged once, and so is the recovery. A filter that hangs would make each session wait for its
/// timeout; so only one session every <see cref="ProbeInterval"/> asks it, until it answers again.
/// </summary>
internal sealed class FilterHealth(string filter, ContentOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private bool _isDown;
    private bool _hangs;
    private long _askedAt;

    public bool IsDown
    {
        get
        {
            lock (_lock)
            {
                return _isDown;
            }
        }
    }

    /// <summary>Whether to ask the filter now.</summary>
    public bool MayAsk()
    {
        lock (_lock)
        {
            if (_hangs && time.GetElapsedTime(_askedAt) < ProbeInterval)
            {
                return false;
            }

            _askedAt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>The filter has answered.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            _hangs = false;
        }
    }

    /// <summary>The filter has decided on a message or a client.</summary>
    public void Worked()
    {
        lock (_lock)
        {
            if (_isDown)
            {
                _isDown = false;
                ContentLog.Recovered(logger, filter);
            }
        }
    }

    public void Failed(FilterException failure)
    {
        lock (_lock)
        {
            _hangs |= failure.Fault == FilterFault.TimedOut;
            _askedAt = time.GetTimestamp();
            if (!_isDown)
            {
                _isDown = true;
                ContentLog.Failed(logger, filter, failure.Message, options.PassesUnchecked ? "passes unchecked" : "is deferred with 451");
            }
        }
    }
}
