namespace ThrottleNet.Counting;

/// <summary>A host's age and standing, and what is counted of the blocks around it.</summary>
/// <param name="Standing">The host is no newcomer: it is never thinned.</param>
/// <param name="Age">Since it was first seen, or since it last went far over its limit; zero for a host never seen.</param>
/// <param name="Site">The site's counts.</param>
/// <param name="Region">The region's counts.</param>
internal readonly record struct Neighbourhood(bool Standing, TimeSpan Age, AreaCounts Site, AreaCounts Region);
