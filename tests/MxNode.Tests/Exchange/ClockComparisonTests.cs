using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class ClockComparisonTests
{
    private const int MaxSkew = 60_000;
    private const long TwoHours = 2 * 60 * 60 * 1000;

    [Fact]
    public void Without_a_neighbour_no_clock_is_wrong() => Assert.Null(ClockComparison.FaultOf([], MaxSkew));

    [Theory]
    [InlineData(TwoHours, "02:00:00 behind the clocks of neighbouring operators (2 of 3)")]
    [InlineData(-TwoHours, "02:00:00 ahead of the clocks of neighbouring operators (2 of 3)")]
    public void More_than_half_of_the_operators_show_that_this_clock_is_wrong(long ahead, string expected) =>
        Assert.Contains(expected, ClockComparison.FaultOf([("a", ahead), ("b", ahead), ("c", 20)], MaxSkew), StringComparison.Ordinal);

    [Fact]
    public void One_operator_with_many_nodes_has_one_vote() =>
        Assert.Null(ClockComparison.FaultOf([("liar", TwoHours), ("liar", TwoHours), ("liar", TwoHours), ("b", 0), ("c", -50)], MaxSkew));

    [Fact]
    public void Operators_that_differ_in_both_directions_show_nothing() =>
        Assert.Null(ClockComparison.FaultOf([("a", TwoHours), ("b", -TwoHours), ("c", 0)], MaxSkew));

    [Fact]
    public void A_difference_that_is_corrected_is_no_fault() => Assert.Null(ClockComparison.FaultOf([("a", MaxSkew), ("b", -MaxSkew)], MaxSkew));
}
