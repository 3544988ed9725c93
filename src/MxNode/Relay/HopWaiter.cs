namespace ThrottleNet.MxNode.Relay;

/// <summary>A transaction that waits for a place.</summary>
internal sealed class HopWaiter(HopPlace place)
{
    private readonly TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HopPlace Place => place;

    public Task Turn => _turn.Task;

    public void Grant() => _turn.SetResult();
}
