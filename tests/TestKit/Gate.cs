namespace ThrottleNet.TestKit;

/// <summary>Makes the code under test, or a scripted next hop, wait until the test opens the gate.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the other side waits at the gate.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open() => _open.TrySetResult();

    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A next hop's action: send a line once the gate is open.</summary>
    public HopAction ThenSay(string line) => new(
        $"waits and says {line}",
        async link =>
        {
            await PassAsync();
            await link.SayAsync(line + "\r\n");
        },
        line[0] is '2' or '3');
}
