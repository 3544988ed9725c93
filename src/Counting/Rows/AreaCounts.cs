namespace ThrottleNet.Counting;

/// <summary>The decayed counts of a site or region at one moment.</summary>
/// <param name="Newcomers">Fast count of attempts by hosts without standing, each retry as one.</param>
/// <param name="Waiting">Fast count of attempts by hosts that wait, see <see cref="Thinning"/>.</param>
/// <param name="Standing">Slow count of attempts by hosts with standing.</param>
/// <param name="Promoted">Slow count of hosts that were given standing.</param>
internal readonly record struct AreaCounts(float Newcomers, float Waiting, float Standing, float Promoted)
{
    /// <summary>Newcomers' attempts an hour.</summary>
    public float NewcomersPerHour => Newcomers * Decay.FastPerHour;

    /// <summary>Attempts an hour by hosts with standing.</summary>
    public float StandingPerHour => Standing * Decay.SlowPerDay / 24;

    /// <summary>Hosts given standing in a day.</summary>
    public float PromotedPerDay => Promoted * Decay.SlowPerDay;
}
