namespace ThrottleNet.Protocol.Grpc;

/// <summary>What ends a call early: its deadline, a token, or its owner. One token for all, which also tells which it was.</summary>
public sealed class GrpcCallEnd : IDisposable
{
    // The longest time a timer takes; a deadline beyond it, 49 days, is none.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _any;

    public GrpcCallEnd(TimeSpan? timeout, TimeProvider time, params ReadOnlySpan<CancellationToken> tokens)
    {
        _deadline = timeout < LongestTimer ? new CancellationTokenSource(timeout.Value, time) : new CancellationTokenSource();
        _any = CancellationTokenSource.CreateLinkedTokenSource([_deadline.Token, .. tokens]);
        Token = _any.Token;
    }

    public CancellationToken Token { get; }

    public bool DeadlinePassed => _deadline.IsCancellationRequested;

    /// <summary>Cancels the token. Safe to repeat.</summary>
    public void Cancel()
    {
        if (!Token.IsCancellationRequested)
        {
            _any.Cancel();
        }
    }

    public void Dispose()
    {
        _any.Dispose();
        _deadline.Dispose();
    }
}
