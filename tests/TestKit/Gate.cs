namespace ThrottleNet.TestKit;

/// <summary>Where the other side waits until the test has looked around.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Somebody has come to the gate.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open() => _open.TrySetResult();

    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A next hop that says its line when the gate is open.</summary>
    public HopAction ThenSay(string line) => new(
        $"waits and says {line}",
        async link =>
        {
            await PassAsync();
            await link.SayAsync(line + "\r\n");
        },
        line[0] is '2' or '3');
}
