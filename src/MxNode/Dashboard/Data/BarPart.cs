namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>A part of a bar.</summary>
/// <param name="Name">What is counted.</param>
/// <param name="Class">The CSS class that colours it.</param>
/// <param name="Count">How many.</param>
public sealed record BarPart(string Name, string Class, long Count);
