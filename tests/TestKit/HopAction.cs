namespace ThrottleNet.TestKit;

/// <summary>What a <see cref="ScriptedHop"/> does at a step instead of the usual reply.</summary>
internal sealed record HopAction(string Name, Func<HopLink, Task> Do, bool IsPositive = false)
{
    /// <summary>Closes the connection with a FIN.</summary>
    public static readonly HopAction HangUp = new("hangs up", _ => throw new OperationCanceledException());

    /// <summary>Resets the connection.</summary>
    public static readonly HopAction Vanish = new("vanishes", link =>
    {
        link.Vanish();
        throw new OperationCanceledException();
    });

    /// <summary>Sends nothing more and keeps the connection open.</summary>
    public static readonly HopAction Stall = new("stalls", _ => Task.CompletedTask);

    /// <summary>Sends a line and a CRLF as its reply to the step.</summary>
    public static HopAction Say(string line) => Raw(line + "\r\n", line[0] is '2' or '3');

    /// <summary>Sends octets as they are.</summary>
    public static HopAction Raw(string text, bool isPositive = false) => new($"says {text.TrimEnd()}", link => link.SayAsync(text), isPositive);

    /// <summary>Sends a line and closes the connection.</summary>
    public static HopAction SayAndHangUp(string line) => new(
        $"says {line} and hangs up",
        async link =>
        {
            await link.SayAsync(line + "\r\n");
            throw new OperationCanceledException();
        },
        line[0] == '2');

    public async Task<bool> RunAsync(HopLink link, TaskCompletionSource stalled, CancellationToken stop)
    {
        if (ReferenceEquals(this, Stall))
        {
            stalled.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }

        await Do(link);
        return IsPositive;
    }

    public override string ToString() => Name;
}
