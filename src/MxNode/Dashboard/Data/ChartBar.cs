namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>A bar of a chart. Public, because parameters of Razor components are.</summary>
/// <param name="Label">The time that it begins at.</param>
/// <param name="Parts">From the bottom up; the same parts in each bar of a chart.</param>
public sealed record ChartBar(string Label, IReadOnlyList<BarPart> Parts)
{
    public long Total => Parts.Sum(part => part.Count);
}
