namespace ThrottleNet.Simulation.Tests.Floods;

/// <summary>How long messages of one kind of sender took, in hours.</summary>
internal sealed class Delays
{
    private readonly List<double> _hours = [];

    public int Sent { get; set; }

    /// <summary>Messages that their server gave up on.</summary>
    public int Lost { get; set; }

    public double AtOnce => _hours.Count(h => h == 0) / (double)Sent;

    public double Slowest => _hours.Max();

    public void Add(double hours) => _hours.Add(hours);

    /// <summary>Hours; infinite if so many did not arrive.</summary>
    public double Percentile(double share)
    {
        _hours.Sort();
        var index = (int)Math.Ceiling(share * Sent) - 1;
        return index < _hours.Count ? _hours[index] : double.PositiveInfinity;
    }

    public override string ToString() =>
        $"{Sent} sent, {AtOnce:p1} at once, median {Percentile(0.5):f2} h, 90 % {Percentile(0.9):f2} h, slowest {Slowest:f2} h, {Lost} lost";
}
