namespace ThrottleNet.TestKit;

/// <summary>Waits for another program: repeats a check until it succeeds or a deadline passes.</summary>
internal static class Eventually
{
    /// <summary>The deadline of each wait in tests. It is far longer than any step takes, so that no test fails because the machine is slow.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>The deadline of programs that compute for a minute on a machine that does nothing else.</summary>
    public static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Calls <paramref name="look"/> until its result is not null, and returns that. Names <paramref name="what"/> in the exception at the deadline.</summary>
    public static async Task<T> FindAsync<T>(string what, Func<Task<T?>> look, TimeSpan? patience = null)
        where T : class
    {
        var from = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        do
        {
            if (await look() is { } found)
            {
                return found;
            }
        }
        while (TimeProvider.System.GetElapsedTime(from) < (patience ?? Patience) && await timer.WaitForNextTickAsync());

        throw new TimeoutException("waited in vain for " + what);
    }

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan? patience = null) =>
        FindAsync(what, async () => await condition() ? "yes" : null, patience);

    /// <inheritdoc cref="HoldsAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan? patience = null) =>
        FindAsync(what, () => Task.FromResult(condition() ? "yes" : null), patience);
}
