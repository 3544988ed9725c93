namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>Messages that passed, by simulated hour.</summary>
internal sealed class FloodTally(FloodNetwork network)
{
    private readonly Dictionary<long, int> _hours = [];

    /// <summary>A message passed now.</summary>
    public void Passed() => _hours[network.Passed / FloodNetwork.Hour] = InHour((int)(network.Passed / FloodNetwork.Hour)) + 1;

    /// <summary>Messages in an hour, counted from 0.</summary>
    public int InHour(int hour) => _hours.GetValueOrDefault(hour);

    /// <summary>Messages an hour, on average.</summary>
    /// <param name="from">The first hour.</param>
    /// <param name="until">The hour after the last.</param>
    public double PerHour(int from, int until) => Enumerable.Range(from, until - from).Average(InHour);
}
