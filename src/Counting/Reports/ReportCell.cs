namespace ThrottleNet.Counting;

/// <summary>What one operator reported about one block, decayed to the moment of its <see cref="ReportRow"/>.</summary>
/// <param name="Fast">Hosts: attempts, or bad recipients. Sites and regions: newcomers' attempts. Fast count.</param>
/// <param name="Waiting">Sites and regions: attempts of waiting hosts. Fast count.</param>
/// <param name="Slow">Hosts: as <paramref name="Fast"/>. Sites and regions: attempts of hosts with standing. Slow count.</param>
internal readonly record struct ReportCell(float Fast, float Waiting, float Slow)
{
    public static ReportCell operator +(in ReportCell left, in ReportCell right) =>
        new(left.Fast + right.Fast, left.Waiting + right.Waiting, left.Slow + right.Slow);

    public ReportCell Decayed(float fast, float slow) => new(Fast * fast, Waiting * fast, Slow * slow);
}
